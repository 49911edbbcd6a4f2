import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { ContentChanged } from '../../../crypto/cms/measured-content.ts'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { plainEnvelope } from '../../../crypto/plain-envelope.ts'
import { KeyRefused } from '../../../crypto/secret-file.ts'
import { AT, bytesOf, inPieces, leftInScratch, makeParty, ownKeys, peerKeys, sourceOf } from './parties.ts'

const scratchFolder = mkdtempSync(join(tmpdir(), 'huida-cms-'))
afterAll(() => rmSync(scratchFolder, { recursive: true }))

const us = makeParty({ commonName: 'huida' })
const bank = makeParty()
const ecSigner = makeParty({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })
const now = () => AT
const ours = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), scratchFolder, now })
const theirs = createCmsEnvelope({ own: ownKeys(bank), peer: peerKeys(us, ecSigner), scratchFolder, now })

describe('a sealed file', () => {
  it.each([1, 15, 16, 17, 127, 128, 65_535, 300_000, 3_000_001])(
    'of %i bytes opens to the same bytes',
    async (size) => {
      const content = randomBytes(size)
      const sealed = await bytesOf(ours.seal(sourceOf(content, 70_000)))
      const opened = await theirs.open(inPieces(sealed, 100_000), AT)
      expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      expect(opened.sizeBytes).toBe(size)
      expect(opened.sha256).toBe(createHash('sha256').update(content).digest('hex'))
      await opened.discard()
      await opened.discard()
      expect(leftInScratch(scratchFolder)).toEqual([])
      await expect(bytesOf(opened.content())).rejects.toThrow(/discarded/)
    },
  )

  it('opens the same fed whole, in odd pieces and byte by byte', async () => {
    const content = randomBytes(5000)
    const sealed = await bytesOf(ours.seal(sourceOf(content, 1)))
    for (const pieceBytes of [sealed.length, 1, 2, 3, 7, 1021]) {
      const opened = await theirs.open(inPieces(sealed, pieceBytes), AT)
      expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      await opened.discard()
    }
  })

  it.each(['aes-256-gcm', 'aes-256-cbc'] as const)(
    'opens under %s with either key transport',
    async (cipher) => {
      for (const keyTransport of ['oaep-sha256', 'pkcs1'] as const) {
        const agreed = { scratchFolder, cipher, keyTransport, now }
        const sender = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), ...agreed })
        const receiver = createCmsEnvelope({ own: ownKeys(bank), peer: peerKeys(us), ...agreed })
        for (const size of [1, 31, 32, 33, 40_000]) {
          const content = randomBytes(size)
          const opened = await receiver.open(sender.seal(sourceOf(content, 999)), AT)
          expect((await bytesOf(opened.content())).equals(content)).toBe(true)
          await opened.discard()
        }
      }
    },
  )

  it('may let us sign with an EC key', async () => {
    const own = { ...ownKeys(us), signingKey: ecSigner.key, signingCertificate: ecSigner.certificate }
    const sender = createCmsEnvelope({ own, peer: peerKeys(bank), scratchFolder, now })
    const opened = await theirs.open(sender.seal(sourceOf(Buffer.from('ec'))), AT)
    expect((await bytesOf(opened.content())).toString()).toBe('ec')
    await opened.discard()
  })

  it('never gives the same bytes twice', async () => {
    const sealed = await Promise.all([1, 2].map(() => bytesOf(ours.seal(sourceOf(Buffer.from('same'))))))
    expect(sealed[0]?.equals(sealed[1] ?? Buffer.alloc(0))).toBe(false)
  })

  it('opens files with any of our keys while a key is rotated', async () => {
    const next = makeParty()
    const rotating = { ...ownKeys(next), openingKeys: [next, bank] }
    const receiver = createCmsEnvelope({ own: rotating, peer: peerKeys(us), scratchFolder, now })
    const opened = await receiver.open(ours.seal(sourceOf(Buffer.from('old key'))), AT)
    expect((await bytesOf(opened.content())).toString()).toBe('old key')
    await opened.discard()
  })
})

