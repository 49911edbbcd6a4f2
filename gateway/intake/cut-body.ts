/**
 * Cuts a body into chunks of whole lines, about a mebibyte each, and counts their lines, so that every chunk knows
 * its first seq before any chunk was looked into. Memory holds two chunks.
 */
import { BodyRefused } from './body-refused.ts'
import type { ChunkJob } from './check-chunk.ts'
import { encodingFlaw } from './chunk-text.ts'
import { readCsvHeader } from './csv-line.ts'
import { problem } from './finding.ts'

/** A chunk with the offset of its first byte in the decoded body. */
export interface Cut {
  readonly job: ChunkJob
  readonly byteOffset: number
}

/** What the cutter must know of a body. */
export interface BodyShape {
  readonly format: 'ndjson' | 'csv'
  /** Number of the body's first line in its batch. */
  readonly firstSeq: number
}

const LF = 10
const chunkBytes = 1024 * 1024

/**
 * Chunks in order; the last one, which may be empty, is marked. Throws BodyRefused for a CSV header that cannot be
 * used and for a stretch of `sizeBytes` without a line end.
 */
export async function* cutBody(
  body: AsyncIterable<Buffer>,
  shape: BodyShape,
  sizeBytes = chunkBytes,
): AsyncGenerator<Cut> {
  const cutter = new Cutter(shape)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of body) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    while (rest.length > sizeBytes) {
      const end = rest.lastIndexOf(LF, sizeBytes - 1) + 1
      if (end === 0) throw new BodyRefused(problem('LINES_UNBROKEN', { byteOffset: cutter.byteOffset }))
      yield cutter.take(rest.subarray(0, end), false)
      rest = rest.subarray(end)
    }
  }
  yield cutter.take(rest, true)
}

/** Where the cutter stands: seq and byte offset of the next chunk, and the columns once the header was read. */
class Cutter {
  readonly #format: BodyShape['format']
  #nextSeq: number
  #first = true
  #columns: readonly string[] | undefined
  byteOffset = 0

  constructor(shape: BodyShape) {
    this.#format = shape.format
    this.#nextSeq = shape.firstSeq
  }

  take(bytes: Buffer, last: boolean): Cut {
    const first = this.#first
    const header = first && this.#format === 'csv' ? this.#readHeader(bytes) : 0
    const lines = bytes.subarray(header)
    const place = { firstSeq: this.#nextSeq, first: first && header === 0, last }
    const cut: Cut = {
      // A copy of its own: the buffer is handed over to a thread, and the body's buffers belong to the reader.
      job: { bytes: new Uint8Array(lines), ...place, ...(this.#columns && { columns: this.#columns }) },
      byteOffset: this.byteOffset + header,
    }
    this.#first = false
    this.byteOffset += bytes.length
    if (!last) this.#nextSeq += countLineEnds(lines)
    return cut
  }

  /** Reads the header row and gives its length in bytes, its line end included. */
  #readHeader(bytes: Buffer): number {
    const end = bytes.indexOf(LF)
    const length = end < 0 ? bytes.length : end + 1
    const row = bytes.subarray(0, length)
    const flaw = encodingFlaw(row, true)
    if (flaw) throw new BodyRefused(problem(flaw.code, { byteOffset: flaw.byteOffset }))
    const header = readCsvHeader(row.toString('utf8').replace(/\r?\n$/, ''))
    if ('problem' in header) throw new BodyRefused(header.problem)
    this.#columns = header.columns
    return length
  }
}

function countLineEnds(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) count++
  return count
}
