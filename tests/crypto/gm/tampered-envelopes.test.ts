import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { derHeader, derOid } from '../../../crypto/der/der-writer.ts'
import { GM_OID } from '../../../crypto/gm/gm-oids.ts'
import { flipped, replaced } from '../cms/messages.ts'
import { leftInScratch } from '../cms/parties.ts'
import { gmEnvelopeOf, gmSignedAndEnveloped, gmSignedMessage } from './gm-messages.ts'
import {
  bank,
  both,
  content,
  type GmCase,
  outcomeOf,
  scratchFolder,
  sealedFrame,
  signed,
  us,
} from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const sealed = await signed()
const sealedBoth = gmSignedAndEnveloped(content, bank, us)
const nested = Buffer.concat([...Array.from({ length: 10_000 }, () => Buffer.of(0x30, 0x80))])

const envelopes: readonly GmCase[] = [
  ['nothing at all', () => Buffer.alloc(0), 'TRUNCATED'],
  ['a plain file', () => content, 'NOT_ENCRYPTED'],
  ['a signed message without envelope', () => gmSignedMessage(content, bank), 'NOT_ENCRYPTED'],
  ['an envelope without a signature', () => gmEnvelopeOf(content, us), 'NOT_SIGNED'],
  ['an envelope inside an envelope', async () => gmEnvelopeOf(sealed, us), 'NOT_SIGNED'],
  ['an empty signed file', () => gmEnvelopeOf(gmSignedMessage(Buffer.alloc(0), bank), us), 'EMPTY_CONTENT'],
  [
    'a detached signature where the content should be',
    () => signed({ content: () => undefined }),
    'BAD_SIGNATURE',
  ],
  ['one for somebody else', () => gmEnvelopeOf(gmSignedMessage(content, bank), bank), 'WRONG_RECIPIENT'],
  ['the other layout', () => sealedBoth, 'NOT_ENCRYPTED'],
  ['the types of PKCS#7', () => sealed, 'NOT_ENCRYPTED', { contentTypes: 'pkcs7' }],
  ['a framed file', () => sealedFrame, 'NOT_ENCRYPTED'],
  ['a byte of the ciphertext altered', () => flipped(sealed, sealed.length - 700), 'BAD_SIGNATURE'],
  ['the last block altered', () => flipped(sealed, -17), 'UNDECRYPTABLE'],
  ['the vector altered', () => flipped(sealed, vectorPlace(sealed)), 'NOT_SIGNED'],
  [
    'the encrypted content key altered',
    () => flipped(sealed, sealed.indexOf(derOid(GM_OID.sm2Encryption)) + 30),
    'UNDECRYPTABLE',
  ],
  [
    'the content key in another order',
    () => gmEnvelopeOf(gmSignedMessage(content, bank), us, { keyTransport: 'c1c2c3-bare' }),
    'WRONG_ORDER',
  ],
  [
    'the content key in the order agreed',
    () => gmEnvelopeOf(gmSignedMessage(content, bank), us, { keyTransport: 'c1c2c3-bare' }),
    'opened',
    { keyTransport: 'c1c2c3-bare' },
  ],
  ['ASN.1 where an order is agreed', () => sealed, 'WRONG_ORDER', { keyTransport: 'c1c3c2' }],
  [
    'the object identifier of CFCA for CBC',
    () => gmEnvelopeOf(gmSignedMessage(content, bank), us, { cipher: 'sm4-cbc-cfca' }),
    'WEAK_ALGORITHM',
  ],
  [
    'the standard identifier where that of CFCA is agreed',
    () => sealed,
    'WEAK_ALGORITHM',
    { cipher: 'sm4-cbc-cfca' },
  ],
  ['ECB', () => replaced(sealed, derOid(GM_OID.sm4Cbc), derOid('1.2.156.10197.1.104.1')), 'WEAK_ALGORITHM'],
  [
    'RSA key transport',
    () => replaced(sealed, derOid(GM_OID.sm2Encryption), derOid('1.2.156.10197.1.301.9')),
    'WEAK_ALGORITHM',
  ],
  [
    'the key transport of GmSSL',
    () => replaced(sealed, derOid(GM_OID.sm2Encryption), derOid(GM_OID.sm2KeyExchange)),
    'opened',
  ],
  ['a trailing byte', () => Buffer.concat([sealed, Buffer.of(0)]), 'TRAILING_BYTES'],
  ['a second file appended', () => Buffer.concat([sealed, sealed]), 'TRAILING_BYTES'],
  ['cut in its content', () => sealed.subarray(0, 800), 'TRUNCATED'],
  ['cut by its last byte', () => sealed.subarray(0, -1), 'TRUNCATED'],
  ['ten thousand nested structures', () => nested, 'MALFORMED'],
  ['a length of a terabyte', () => Buffer.concat([derHeader(0x30, 2 ** 40), sealed]), 'MALFORMED'],
  ['both: a trailing byte', () => Buffer.concat([sealedBoth, Buffer.of(0)]), 'TRAILING_BYTES', both],
  ['both: cut in its content', () => sealedBoth.subarray(0, 800), 'TRUNCATED', both],
  ['both: cut in its signer', () => sealedBoth.subarray(0, -20), 'TRUNCATED', both],
  ['both: one for somebody else', () => gmSignedAndEnveloped(content, bank, bank), 'WRONG_RECIPIENT', both],
  ['both: an empty file', () => gmSignedAndEnveloped(Buffer.alloc(0), bank, us), 'EMPTY_CONTENT', both],
  ['both: the other layout', () => sealed, 'NOT_ENCRYPTED', both],
  ['both: a signed message without envelope', () => gmSignedMessage(content, bank), 'NOT_ENCRYPTED', both],
  [
    'both: a byte of the ciphertext altered',
    () => flipped(sealedBoth, sealedBoth.indexOf(derOid(GM_OID.sm4Cbc)) + 100),
    'BAD_SIGNATURE',
    both,
  ],
]

describe('F71: an envelope', () => {
  for (const [title, make, outcome, terms] of envelopes) {
    it(`${title}: ${outcome}`, async () => {
      const message = await make()
      expect(await outcomeOf(message, terms)).toBe(outcome)
      expect(await outcomeOf(message, terms, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

/** The place of the first octet of the SM4 vector. */
function vectorPlace(message: Buffer): number {
  return message.indexOf(derOid(GM_OID.sm4Cbc)) + derOid(GM_OID.sm4Cbc).length + 2
}
