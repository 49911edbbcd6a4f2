import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { digestsOf, sha256Of } from '../../crypto/digests.ts'

async function* inPieces(content: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += sizeBytes) yield content.subarray(at, at + sizeBytes)
}

describe('digests of streams', () => {
  it('do not depend on how the content is cut', async () => {
    const content = Buffer.from('惠达'.repeat(1000))
    const sha256 = createHash('sha256').update(content).digest('hex')
    const md5 = createHash('md5').update(content).digest('hex')
    for (const sizeBytes of [1, 7, 4096, 10_000]) {
      expect(await digestsOf(inPieces(content, sizeBytes))).toEqual({
        sizeBytes: content.length,
        sha256,
        md5,
      })
    }
  })

  it('of nothing are those of the empty content', async () => {
    const empty = await sha256Of(inPieces(Buffer.alloc(0), 1))
    expect(empty.sizeBytes).toBe(0)
    expect(empty.sha256).toMatch(/^e3b0c44298fc1c14/)
  })
})