describe('a damaged file', () => {
  it('opens to its content or not at all, whatever bit is flipped', async () => {
    const content = randomBytes(200)
    const sealed = await bytesOf(ours.seal(sourceOf(content)))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: sealed.length * 8 - 1 }), async (bit) => {
        const altered = Buffer.from(sealed)
        altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        const opened = await theirs.open(inPieces(altered, 64), AT).catch((error: unknown) => {
          if (error instanceof EnvelopeRefused) return undefined
          throw error
        })
        if (opened !== undefined) expect((await bytesOf(opened.content())).equals(content)).toBe(true)
        await opened?.discard()
      }),
      { numRuns: 300 },
    )
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('is refused when cut anywhere', async () => {
    const sealed = await bytesOf(ours.seal(sourceOf(randomBytes(100))))
    for (let length = 0; length < sealed.length; length += 1) {
      await expect(theirs.open(inPieces(sealed.subarray(0, length), 4096), AT)).rejects.toThrow(
        EnvelopeRefused,
      )
    }
    expect(leftInScratch(scratchFolder)).toEqual([])
  })
})

describe('an envelope', () => {
  it('does not come to be when the content changes between its two readings', async () => {
    const versions = [
      Buffer.from('first'),
      Buffer.from('other'),
      Buffer.from('first'),
      Buffer.from('longer'),
      Buffer.from('first'),
      Buffer.from('cut'),
    ]
    const changing = () => inPieces(versions.shift() ?? Buffer.alloc(0), 2)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(bytesOf(ours.seal(changing))).rejects.toThrow(ContentChanged)
    }
  })

  it('does not come to be from no content, from too much, or with a certificate out of date', async () => {
    await expect(bytesOf(ours.seal(sourceOf(Buffer.alloc(0))))).rejects.toMatchObject({
      code: 'EMPTY_CONTENT',
    })
    const small = createCmsEnvelope({
      own: ownKeys(us),
      peer: peerKeys(bank),
      scratchFolder,
      now,
      maxContentBytes: 10,
    })
    await expect(bytesOf(small.seal(sourceOf(Buffer.alloc(11))))).rejects.toMatchObject({ code: 'TOO_LARGE' })
    const late = () => new Date('2027-06-01T00:00:00Z')
    const expired = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), scratchFolder, now: late })
    await expect(bytesOf(expired.seal(sourceOf(Buffer.from('a'))))).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_VALID',
    })
  })
})

describe('an agreement', () => {
  const codeOf = (make: () => unknown): string => {
    try {
      make()
    } catch (error) {
      if (error instanceof KeyRefused) return error.code
      throw error
    }
    return 'accepted'
  }

  it('is refused with weak, foreign or unreadable keys', () => {
    const weak = makeParty({ bits: 1024 })
    const mixed = { ...ownKeys(us), signingCertificate: bank.certificate }
    const garbage = { ...peerKeys(bank), recipientCertificate: Buffer.from('no certificate') }
    const make = (own = ownKeys(us), peer = peerKeys(bank)) => createCmsEnvelope({ own, peer, scratchFolder })
    expect(codeOf(() => make(ownKeys(weak)))).toBe('WEAK_KEY')
    expect(codeOf(() => make(ownKeys(us), peerKeys(weak)))).toBe('WEAK_KEY')
    expect(codeOf(() => make(ownKeys(us), peerKeys(ecSigner)))).toBe('WEAK_KEY')
    expect(codeOf(() => make(mixed))).toBe('KEY_AND_CERTIFICATE_DIFFER')
    expect(codeOf(() => make(ownKeys(us), garbage))).toBe('NOT_A_CERTIFICATE')
    expect(codeOf(() => make())).toBe('accepted')
  })
})

describe('an agreement without envelope', () => {
  const plain = plainEnvelope({ scratchFolder, maxContentBytes: 1000 })

  it('passes bytes as they are and holds back what arrives until it is whole', async () => {
    const content = randomBytes(1000)
    const sent = await bytesOf(plain.seal(sourceOf(content, 7)))
    const opened = await plain.open(inPieces(sent, 13), AT)
    expect(sent.equals(content)).toBe(true)
    expect((await bytesOf(opened.content())).equals(content)).toBe(true)
    expect(opened.sizeBytes).toBe(1000)
    await opened.discard()
  })

  it('refuses nothing at all and too much, and leaves nothing behind', async () => {
    await expect(plain.open(inPieces(Buffer.alloc(0), 1), AT)).rejects.toMatchObject({
      code: 'EMPTY_CONTENT',
    })
    await expect(plain.open(inPieces(Buffer.alloc(1001), 9), AT)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(leftInScratch(scratchFolder)).toEqual([])
  })
})
