import { publicEncrypt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { contextTag, derHeader, derNull, derOid, derSequence, TAG } from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { envelopeOf, flipped, replaced, signedMessage } from './messages.ts'
import { AT, leftInScratch } from './parties.ts'
import { agreement, bank, type Case, content, outcomeOf, scratchFolder, signed, us } from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const cbc = { cipher: 'aes-256-cbc' } as const
const sealed = await signed()
const sealedCbc = await envelopeOf(signedMessage(content, bank), us, cbc)

const envelopes: readonly Case[] = [
  ['nothing at all', () => Buffer.alloc(0), 'TRUNCATED'],
  ['a plain file', () => content, 'NOT_ENCRYPTED'],
  ['a signed message without envelope', () => signedMessage(content, bank), 'NOT_ENCRYPTED'],
  [
    'random bytes after a right tag',
    () => Buffer.concat([Buffer.of(0x30), Buffer.alloc(300, 0xff)]),
    'MALFORMED',
  ],
  ['an envelope for somebody else', () => envelopeOf(signedMessage(content, bank), bank), 'WRONG_RECIPIENT'],
  ['a ciphertext byte altered', () => flipped(sealed, 900), 'UNDECRYPTABLE'],
  [
    'the first ciphertext byte altered, so that nothing inside looks right',
    () => flipped(sealed, firstCipherByte(sealed)),
    'UNDECRYPTABLE',
  ],
  ['the tag altered', () => flipped(sealed, -1), 'UNDECRYPTABLE'],
  [
    'the encrypted content key altered',
    () => flipped(sealed, sealed.indexOf(Buffer.of(0x04, 0x82, 0x01, 0x00)) + 100),
    'UNDECRYPTABLE',
  ],
  ['a shorter tag', () => withShorterTag(sealed), 'WEAK_ALGORITHM'],
  ['a trailing byte', () => Buffer.concat([sealed, Buffer.of(0)]), 'TRAILING_BYTES'],
  ['a second message appended', () => Buffer.concat([sealed, sealed]), 'TRAILING_BYTES'],
  ['a message cut in its content', () => sealed.subarray(0, 1000), 'TRUNCATED'],
  ['a message cut in its tag', () => sealed.subarray(0, -1), 'TRUNCATED'],
  ['a length of a terabyte', () => withContentLength(sealed, 2 ** 40), 'MALFORMED'],
  [
    'a length of seven octets',
    () => Buffer.concat([Buffer.from('3087ffffffffffffff', 'hex'), Buffer.alloc(100)]),
    'MALFORMED',
  ],
  ['CBC where GCM is agreed', () => sealedCbc, 'WEAK_ALGORITHM'],
  ['CBC where CBC is agreed', () => sealedCbc, 'opened', cbc],
  ['GCM where CBC is agreed', () => sealed, 'opened', cbc],
  [
    'a shorter cipher key',
    () => replaced(sealed, derOid(OID.aes256Gcm), derOid('2.16.840.1.101.3.4.1.6')),
    'WEAK_ALGORITHM',
  ],
  [
    'DES under CBC',
    () => replaced(sealedCbc, derOid(OID.aes256Cbc), derOid('2.16.840.1.101.3.4.1.2')),
    'WEAK_ALGORITHM',
    cbc,
  ],
  [
    'PKCS#1 v1.5 where OAEP is agreed',
    () => envelopeOf(signedMessage(content, bank), us, { keyTransport: 'pkcs1' }),
    'WEAK_ALGORITHM',
  ],
  ['OAEP where PKCS#1 v1.5 is agreed', () => sealed, 'opened', { keyTransport: 'pkcs1' }],
  ['OAEP with SHA-1', () => withSha1Oaep(sealed), 'WEAK_ALGORITHM'],
  [
    'a v1.5 content key altered, under GCM',
    async () => flipped(await pkcs1(), 300),
    'UNDECRYPTABLE',
    { keyTransport: 'pkcs1' },
  ],
  [
    'a v1.5 content key without padding',
    async () => withWrapped(await pkcs1(), 3),
    'UNDECRYPTABLE',
    { keyTransport: 'pkcs1' },
  ],
  ['a CBC byte altered in the content', () => flipped(sealedCbc, 900), 'DIGEST_MISMATCH', cbc],
  ['the last CBC block altered', () => flipped(sealedCbc, -17), 'UNDECRYPTABLE', cbc],
]

describe('F71: an envelope', () => {
  for (const [title, make, outcome, agreed] of envelopes) {
    it(`${title}: ${outcome}`, async () => {
      const message = await make()
      expect(await outcomeOf(message, agreed)).toBe(outcome)
      expect(await outcomeOf(message, agreed, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

describe('a source that breaks', () => {
  it('passes its own error on and leaves nothing behind', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield sealed.subarray(0, 1200)
      throw new Error('connection lost')
    }
    await expect(createCmsEnvelope(agreement).open(broken(), AT)).rejects.toThrow('connection lost')
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('is closed when the message is refused before its end', async () => {
    let closed = false
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield content
      } finally {
        closed = true
      }
    }
    await expect(createCmsEnvelope(agreement).open(watched(), AT)).rejects.toThrow(EnvelopeRefused)
    expect(closed).toBe(true)
  })
})

function pkcs1(): Promise<Buffer> {
  return envelopeOf(signedMessage(content, bank), us, { keyTransport: 'pkcs1' })
}

/** The content key replaced by what `padding` (3: none) makes of a block. */
function withWrapped(message: Buffer, padding: number): Buffer {
  const at = message.indexOf(Buffer.of(0x04, 0x82, 0x01, 0x00)) + 4
  const wrapped = publicEncrypt(
    { key: us.key, padding },
    Buffer.concat([Buffer.of(0, 1), Buffer.alloc(254, 7)]),
  )
  return Buffer.concat([message.subarray(0, at), wrapped, message.subarray(at + 256)])
}

/** The ciphertext is the last [0] of the message, 18 bytes of tag before its end. */
function firstCipherByte(message: Buffer): number {
  const at = message.indexOf(derOid(OID.aes256Gcm))
  return message.indexOf(Buffer.of(contextTag(0, false), 0x82), at) + 4
}

/** The ciphertext claims another length; what holds it no longer fits. */
function withContentLength(message: Buffer, sizeBytes: number): Buffer {
  const at = firstCipherByte(message)
  const header = derHeader(contextTag(0, false), sizeBytes)
  return Buffer.concat([message.subarray(0, at - 4), header, message.subarray(at)])
}

/** The parameters of GCM claim a tag of 12 bytes. */
function withShorterTag(message: Buffer): Buffer {
  const at = message.indexOf(Buffer.of(TAG.integer, 1, 16), message.indexOf(derOid(OID.aes256Gcm)))
  return Buffer.concat([message.subarray(0, at), Buffer.of(TAG.integer, 1, 12), message.subarray(at + 3)])
}

/** The parameters of OAEP name another digest of the same length of identifier. */
function withSha1Oaep(message: Buffer): Buffer {
  const other = derSequence(derOid('2.16.840.1.101.3.4.2.4'), derNull())
  return replaced(message, derSequence(derOid(OID.sha256), derNull()), other)
}
