import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { inBlocks } from '../../crypto/byte-blocks.ts'
import { sha256Of } from '../../crypto/digests.ts'
import { openScratch, spoolToScratch } from '../../crypto/scratch-file.ts'
import { bytesOf, inPieces, leftInScratch } from './cms/parties.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-scratch-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a scratch file', () => {
  it('gives back what was written, as often as it is read and by several readers at once', async () => {
    const content = randomBytes(2_500_001)
    const file = await spoolToScratch(inPieces(content, 123_457), folder)
    const copies = await Promise.all([1, 2, 3].map(() => bytesOf(file.content())))
    expect(copies.map((copy) => copy.equals(content))).toEqual([true, true, true])
    expect({ sizeBytes: file.sizeBytes, sha256: file.sha256 }).toEqual(
      await sha256Of(inPieces(content, 1000)),
    )
    await file.discard()
  })

  it('has no name on the disk, even while it is written', async () => {
    const writer = await openScratch(folder)
    await writer.write(Buffer.from('secret'))
    expect(readdirSync(folder)).toEqual([])
    await writer.discard()
    expect(leftInScratch(folder)).toEqual([])
  })

  it('may be left half read', async () => {
    const file = await spoolToScratch(inPieces(randomBytes(3_000_000), 500_000), folder)
    for await (const chunk of file.content()) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await file.discard()
    expect(leftInScratch(folder)).toEqual([])
  })

  it('is gone when its source breaks', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(100)
      throw new Error('connection lost')
    }
    await expect(spoolToScratch(broken(), folder)).rejects.toThrow('connection lost')
    expect(leftInScratch(folder)).toEqual([])
  })

  it('may be empty', async () => {
    const file = await spoolToScratch(inPieces(Buffer.alloc(0), 1), folder)
    expect((await bytesOf(file.content())).length).toBe(0)
    await file.discard()
  })

  it('cannot be made where there is a file instead of a folder', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, '')
    await expect(openScratch(path)).rejects.toThrow()
    rmSync(path)
  })
})

describe('blocks of a stream', () => {
  it('hold the same bytes in the same order, however they were cut', async () => {
    const pieces = fc.array(fc.nat({ max: 100_000 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(pieces, async (sizes) => {
        const chunks = sizes.map((size) => randomBytes(size))
        async function* source(): AsyncGenerator<Buffer> {
          yield* chunks
        }
        expect((await bytesOf(inBlocks(source()))).equals(Buffer.concat(chunks))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})
