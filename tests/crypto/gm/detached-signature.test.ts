import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type DetachedTerms,
  signDetached,
  signGmDetachedMessage,
  verifyDetached,
  verifyGmDetachedMessage,
} from '../../../crypto/gm/detached-signature.ts'
import { derSignatureOf } from '../../../crypto/gm/sm2-signature.ts'
import { flipped } from '../cms/messages.ts'
import { AT, inPieces, ownKeys, sourceOf } from '../cms/parties.ts'
import { type GmWishes, gmSignedMessage } from './gm-messages.ts'
import { makeGmParty } from './gm-parties.ts'

const bank = makeGmParty()
const next = makeGmParty({ commonName: 'next' })
const stranger = makeGmParty()
const content: Buffer = randomBytes(100_000)
const trust = { trustedSigners: [next.certificate, bank.certificate], at: AT }
const sha256 = createHash('sha256').update(content).digest('hex')

async function outcome(verifying: Promise<unknown>): Promise<unknown> {
  try {
    await verifying
    return 'verified'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

describe('a signature beside a file', () => {
  const terms: readonly DetachedTerms[] = [
    {},
    { userId: 'N002432300000000' },
    { shape: 'der' },
    { encoding: 'base64' },
    { shape: 'der', encoding: 'base64' },
  ]

  it.each(terms)('verifies under its terms, whole, in odd pieces and byte by byte (%o)', async (agreed) => {
    const text = await signDetached(sourceOf(content, 9999), ownKeys(bank), agreed)
    for (const pieceBytes of [content.length, 777, 1]) {
      const verified = await verifyDetached(inPieces(content, pieceBytes), text, trust, agreed)
      expect(verified).toEqual({ sizeBytes: content.length, sha256, signer: bank.certificate })
    }
  })

  it('is one line of 128 hex digits, read in either case and with a line end', async () => {
    const text = await signDetached(sourceOf(content), ownKeys(bank))
    expect(text).toMatch(/^[0-9a-f]{128}$/)
    for (const written of [text.toUpperCase(), `${text}\n`, `${text}\r\n`])
      expect(await outcome(verifyDetached(inPieces(content, 5000), written, trust))).toBe('verified')
  })

  it('is refused with its own reason for everything else', async () => {
    const text = await signDetached(sourceOf(content), ownKeys(bank))
    const verify = (written: string, bytes = content, at = AT) =>
      outcome(verifyDetached(inPieces(bytes, 5000), written, { ...trust, at }))
    for (const wrong of [
      '',
      'no hex',
      text.slice(2),
      `${text}00`,
      ` ${text}`,
      `${text}\n\n`,
      text.slice(1),
      '0'.repeat(9000),
    ])
      expect(await verify(wrong)).toBe('BAD_SIGNATURE_SHAPE')
    expect(await verify(derSignatureOf(Buffer.from(text, 'hex')).toString('hex'))).toBe('BAD_SIGNATURE_SHAPE')
    expect(await verify(flipped(Buffer.from(text, 'hex'), 5).toString('hex'))).toBe('BAD_SIGNATURE')
    expect(await verify(await signDetached(sourceOf(content), ownKeys(stranger)))).toBe('BAD_SIGNATURE')
    expect(await verify(await signDetached(sourceOf(content), ownKeys(bank), { userId: '' }))).toBe(
      'BAD_SIGNATURE',
    )
    expect(await verify(text, flipped(content, 4))).toBe('BAD_SIGNATURE')
    expect(await verify(text, content.subarray(1))).toBe('BAD_SIGNATURE')
    expect(await verify(text, Buffer.alloc(0))).toBe('EMPTY_CONTENT')
    expect(await verify(text, content, new Date('2027-02-01T00:00:00Z'))).toBe('CERTIFICATE_NOT_VALID')
    await expect(signDetached(sourceOf(Buffer.alloc(0)), ownKeys(bank))).rejects.toMatchObject({
      code: 'EMPTY_CONTENT',
    })
  })

  it('tells the carriage returns that a transfer added', async () => {
    const lines = Buffer.from('1|王某|1200.00\n2|李某|1200.00\n')
    const text = await signDetached(sourceOf(lines), ownKeys(bank))
    const changed = Buffer.from(lines.toString().replaceAll('\n', '\r\n'))
    expect(await outcome(verifyDetached(inPieces(lines, 3), text, trust))).toBe('verified')
    expect(await outcome(verifyDetached(inPieces(changed, 3), text, trust))).toBe('BAD_SIGNATURE')
  })
})

describe('a message of GM/T 0010 without its content', () => {
  const verify = (message: Buffer, bytes = content, terms = {}) =>
    outcome(verifyGmDetachedMessage(inPieces(bytes, 5000), message, trust, terms))

  it('verifies over the content beside it, with and without attributes', async () => {
    for (const terms of [
      {},
      { signs: 'attributes' },
      { contentTypes: 'pkcs7', signatureShape: 'raw' },
    ] as const) {
      const message = await signGmDetachedMessage(sourceOf(content), ownKeys(bank), AT, terms)
      expect(message.length).toBeLessThan(2000)
      const verified = await verifyGmDetachedMessage(inPieces(content, 999), message, trust, terms)
      expect(verified).toEqual({ sizeBytes: content.length, sha256 })
    }
  })

  it('is refused when the content is another one, is empty, or is embedded after all', async () => {
    const message = await signGmDetachedMessage(sourceOf(content), ownKeys(bank), AT)
    expect(await verify(message, flipped(content, 99))).toBe('BAD_SIGNATURE')
    expect(await verify(message, Buffer.alloc(0))).toBe('BAD_SIGNATURE')
    expect(await verify(gmSignedMessage(content, bank))).toBe('MALFORMED')
    const attributes = { signs: 'attributes' } as const
    const withAttributes = await signGmDetachedMessage(sourceOf(content), ownKeys(bank), AT, attributes)
    expect(await verify(withAttributes, flipped(content, 99), attributes)).toBe('DIGEST_MISMATCH')
  })

  it('is refused when it is no message, is cut, is followed by bytes or is by a stranger', async () => {
    const detached: GmWishes = { content: () => undefined }
    const message = gmSignedMessage(content, bank, detached)
    expect(await verify(message)).toBe('verified')
    expect(await verify(Buffer.from('text'))).toBe('NOT_SIGNED')
    expect(await verify(message.subarray(0, -1))).toBe('TRUNCATED')
    expect(await verify(Buffer.concat([message, Buffer.of(0)]))).toBe('TRAILING_BYTES')
    expect(await verify(gmSignedMessage(content, stranger, detached))).toBe('UNKNOWN_SIGNER')
    expect(await verify(gmSignedMessage(content, bank, { ...detached, signers: () => [] }))).toBe(
      'NOT_SIGNED',
    )
    const named = await signGmDetachedMessage(sourceOf(content), ownKeys(next), AT)
    expect(await verify(named)).toBe('verified')
  })
})
