/**
 * How fast profiles write and read, beside the floor of nothing but charset conversion of the same bytes in the same
 * run; and whether memory stays flat over millions of rows.
 */
import type { PaymentLine } from '../../formats/bank-file.ts'
import type { CompiledProfile, ResultLine } from '../../formats/profile/compiled-profile.ts'
import { charset } from '../../formats/values/charset.ts'
import { benchBlocks, benchHeader } from './bench-people.ts'
import { takeTurns } from './turns.ts'

/** What one profile does. Shares are floor time over our time: 1 would be as fast as conversion alone. */
export interface FormatFigures {
  readonly profile: string
  readonly layout: string
  readonly rows: number
  readonly bytesPerRow: number
  readonly writeRowsPerSecond: number
  readonly writeFloorRowsPerSecond: number
  readonly writeShareOfFloor: number
  readonly readRowsPerSecond: number
  readonly readFloorRowsPerSecond: number
  readonly readShareOfFloor: number
}

/** What many rows cost in memory. */
export interface FlatFigures {
  readonly profile: string
  readonly rows: number
  readonly bytes: number
  /** Resident memory of the process at its greatest, and before the first row. */
  readonly peakBytes: number
  readonly startBytes: number
}

/** Times one profile over `wanted` lines, or as many as one file takes: its request written, an answer read. */
export function benchFormat(profile: CompiledProfile, wanted: number, turns: number): FormatFigures {
  const rows = Math.min(wanted, profile.limits.maxRows)
  const header = benchHeader(profile, rows)
  const blocks = [...benchBlocks(rows)]
  const codec = charset(profile.charset)
  const request = written(profile, header, blocks)
  const answer = answered(profile, header, blocks)
  const requestTexts = request.map((bytes) => codec.decode(bytes))
  const [write, writeFloor, read, readFloor] = takeTurns(
    [
      { name: 'write', run: () => sizeOf(written(profile, header, blocks)) },
      { name: 'encode', run: () => sizeOf(requestTexts.map((text) => codec.encode(text))) },
      { name: 'read', run: () => readAll(profile, header, answer) },
      { name: 'decode', run: () => answer.reduce((sum, bytes) => sum + codec.decode(bytes).length, 0) },
    ],
    turns,
  )
  const perSecond = (timing: { seconds: number } | undefined): number =>
    Math.round(rows / (timing?.seconds ?? 1))
  const share = (floor?: { seconds: number }, ours?: { seconds: number }): number =>
    Math.round((100 * (floor?.seconds ?? 0)) / (ours?.seconds ?? 1)) / 100
  return {
    profile: profile.id,
    layout: profile.layout,
    rows,
    bytesPerRow: Math.round(sizeOf(request) / rows),
    writeRowsPerSecond: perSecond(write),
    writeFloorRowsPerSecond: perSecond(writeFloor),
    writeShareOfFloor: share(writeFloor, write),
    readRowsPerSecond: perSecond(read),
    readFloorRowsPerSecond: perSecond(readFloor),
    readShareOfFloor: share(readFloor, read),
  }
}

/** Writes and reads `rows` lines without holding more than a block of them. */
export function benchFlat(profile: CompiledProfile, rows: number): FlatFigures {
  const header = benchHeader(profile, rows)
  const startBytes = process.memoryUsage().rss
  let peakBytes = startBytes
  let bytes = 0
  const writer = profile.resultWriter(header, paidTotals(header), 'answer')
  const reader = profile.resultReader(header)
  const pass = (chunk: Buffer): void => {
    bytes += chunk.length
    reader.read(chunk)
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss)
  }
  pass(writer.begin())
  for (const block of benchBlocks(rows)) pass(writer.write(block.map((line) => paidLine(profile, line))))
  pass(writer.end())
  mustBeRead(profile, reader.end())
  return { profile: profile.id, rows, bytes, peakBytes, startBytes }
}

type Header = ReturnType<typeof benchHeader>
type Blocks = readonly (readonly PaymentLine[])[]

const sizeOf = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0)

function written(profile: CompiledProfile, header: Header, blocks: Blocks): Buffer[] {
  const writer = profile.writer(header)
  return [writer.begin(), ...blocks.map((lines) => writer.write(lines)), writer.end()]
}

const paidTotals = ({ count, totalFen }: Header) => ({
  rowCount: count,
  rowTotalFen: totalFen,
  paidCount: count,
  paidTotalFen: totalFen,
})

const paidLine = (profile: CompiledProfile, line: PaymentLine): ResultLine => ({
  ...line,
  position: line.seq,
  bankCode: codeOf(profile, 'paid'),
  bankText: '成功',
})

/** A code of the bank for an outcome. */
function codeOf(profile: CompiledProfile, outcome: 'paid' | 'failed'): string {
  const code = profile.codes.find((one) => one.outcome === outcome)?.code
  if (code === undefined) throw new Error(`${profile.id} has no code for ${outcome}`)
  return code
}

/** A list of failures has no paid rows, so there every row has failed. */
function answered(profile: CompiledProfile, header: Header, blocks: Blocks): Buffer[] {
  const failing = profile.resultStyle === 'failures-only'
  const totals = failing ? { ...paidTotals(header), paidCount: 0, paidTotalFen: 0n } : paidTotals(header)
  const writer = profile.resultWriter(header, totals, 'answer')
  const rows = (line: PaymentLine): ResultLine =>
    failing
      ? { ...line, position: line.seq, bankCode: codeOf(profile, 'failed'), bankText: '户名不符' }
      : paidLine(profile, line)
  return [writer.begin(), ...blocks.map((lines) => writer.write(lines.map(rows))), writer.end()]
}

function readAll(profile: CompiledProfile, header: Header, answer: readonly Buffer[]): number {
  const reader = profile.resultReader(header)
  let rows = 0
  for (const chunk of answer) rows += reader.read(chunk).length
  const end = reader.end()
  mustBeRead(profile, end)
  return rows + end.rows.length
}

function mustBeRead(profile: CompiledProfile, end: { kind: string; refusals?: readonly unknown[] }): void {
  if (end.kind === 'refused')
    throw new Error(`${profile.id} refused its own answer: ${JSON.stringify(end.refusals?.[0])}`)
}
