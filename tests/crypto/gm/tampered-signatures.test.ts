import { createSign, generateKeyPairSync, sign } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { derOctets, derOid, derSequence, derUnsigned } from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { GM_OID } from '../../../crypto/gm/gm-oids.ts'
import { DEFAULT_USER_ID, sm2SignerDigest } from '../../../crypto/gm/sm2-signature.ts'
import { attribute, flipped, WEAK } from '../cms/messages.ts'
import { leftInScratch } from '../cms/parties.ts'
import {
  type GmWishes,
  gmEnvelopeOf,
  gmSignedAndEnveloped,
  gmSignedMessage,
  gmSignerInfo,
} from './gm-messages.ts'
import {
  bank,
  both,
  content,
  early,
  expired,
  type GmCase,
  next,
  notForSigning,
  outcomeOf,
  scratchFolder,
  signed,
  stranger,
  us,
} from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const attributes = { signs: 'attributes' } as const
const forUs = (wishes: GmWishes = {}, signer = bank) => gmSignedAndEnveloped(content, signer, us, wishes)

/** A signature that another program made over the right bytes. */
const foreign = (make: () => Buffer): GmWishes => ({ signature: make })
const ecdsa = () => {
  const generated = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  return createSign('sm3')
    .update(sm2SignerDigest(bank.pair.publicKey, DEFAULT_USER_ID))
    .update(content)
    .sign(generated.privateKey)
}
const numbers = (r: Buffer, s: Buffer) => derSequence(derUnsigned(r), derUnsigned(s))

/** What is wrong with who signed and how; the same in both layouts of GM/T 0010. */
const signatures: readonly (readonly [string, GmWishes, string, typeof bank?])[] = [
  ['right in everything', {}, 'opened'],
  ['right, by another pinned key', {}, 'opened', next],
  ['signed over other content', { content: () => Buffer.from('other') }, 'BAD_SIGNATURE'],
  ['with a byte of its signature altered', { signature: (right) => flipped(right, 20) }, 'BAD_SIGNATURE'],
  ['under the empty user id', { userId: '' }, 'BAD_SIGNATURE'],
  ['under another user id', { userId: 'ALICE123@YAHOO.COM' }, 'BAD_SIGNATURE'],
  ['by the one-shot call of node:crypto', foreign(() => sign('sm3', content, bank.key)), 'BAD_SIGNATURE'],
  ['with ECDSA over the curve of SM2', foreign(ecdsa), 'BAD_SIGNATURE'],
  ['with r and s of zero', foreign(() => numbers(Buffer.of(0), Buffer.of(0))), 'BAD_SIGNATURE'],
  [
    'with r and s beyond the order',
    foreign(() => numbers(Buffer.alloc(32, 0xff), Buffer.alloc(32, 0xff))),
    'BAD_SIGNATURE',
  ],
  ['with r and s side by side where DER is agreed', { shape: 'raw' }, 'BAD_SIGNATURE_SHAPE'],
  [
    'with bytes after its DER',
    { signature: (right) => Buffer.concat([right, Buffer.of(0)]) },
    'BAD_SIGNATURE_SHAPE',
  ],
  ['without any signer', { signers: () => [] }, 'NOT_SIGNED'],
  ['with its signer twice', { signers: (right) => [right, right] }, 'SEVERAL_SIGNERS'],
  [
    'with an unknown second signer',
    { signers: (right) => [right, gmSignerInfo(content, stranger)] },
    'SEVERAL_SIGNERS',
  ],
  [
    'with a second signer of the bank whose signature fails',
    { signers: (right) => [right, gmSignerInfo(content, next, { signature: (its) => flipped(its, 20) })] },
    'SEVERAL_SIGNERS',
  ],
  ['by a stranger of the same name', {}, 'UNKNOWN_SIGNER', stranger],
  ['by ourselves', {}, 'UNKNOWN_SIGNER', us],
  ['with an expired certificate', {}, 'CERTIFICATE_NOT_VALID', expired],
  ['with a certificate that is not valid yet', {}, 'CERTIFICATE_NOT_VALID', early],
  ['with a certificate for encryption', {}, 'CERTIFICATE_NOT_VALID', notForSigning],
  ['under SHA-256', { digestOids: [OID.sha256] }, 'WEAK_ALGORITHM'],
  ['under SHA-1', { digestOids: [WEAK.sha1] }, 'WEAK_ALGORITHM'],
  ['under SHA-1 in its signer alone', { signerDigestOid: WEAK.sha1 }, 'WEAK_ALGORITHM'],
  ['under two digests', { digestOids: [GM_OID.sm3, OID.sha256] }, 'MALFORMED'],
  ['under no digest', { digestOids: [] }, 'MALFORMED'],
  ['under another digest in its signer', { signerDigestOid: OID.sha256 }, 'WEAK_ALGORITHM'],
  ['naming ECDSA', { signatureOid: OID.ecdsaSha256 }, 'WEAK_ALGORITHM'],
  ['naming SM2 with SM3', { signatureOid: GM_OID.sm2WithSm3 }, 'opened'],
  ['naming the curve', { signatureOid: GM_OID.sm2Curve }, 'opened'],
  ['with attributes where the content is signed', { signs: 'attributes' }, 'MALFORMED'],
  ['around another type of content', { contentType: GM_OID.signedData }, 'MALFORMED'],
  ['with the type of PKCS#7 inside', { contentType: OID.data }, 'MALFORMED'],
  ['with two megabytes of certificates', { certificates: derOctets(Buffer.alloc(2_000_000)) }, 'TOO_LARGE'],
  ['with more content than agreed', { content: () => Buffer.alloc(6000) }, 'TOO_LARGE'],
]

