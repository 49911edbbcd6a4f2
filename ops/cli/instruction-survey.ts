/**
 * The first reading of a file of instructions: lines, fen and digest as intake will count them (DESIGN.md §4), and
 * parts that end at line ends. A CSV part after the first begins with the header row again.
 */
import { createHash, type Hash } from 'node:crypto'
import { add, type Money, money, zero } from '../../formats/values/money.ts'
import { parseCsvLine, readCsvHeader } from '../../gateway/intake/csv-line.ts'
import { describeFinding } from '../../gateway/intake/finding.ts'
import { parseNdjsonLine } from '../../gateway/intake/ndjson-line.ts'
import { findingText } from './api-problem-text.ts'
import type { InstructionFile } from './instruction-file.ts'
import { CommandEnd, exit } from './output.ts'

/** A part as it will be sent: `prefix`, then the next `sizeBytes` of the decoded file. */
export interface SurveyedPart {
  readonly sizeBytes: number
  readonly prefix: Buffer
  /** Of what is sent, lower-case hex. */
  readonly sha256: string
}

/** What a file holds. Lines that cannot be read count as lines and add nothing. */
export interface Survey {
  readonly count: number
  readonly amountFen: Money
  /** Of the whole decoded file, lower-case hex. */
  readonly sha256: string
  /** What a seal says of these parts: the one part's digest, or the digest over all their digests in hex. */
  readonly sealSha256: string
  readonly sizeBytes: number
  readonly parts: readonly SurveyedPart[]
}

const LF = 10
const longestLineBytes = 1024 * 1024

/** Where a reading stands. `columns` and `header` are there once the header row of a CSV was read. */
interface Reading {
  readonly file: InstructionFile
  readonly partBytes: number
  readonly whole: Hash
  readonly parts: SurveyedPart[]
  header: Buffer
  columns: readonly string[] | undefined
  sizeBytes: number
  count: number
  amountFen: Money
  part: OpenPart
}

/** The part that lines go into now. */
interface OpenPart {
  readonly prefix: Buffer
  readonly hash: Hash
  sizeBytes: number
  lineCount: number
  lastIsBlank: boolean
}

/** Reads `content`, the decoded bytes of `file`. Refuses a file without lines and one that is no text of lines. */
export async function surveyInstructions(
  file: InstructionFile,
  content: AsyncIterable<Buffer>,
  partBytes: number,
): Promise<Survey> {
  const reading = startReading(file, partBytes)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of content) {
    reading.whole.update(chunk)
    reading.sizeBytes += chunk.length
    rest = takeLines(reading, rest.length === 0 ? chunk : Buffer.concat([rest, chunk]))
    if (rest.length > longestLineBytes) throw notLines(reading)
  }
  if (rest.length > 0) takeLine(reading, rest)
  closePart(reading)
  return endReading(reading)
}

function startReading(file: InstructionFile, partBytes: number): Reading {
  const nothing = Buffer.alloc(0)
  return {
    ...{ file, partBytes, whole: createHash('sha256'), parts: [], header: nothing, columns: undefined },
    ...{ sizeBytes: 0, count: 0, amountFen: zero, part: openPart(nothing) },
  }
}

const openPart = (prefix: Buffer): OpenPart => ({
  ...{ prefix, hash: createHash('sha256').update(prefix), sizeBytes: 0, lineCount: 0, lastIsBlank: false },
})

/** Takes whole lines and gives the beginning of the next one. */
function takeLines(reading: Reading, bytes: Buffer): Buffer {
  let from = 0
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
    takeLine(reading, bytes.subarray(from, end + 1))
    from = end + 1
  }
  return bytes.subarray(from)
}

function takeLine(reading: Reading, bytes: Buffer): void {
  const text = bytes.toString('utf8').replace(/\r?\n$/, '')
  if (reading.file.format === 'csv' && !reading.columns) takeHeader(reading, text, bytes)
  else countLine(reading, text, bytes.length)
  reading.part.hash.update(bytes)
  reading.part.sizeBytes += bytes.length
}

function takeHeader(reading: Reading, text: string, bytes: Buffer): void {
  const header = readCsvHeader(text)
  if ('problem' in header) {
    const found = describeFinding(header.problem, 'refuse', { part: 1, line: 1 })
    throw new CommandEnd(exit.refused, `${reading.file.path}\n${findingText(found)}`)
  }
  reading.columns = header.columns
  // The bytes belong to the reader's buffer, which is used again.
  reading.header = Buffer.from(bytes)
}

function countLine(reading: Reading, text: string, sizeBytes: number): void {
  const { part, partBytes } = reading
  if (part.lineCount > 0 && part.prefix.length + part.sizeBytes + sizeBytes > partBytes) closePart(reading)
  reading.part.lineCount += 1
  reading.part.lastIsBlank = text === ''
  reading.amountFen = add(reading.amountFen, amountOf(text, reading.columns))
}

/** A blank line at the end of a body is none. */
function closePart(reading: Reading): void {
  const { prefix, hash, sizeBytes, lineCount, lastIsBlank } = reading.part
  if (sizeBytes === 0) return
  reading.count += lastIsBlank ? lineCount - 1 : lineCount
  reading.parts.push({ prefix, sizeBytes, sha256: hash.digest('hex') })
  reading.part = openPart(reading.header)
}

function endReading({ file, whole, parts, sizeBytes, count, amountFen }: Reading): Survey {
  if (count === 0) throw new CommandEnd(exit.refused, `${file.path}: 没有任何明细 / there are no lines.`)
  const digests = parts.map(({ sha256 }) => sha256)
  const [only = ''] = digests
  const sealSha256 = digests.length === 1 ? only : createHash('sha256').update(digests.join('')).digest('hex')
  return { count, amountFen, sha256: whole.digest('hex'), sealSha256, sizeBytes, parts }
}

function notLines({ file, count, part }: Reading): CommandEnd {
  const after = count + part.lineCount
  const message = `第 ${after} 行之后一兆字节内没有换行 / there is no line end within 1 MiB after line ${after}; is this a file of lines?`
  return new CommandEnd(exit.refused, `${file.path}: ${message}`)
}

/** The amount of a line as intake adds it up: only what is spelled as a positive whole number. */
function amountOf(text: string, columns: readonly string[] | undefined): Money {
  const parsed = columns ? parseCsvLine(text, columns) : parseNdjsonLine(text)
  if ('flaw' in parsed) return zero
  const record: object = parsed.record
  const value: unknown = 'amountFen' in record ? record.amountFen : undefined
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? money(BigInt(value)) : zero
}
