/**
 * Golden answers of every shipped profile, mutated by the hundred: pieces taken out, doubled, swapped, spliced in from
 * another bank's file, digits changed. Each is refused with reasons, or read to rows that tie with what it states; nothing
 * else is thrown, and every reading comes to an end.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../../formats/bank-file.ts'
import { everyCaseFile, readAnswer } from '../../formats/catalog/catalog-fixtures.ts'
import { fixture, type WholeFile } from '../../formats/fixture-files.ts'

const kinds = [
  'take-out',
  'double',
  'swap',
  'splice',
  'digit',
  'cut',
  'insert',
  'double-line',
  'drop-line',
] as const

const mutation = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.nat(),
  lengthBytes: fc.integer({ min: 1, max: 60 }),
  to: fc.nat(),
  byte: fc.nat(255),
})
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never

const answers = everyCaseFile.filter((file) => file.kind !== 'request')
const strangers = answers.map((file) => fixture(file.path))

function mutate(bytes: Buffer, { kind, at, lengthBytes, to, byte }: Mutation): Buffer {
  if (bytes.length === 0) return Buffer.of(byte)
  const from = at % bytes.length
  const end = Math.min(from + lengthBytes, bytes.length)
  const [before, piece, after] = [bytes.subarray(0, from), bytes.subarray(from, end), bytes.subarray(end)]
  switch (kind) {
    case 'take-out':
      return Buffer.concat([before, after])
    case 'double':
      return Buffer.concat([before, piece, piece, after])
    case 'swap': {
      const rest = Buffer.concat([before, after])
      const place = rest.length === 0 ? 0 : to % rest.length
      return Buffer.concat([rest.subarray(0, place), piece, rest.subarray(place)])
    }
    case 'splice': {
      const other = strangers[to % strangers.length] ?? piece
      const start = to % Math.max(other.length, 1)
      return Buffer.concat([before, other.subarray(start, start + lengthBytes), after])
    }
    case 'digit':
      return withDigit(bytes, from, byte)
    case 'cut':
      return Buffer.from(before)
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(lengthBytes, byte), piece, after])
    case 'double-line':
    case 'drop-line':
      return withoutOrTwice(bytes, from, kind === 'double-line')
  }
}

/** Changes the next digit, as a wrong amount, count or serial would. */
function withDigit(bytes: Buffer, from: number, byte: number): Buffer {
  const changed = Buffer.from(bytes)
  const place = changed.findIndex((one, index) => index >= from && one >= 0x30 && one <= 0x39)
  if (place >= 0) changed[place] = 0x30 + (byte % 10)
  return changed
}

function withoutOrTwice(bytes: Buffer, from: number, twice: boolean): Buffer {
  const start = bytes.lastIndexOf(0x0a, from) + 1
  const next = bytes.indexOf(0x0a, from)
  const end = next < 0 ? bytes.length : next + 1
  const line = bytes.subarray(start, Math.max(start, end))
  return Buffer.concat([bytes.subarray(0, start), ...(twice ? [line, line] : []), bytes.subarray(end)])
}

const sumFen = (rows: readonly ResultRow[]): bigint =>
  rows.reduce((sum, row) => sum + (row.amountFen ?? 0n), 0n)
const paid = (rows: readonly ResultRow[]): ResultRow[] => rows.filter(({ outcome }) => outcome === 'paid')

/** What a file states, beside what its rows come to; a tie that a golden file has must hold in whatever is read. */
const ties: Readonly<Record<string, (read: WholeFile<ResultRow>) => boolean>> = {
  rowCount: ({ rows, summary }) => summary?.rowCount === rows.length,
  rowTotal: ({ rows, summary }) => summary?.rowTotalFen === sumFen(rows),
  paidCount: ({ rows, summary }) =>
    summary?.paidCount === undefined || summary.paidCount === paid(rows).length,
  paidTotal: ({ rows, summary }) =>
    summary?.paidTotalFen === undefined || summary.paidTotalFen === sumFen(paid(rows)),
}

/** Where the status of the whole file takes the certainty of every row away, nothing is paid and nothing needs to tie. */
const undecided = (rows: readonly ResultRow[]): boolean =>
  rows.every(({ outcome }) => outcome === 'open' || outcome === 'unknown')

describe.each(answers.map((file) => [file.path, file] as const))('%s', (path, file) => {
  const bytes = fixture(path)
  const sound = readAnswer(file)
  const owed = Object.entries(ties).filter(([, holds]) => holds(sound))

  test('F56 F60 F69: mutated is refused with reasons, or read to rows that tie with what it states', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 7, 4_096),
        (mutations, chunkBytes) => {
          const read = readAnswer(file, mutations.reduce(mutate, bytes), chunkBytes)
          expect(read.summary !== undefined || read.refusals.length > 0).toBe(true)
          if (!read.summary || undecided(read.rows)) return
          for (const [tie, holds] of owed) expect(holds(read), tie).toBe(true)
        },
      ),
      { numRuns: 120 },
    )
  })

  test('F56: with characters of the user-defined areas, which we could not write, is measured as it came', () => {
    for (const byte of [0xaa, 0xf8])
      for (let at = 0; at < Math.min(60, bytes.length); at += 5) {
        const strange = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(10, byte), bytes.subarray(at)])
        const read = readAnswer(file, strange)
        expect(read.summary !== undefined || read.refusals.length > 0).toBe(true)
      }
  })
})
