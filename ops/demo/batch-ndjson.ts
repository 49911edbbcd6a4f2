/** Writes lines as the NDJSON that intake takes: UTF-8, one JSON object and a line feed each, amounts in whole fen. */
import { createHash } from 'node:crypto'
import { add, type Money, zero } from '../../formats/values/money.ts'
import type { DemoLine } from './people.ts'

const chunkChars = 200_000

/** What a sealed batch declares of its lines. */
export interface BatchTotals {
  readonly count: number
  readonly amountFen: Money
  /** Of all bytes so far, hex. */
  readonly sha256: string
}

/** Bytes of a batch, to be read once, and what they add up to. */
export interface DigestingNdjson {
  readonly chunks: Iterable<Buffer>
  /** Totals of what was taken from `chunks` so far; of the whole batch once it has ended. */
  totals(): BatchTotals
}

/** NDJSON in buffers of about 256 KiB. */
export function* ndjson(lines: Iterable<DemoLine>): Generator<Buffer, void, undefined> {
  let text = ''
  for (const line of lines) {
    text += `${lineJson(line)}\n`
    if (text.length < chunkChars) continue
    yield Buffer.from(text, 'utf8')
    text = ''
  }
  if (text !== '') yield Buffer.from(text, 'utf8')
}

/** NDJSON in buffers of about 256 KiB that counts, adds up and digests as it goes. */
export function digestingNdjson(lines: Iterable<DemoLine>): DigestingNdjson {
  const digest = createHash('sha256')
  let count = 0
  let amountFen = zero
  const counted = function* (): Generator<DemoLine, void, undefined> {
    for (const line of lines) {
      count += 1
      amountFen = add(amountFen, line.amountFen)
      yield line
    }
  }
  const digested = function* (): Generator<Buffer, void, undefined> {
    for (const chunk of ndjson(counted())) {
      digest.update(chunk)
      yield chunk
    }
  }
  return { chunks: digested(), totals: () => ({ count, amountFen, sha256: digest.copy().digest('hex') }) }
}

/** One line as JSON; a subsidy's fen are far below the limit of a JSON number. */
export const lineJson = (line: DemoLine): string =>
  JSON.stringify({ ...line, amountFen: Number(line.amountFen) })
