import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { der, derNull, derOctets, derOid, TAG } from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { attribute, envelopeOf, flipped, replaced, signedMessage, signerInfo, WEAK } from './messages.ts'
import { leftInScratch } from './parties.ts'
import {
  bank,
  type Case,
  content,
  early,
  expired,
  next,
  notForSigning,
  outcomeOf,
  scratchFolder,
  signed,
  stranger,
  us,
  weak,
} from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const without = (oid: string) => (right: readonly Buffer[]) =>
  right.filter((one) => !one.includes(derOid(oid)))
const twice = (oid: string) => (right: readonly Buffer[]) => [
  ...right,
  ...right.filter((one) => one.includes(derOid(oid))),
]
const instead =
  (oid: string, ...values: readonly Buffer[]) =>
  (right: readonly Buffer[]) => [...without(oid)(right), attribute(oid, ...values)]

const signatures: readonly Case[] = [
  ['a right message', () => signed(), 'opened'],
  [
    'attributes signed in the order in which they were sent',
    () => signed({ order: 'given', attributes: (all) => all.toReversed() }),
    'opened',
  ],
  [
    'content altered under the signature',
    () => signed({ content: (right) => flipped(right, 5) }),
    'DIGEST_MISMATCH',
  ],
  ['content of another file', () => signed({ content: () => Buffer.from('other') }), 'DIGEST_MISMATCH'],
  ['a signature byte altered', () => signed({ signature: (right) => flipped(right, 9) }), 'BAD_SIGNATURE'],
  ['a signature emptied', () => signed({ signature: () => Buffer.alloc(0) }), 'BAD_SIGNATURE'],
  [
    'the signing time altered',
    () => signed({ signedOver: (all) => replaced(all, Buffer.from('260601'), Buffer.from('260602')) }),
    'BAD_SIGNATURE',
  ],
  [
    'certificates only, signature stripped',
    () => signed({ signers: () => [], content: () => undefined, digestOids: [] }),
    'NOT_SIGNED',
  ],
  ['signers emptied, content kept', () => signed({ signers: () => [] }), 'NOT_SIGNED'],
  ['the signer doubled', () => signed({ signers: (right) => [right, right] }), 'SEVERAL_SIGNERS'],
  [
    'an unknown second signer',
    () => signed({ signers: (right) => [right, signerInfo(content, stranger)] }),
    'SEVERAL_SIGNERS',
  ],
  ['a signer who is not pinned', () => signed({}, stranger), 'UNKNOWN_SIGNER'],
  ['our own signature sent back', () => signed({}, us), 'UNKNOWN_SIGNER'],
  [
    'the name of the bank with another key',
    () => signed({}, { key: stranger.key, certificate: bank.certificate }),
    'BAD_SIGNATURE',
  ],
  ['an expired certificate', () => signed({}, expired), 'CERTIFICATE_NOT_VALID'],
  ['a certificate not yet valid', () => signed({}, early), 'CERTIFICATE_NOT_VALID'],
  ['a certificate that is not for signing', () => signed({}, notForSigning), 'CERTIFICATE_NOT_VALID'],
  ['an RSA key of 1024 bits', () => signed({}, weak), 'WEAK_ALGORITHM'],
  ['a SHA-1 digest', () => signed({ digestName: 'sha1', digestOids: [WEAK.sha1] }), 'WEAK_ALGORITHM'],
  ['an MD5 digest', () => signed({ digestName: 'md5', digestOids: [WEAK.md5] }), 'WEAK_ALGORITHM'],
  [
    'SHA-1 in the signer only',
    () => signed({ digestName: 'sha1', signerDigestOid: WEAK.sha1 }),
    'WEAK_ALGORITHM',
  ],
  [
    'another digest in the signer than announced',
    () => signed({ digestName: 'sha512', signerDigestOid: OID.sha512 }),
    'MALFORMED',
  ],
  ['two digests announced', () => signed({ digestOids: [OID.sha256, OID.sha512] }), 'MALFORMED'],
  ['no digest announced', () => signed({ digestOids: [], signerDigestOid: OID.sha256 }), 'MALFORMED'],
  ['no signed attributes', () => signed({ attributes: () => [], signedOver: () => content }), 'MALFORMED'],
  [
    'another signed content type',
    () => signed({ attributes: instead(OID.contentType, derOid(OID.signedData)) }),
    'MALFORMED',
  ],
  ['another content type outside', () => signed({ contentType: OID.envelopedData }), 'MALFORMED'],
  ['no content type attribute', () => signed({ attributes: without(OID.contentType) }), 'MALFORMED'],
  ['no digest attribute', () => signed({ attributes: without(OID.messageDigest) }), 'MALFORMED'],
  ['the content type attribute twice', () => signed({ attributes: twice(OID.contentType) }), 'MALFORMED'],
  ['the digest attribute twice', () => signed({ attributes: twice(OID.messageDigest) }), 'MALFORMED'],
  [
    'a digest attribute with two values',
    () => signed({ attributes: instead(OID.messageDigest, derOctets(content), derOctets(content)) }),
    'MALFORMED',
  ],
  ['empty content', () => envelopeOf(signedMessage(Buffer.alloc(0), bank), us), 'EMPTY_CONTENT'],
  [
    'content detached where it must be embedded',
    () => envelopeOf(signedMessage(Buffer.alloc(0), bank, { content: () => undefined }), us),
    'EMPTY_CONTENT',
  ],
  ['content above the limit', () => envelopeOf(signedMessage(Buffer.alloc(5001), bank), us), 'TOO_LARGE'],
  ['a plain file inside the envelope', () => envelopeOf(content, us), 'NOT_SIGNED'],
  ['nothing inside the envelope', () => envelopeOf(Buffer.alloc(0), us), 'TRUNCATED'],
  ['an envelope inside the envelope', async () => envelopeOf(await signed(), us), 'NOT_SIGNED'],
  [
    'bytes after the signed message',
    () => envelopeOf(Buffer.concat([signedMessage(content, bank), Buffer.of(0)]), us),
    'TRAILING_BYTES',
  ],
  [
    'the signed message twice',
    () => envelopeOf(Buffer.concat([signedMessage(content, bank), signedMessage(content, bank)]), us),
    'TRAILING_BYTES',
  ],
  [
    'the signed message cut in its signer',
    () => envelopeOf(signedMessage(content, bank).subarray(0, -40), us),
    'TRUNCATED',
  ],
  [
    'two megabytes of certificates',
    () =>
      signed({
        certificates: Buffer.concat(Array.from({ length: 2000 }, () => derOctets(Buffer.alloc(1000)))),
      }),
    'TOO_LARGE',
  ],
  ['thousands of nested structures', () => signed({ certificates: nested(10_000) }), 'MALFORMED'],
  [
    'an endless nest without lengths',
    () => signed({ certificates: Buffer.alloc(20_000, Buffer.of(0x30, 0x80)) }),
    'MALFORMED',
  ],
]

describe('F71: a signed message inside its envelope', () => {
  for (const [title, make, outcome, agreed] of signatures) {
    it(`${title}: ${outcome}`, async () => {
      expect(await outcomeOf(await make(), agreed)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

describe('F17: while the bank changes its signing key', () => {
  it('files signed with the old and with the new key both open', async () => {
    expect(await outcomeOf(await signed({}, bank))).toBe('opened')
    expect(await outcomeOf(await signed({}, next))).toBe('opened')
  })
})

function nested(depth: number): Buffer {
  let inner = derNull()
  for (let level = 0; level < depth; level += 1) inner = der(TAG.sequence, inner)
  return inner
}
