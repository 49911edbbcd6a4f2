import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { signCmsDetached, verifyCmsDetached } from '../../../crypto/cms/cms-side-file.ts'
import { derOctets, derOid } from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { type EnvelopeRefusal, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { attribute, flipped, type MessageWishes, signedMessage, signerInfo, WEAK } from './messages.ts'
import { AT, ownKeys, sourceOf } from './parties.ts'
import {
  bank,
  content,
  early,
  expired,
  next,
  notForSigning,
  scratchFolder,
  stranger,
  us,
  weak,
} from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true, force: true }))

const trustedSigners = [bank, next, expired, early, notForSigning, weak].map(({ certificate }) => certificate)
const detached = (wishes: MessageWishes = {}, signer = bank): Buffer =>
  signedMessage(content, signer, { content: () => undefined, ...wishes })

const outcomeOf = async (sideFile: Buffer, data: Buffer = content): Promise<string> => {
  try {
    await verifyCmsDetached(sourceOf(data, 100), sideFile, { trustedSigners, at: AT })
    return 'verified'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

const without = (oid: string) => (right: readonly Buffer[]) =>
  right.filter((one) => !one.includes(derOid(oid)))

const cases: readonly (readonly [
  string,
  () => Buffer | Promise<Buffer>,
  EnvelopeRefusal | 'verified',
  Buffer?,
])[] = [
  ['a right side file', () => detached(), 'verified'],
  ['a side file of ours', () => signCmsDetached(sourceOf(content), ownKeys(bank), { at: AT }), 'verified'],
  ['the old and the new key of the bank', () => detached({}, next), 'verified'],
  ['the data of another file', () => detached(), 'DIGEST_MISMATCH', Buffer.from('other')],
  ['a byte of the data altered', () => detached(), 'DIGEST_MISMATCH', flipped(content, 3)],
  ['the data cut', () => detached(), 'DIGEST_MISMATCH', content.subarray(0, -1)],
  ['no data at all', () => detached(), 'DIGEST_MISMATCH', Buffer.alloc(0)],
  [
    'no data at all, and signed so',
    () => signedMessage(Buffer.alloc(0), bank, { content: () => undefined }),
    'EMPTY_CONTENT',
    Buffer.alloc(0),
  ],
  ['content embedded where a side file is agreed', () => signedMessage(content, bank), 'MALFORMED'],
  [
    'other content embedded',
    () => signedMessage(content, bank, { content: () => Buffer.from('x') }),
    'MALFORMED',
  ],
  [
    'a byte of the signature altered',
    () => detached({ signature: (right) => flipped(right, 7) }),
    'BAD_SIGNATURE',
  ],
  ['a signature emptied', () => detached({ signature: () => Buffer.alloc(0) }), 'BAD_SIGNATURE'],
  ['certificates only', () => detached({ signers: () => [], digestOids: [] }), 'NOT_SIGNED'],
  ['the signer doubled', () => detached({ signers: (right) => [right, right] }), 'SEVERAL_SIGNERS'],
  [
    'a second signer',
    () => detached({ signers: (right) => [right, signerInfo(content, stranger)] }),
    'SEVERAL_SIGNERS',
  ],
  ['a signer who is not pinned', () => detached({}, stranger), 'UNKNOWN_SIGNER'],
  ['our own side file sent back', () => detached({}, us), 'UNKNOWN_SIGNER'],
  [
    'the name of the bank with another key',
    () => detached({}, { key: stranger.key, certificate: bank.certificate }),
    'BAD_SIGNATURE',
  ],
  ['an expired certificate', () => detached({}, expired), 'CERTIFICATE_NOT_VALID'],
  ['a certificate not yet valid', () => detached({}, early), 'CERTIFICATE_NOT_VALID'],
  ['a certificate that is not for signing', () => detached({}, notForSigning), 'CERTIFICATE_NOT_VALID'],
  ['an RSA key of 1024 bits', () => detached({}, weak), 'WEAK_ALGORITHM'],
  ['a SHA-1 digest', () => detached({ digestName: 'sha1', digestOids: [WEAK.sha1] }), 'WEAK_ALGORITHM'],
  ['an MD5 digest', () => detached({ digestName: 'md5', digestOids: [WEAK.md5] }), 'WEAK_ALGORITHM'],
  ['two digests announced', () => detached({ digestOids: [OID.sha256, OID.sha512] }), 'MALFORMED'],
  ['no signed attributes', () => detached({ attributes: () => [], signedOver: () => content }), 'MALFORMED'],
  ['no digest attribute', () => detached({ attributes: without(OID.messageDigest) }), 'MALFORMED'],
  [
    'a digest attribute with two values',
    () =>
      detached({
        attributes: (all) => [
          ...without(OID.messageDigest)(all),
          attribute(OID.messageDigest, derOctets(content), derOctets(content)),
        ],
      }),
    'MALFORMED',
  ],
  ['another content type', () => detached({ contentType: OID.envelopedData }), 'MALFORMED'],
  ['bytes behind the side file', () => Buffer.concat([detached(), Buffer.of(0)]), 'TRAILING_BYTES'],
  ['the side file twice', () => Buffer.concat([detached(), detached()]), 'TRAILING_BYTES'],
  ['the side file cut', () => detached().subarray(0, -30), 'TRUNCATED'],
  ['an empty side file', () => Buffer.alloc(0), 'TRUNCATED'],
  ['the data in place of the side file', () => content, 'NOT_SIGNED'],
  ['a bare certificate in place of the side file', () => bank.certificate, 'MALFORMED'],
  ['seven megabytes of side file', () => Buffer.alloc(7_000_000, 0x30), 'TOO_LARGE'],
]

describe('F71: a CMS side file', () => {
  for (const [title, make, outcome, data] of cases) {
    it(`${title}: ${outcome}`, async () => expect(await outcomeOf(await make(), data)).toBe(outcome))
  }

  it('does not come to be from nothing, nor from a certificate out of date', async () => {
    const empty = signCmsDetached(sourceOf(Buffer.alloc(0), 1), ownKeys(bank), { at: AT })
    await expect(empty).rejects.toMatchObject({ code: 'EMPTY_CONTENT' })
    const late = signCmsDetached(sourceOf(content), ownKeys(expired), { at: AT })
    await expect(late).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_VALID' })
  })

  it('is the same fed in any pieces', async () => {
    const side = detached()
    for (const pieceBytes of [1, 3, 4096]) {
      const read = await verifyCmsDetached(sourceOf(content, pieceBytes), side, { trustedSigners, at: AT })
      expect(read.sizeBytes).toBe(content.length)
    }
  })
})

describe('the data file beside a refused side file', () => {
  it('is closed again, or never opened', async () => {
    const seen = { opened: 0, closed: 0 }
    const watched = async function* (): AsyncGenerator<Buffer> {
      seen.opened += 1
      try {
        for (;;) yield Buffer.alloc(10)
      } finally {
        seen.closed += 1
      }
    }
    const trust = { trustedSigners, at: AT }
    await expect(verifyCmsDetached(watched, content, trust)).rejects.toThrow(EnvelopeRefused)
    await expect(verifyCmsDetached(watched, signedMessage(content, bank), trust)).rejects.toThrow(
      EnvelopeRefused,
    )
    expect(seen.closed).toBe(seen.opened)
  })
})