describe('F71: a file signed and then encrypted', () => {
  for (const [title, wishes, outcome, signer] of signatures) {
    it(`${title}: ${outcome}`, async () => {
      const message = await signed(wishes, signer)
      expect(await outcomeOf(message)).toBe(outcome)
      expect(await outcomeOf(message, {}, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

describe('F71: a file that is signed alone', () => {
  const alone = { layout: 'gmt0010-signed' } as const
  for (const [title, wishes, outcome, signer] of signatures) {
    it(`${title}: ${outcome}`, async () => {
      const message = gmSignedMessage(content, signer ?? bank, wishes)
      expect(await outcomeOf(message, alone)).toBe(outcome)
      expect(await outcomeOf(message, alone, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }

  it('is not taken for one where encryption is agreed, nor the reverse', async () => {
    expect(await outcomeOf(gmSignedMessage(content, bank))).toBe('NOT_ENCRYPTED')
    expect(await outcomeOf(await signed(), alone)).toBe('NOT_SIGNED')
    expect(await outcomeOf(forUs(), alone)).toBe('NOT_SIGNED')
  })
})

describe('F71: a file signed and enveloped in one structure', () => {
  for (const [title, wishes, outcome, signer] of signatures) {
    it(`${title}: ${outcome}`, async () => {
      const message = forUs(wishes, signer)
      expect(await outcomeOf(message, both)).toBe(outcome)
      expect(await outcomeOf(message, both, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

const withAttributes = (
  change: (type: Buffer, digest: Buffer, time: Buffer) => readonly Buffer[],
): GmWishes => ({
  signs: 'attributes',
  attributes: ([type = Buffer.alloc(0), digest = Buffer.alloc(0), time = Buffer.alloc(0)]) =>
    change(type, digest, time),
})

const attributeCases: readonly GmCase[] = [
  ['right', () => signed(attributes), 'opened', attributes],
  [
    'over other content',
    () => signed({ ...attributes, content: () => Buffer.from('other') }),
    'DIGEST_MISMATCH',
    attributes,
  ],
  ['missing altogether', () => signed(), 'MALFORMED', attributes],
  [
    'without the digest',
    () => signed(withAttributes((type, _, time) => [type, time])),
    'MALFORMED',
    attributes,
  ],
  [
    'without the type',
    () => signed(withAttributes((_, digest, time) => [digest, time])),
    'MALFORMED',
    attributes,
  ],
  [
    'with the digest twice',
    () => signed(withAttributes((type, digest) => [type, digest, digest])),
    'MALFORMED',
    attributes,
  ],
  [
    'with another type',
    () => signed(withAttributes((_, digest) => [attribute(OID.contentType, derOid(OID.data)), digest])),
    'MALFORMED',
    attributes,
  ],
  ['altered after signing', async () => gmEnvelopeOf(await alteredTime(), us), 'BAD_SIGNATURE', attributes],
  ['under another user id', () => signed({ ...attributes, userId: '' }), 'BAD_SIGNATURE', attributes],
]

describe('F71: signed attributes', () => {
  for (const [title, make, outcome, terms] of attributeCases) {
    it(`${title}: ${outcome}`, async () => {
      const message = await make()
      expect(await outcomeOf(message, terms)).toBe(outcome)
      expect(await outcomeOf(message, terms, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

/** The signing time one second later than what was signed. */
async function alteredTime(): Promise<Buffer> {
  const message = gmSignedMessage(content, bank, attributes)
  const at = message.indexOf(derOid(OID.signingTime)) + derOid(OID.signingTime).length + 4
  return flipped(message, at + 11)
}
