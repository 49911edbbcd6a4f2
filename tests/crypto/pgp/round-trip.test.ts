import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { AT, bytesOf, inPieces, leftInScratch, sourceOf } from '../cms/parties.ts'
import {
  bankEcc,
  contentOf,
  early,
  expired,
  fixture,
  huidaSecret,
  ours,
  revoked,
  scratchFolder,
  theirs,
  weak,
} from './parties.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true, force: true }))

const now = () => AT

describe('a file sealed with OpenPGP', () => {
  it.each([1, 2, 191, 192, 8383, 8384, 65_536, 1_048_600])(
    'of %i bytes opens to the same bytes',
    async (size) => {
      const content = randomBytes(size)
      const sealed = await bytesOf(ours({}, { now }).seal(sourceOf(content, 70_000)))
      const opened = await theirs().open(inPieces(sealed, 100_000), AT)
      expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      expect(opened.sizeBytes).toBe(size)
      expect(opened.sha256).toBe(createHash('sha256').update(content).digest('hex'))
      await opened.discard()
      expect(leftInScratch(scratchFolder)).toEqual([])
    },
  )

  it.each([false, true])(
    'opens the same fed whole, in odd pieces and byte by byte (armoured: %s)',
    async (armored) => {
      const content = randomBytes(3000)
      const sealed = await bytesOf(ours({}, { armored, now }).seal(sourceOf(content, 1)))
      for (const pieceBytes of [sealed.length, 1, 2, 3, 7, 1021]) {
        expect((await contentOf(theirs(), sealed, AT, pieceBytes)).equals(content)).toBe(true)
      }
    },
  )

  it('of gpg opens the same fed whole, in odd pieces and byte by byte', async () => {
    const content = fixture('messages/content.txt')
    for (const name of ['rsa.gpg', 'rsa.asc', 'ecc-zlib.gpg', 'ecc-plain.gpg']) {
      const sealed = fixture(`messages/${name}`)
      for (const pieceBytes of [sealed.length, 1, 3, 64, 509]) {
        expect((await contentOf(ours(), sealed, AT, pieceBytes)).equals(content), name).toBe(true)
      }
    }
  })

  it('opens to what was sealed, whatever it was', async () => {
    const property = fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
      const content = Buffer.from(bytes)
      const sealed = await bytesOf(ours({}, { now }).seal(sourceOf(content)))
      expect((await contentOf(theirs(), sealed, AT)).equals(content)).toBe(true)
    })
    await fc.assert(property, { numRuns: 15 })
  })

  it('never has the same bytes twice', async () => {
    const seal = () => bytesOf(ours({}, { now }).seal(sourceOf(Buffer.from('6222|王某|1200.00\n'))))
    expect((await seal()).equals(await seal())).toBe(false)
  })

  it.each([
    ['empty content', ours(), '', 'EMPTY_CONTENT'],
    ['content above the limit', ours({}, { maxContentBytes: 4 }), 'seven b', 'TOO_LARGE'],
    ['a recipient who has run out', ours(keyOf(expired)), 'x', 'CERTIFICATE_NOT_VALID'],
    ['a recipient who is not valid yet', ours(keyOf(early), { now }), 'x', 'CERTIFICATE_NOT_VALID'],
    ['a recipient who was revoked', ours(keyOf(revoked)), 'x', 'CERTIFICATE_REVOKED'],
    ['a recipient of RSA-1024', ours(keyOf(weak)), 'x', 'WEAK_ALGORITHM'],
  ] as const)('does not come to be from %s', async (_title, envelope, text, code) => {
    await expect(bytesOf(envelope.seal(sourceOf(Buffer.from(text), 3)))).rejects.toMatchObject({ code })
  })

  it('does not come to be when its source fails, and tells why', async () => {
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(100_000)
      throw new Error('the disk is gone')
    }
    await expect(bytesOf(ours({}, { now }).seal(failing))).rejects.toThrow(/the disk is gone/)
    const broken = theirs().open(failing(), AT)
    await expect(broken).rejects.toThrow()
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('lets go of its source when nobody wants the rest', async () => {
    let closed = 0
    const endless = async function* (): AsyncGenerator<Buffer> {
      try {
        for (;;) yield Buffer.alloc(100_000)
      } finally {
        closed += 1
      }
    }
    for await (const chunk of ours({}, { now }).seal(endless)) if (chunk.length > 0) break
    await expect(ours().open(endless(), AT)).rejects.toMatchObject({ code: 'NOT_ENCRYPTED' })
    expect(closed).toBe(2)
  })

  it('is refused by us before our own key is valid', async () => {
    const before = () => new Date('2024-12-31T00:00:00Z')
    const sealing = bytesOf(ours({ recipientKey: bankEcc }, { now: before }).seal(sourceOf(Buffer.from('x'))))
    await expect(sealing).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_VALID' })
    expect(huidaSecret.isDecrypted()).toBe(true)
  })
})

function keyOf(recipientKey: typeof expired) {
  return recipientKey === undefined ? {} : { recipientKey }
}
