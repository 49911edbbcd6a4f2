/**
 * Cuts a file that arrives in chunks of any size into decoded lines. The cut is made at newline bytes, which are
 * never part of a wider character in GB18030, GBK or UTF-8; everything else is split after decoding, because 118
 * GBK characters end in the byte of `|`. A line of bad bytes is named and left out; memory is bounded by a line.
 */
import type { FileRefusal } from '../bank-file.ts'
import { type Charset, decoded } from '../values/charset.ts'
import { type LineSpan, lineText } from './line-span.ts'
import { delimiterKinds, type UnitKinds, unitKind, unitScanner, wideKinds } from './unit-marks.ts'

/** How the lines of a file end and how long they may be. */
export interface LineRules {
  readonly newline: '\r\n' | '\n' | '\r'
  readonly finalNewline: boolean
  readonly maxLineBytes: number
  /** Refuse control characters here; `but-tabs` where the delimiter is one, `no` where cells are checked one by one. */
  readonly refuseControls: 'all' | 'but-tabs' | 'no'
  /** Spans mark the first unit of it; where there is none, every unit that is not one printable byte. */
  readonly delimiter?: string
}

/** Called with every line in order; undefined for a line that was refused. */
export type TakeLine<Line = string> = (line: Line | undefined, lineNo: number) => void

/** What the cutter tells and asks. */
export interface LineTaker<Line = string> {
  take: TakeLine<Line>
  refuse(refusal: FileRefusal): void
  /** True when the lines so far are a whole file, so that anything more is too much. */
  isWhole(): boolean
}

/** Takes lines where they stand in a block of text. */
export interface SpanTaker extends LineTaker<LineSpan> {
  /** The block of the lines so far is about to be used again: whoever still holds one of them copies it. */
  blockEnds(): void
}

/** Cuts one file. */
export interface LineCutter {
  push(chunk: Buffer): void
  /** Takes the last line of a file without final newline. False when there was no file, or a line without end. */
  end(): boolean
}

const blockBytes = 64 * 1024

/** Makes the cutter of one file into strings. */
export const lineCutter = (codec: Charset, rules: LineRules, taker: LineTaker): LineCutter =>
  lineSpanCutter(codec, rules, {
    take: (line, lineNo) => taker.take(line && lineText(line), lineNo),
    refuse: taker.refuse,
    isWhole: taker.isWhole,
    blockEnds: () => {},
  })

/** Makes the cutter of one file into lines where they stand. */
export function lineSpanCutter(codec: Charset, rules: LineRules, taker: SpanTaker): LineCutter {
  const { refuse } = taker
  const terminator = rules.newline === '\r' ? carriageReturn : lineFeed
  const lines = lineDecoder(codec, rules, taker)
  let rest: Buffer = Buffer.alloc(0)
  let sizeBytes = 0
  let broken = false
  const takeWhole = (bytes: Buffer): Buffer => {
    let from = 0
    while (from < bytes.length) {
      const window = bytes.subarray(from, from + blockBytes)
      const last = window.lastIndexOf(terminator)
      if (last < 0) break
      lines.takeBlock(window.subarray(0, last + 1), terminator)
      from += last + 1
    }
    return bytes.subarray(from)
  }
  return {
    push: (chunk) => {
      sizeBytes += chunk.length
      if (broken) return
      rest = Buffer.from(takeWhole(rest.length === 0 ? chunk : Buffer.concat([rest, chunk])))
      broken = rest.length > rules.maxLineBytes
      if (broken) {
        refuse({
          code: 'LINE_TOO_LONG',
          lineNo: lines.count() + 1,
          facts: { limitBytes: rules.maxLineBytes },
        })
      }
    },
    end: () => {
      if (sizeBytes === 0) refuse({ code: 'EMPTY', facts: {} })
      if (sizeBytes === 0 || broken) return false
      const lineNo = lines.count() + 1
      if (rest.length === 0) {
        if (!rules.finalNewline) refuse({ code: 'TRAILING_BYTES', lineNo, facts: { found: 'newline' } })
      } else if (rules.finalNewline || decoded(codec, rest) === undefined) {
        const code = rules.finalNewline && taker.isWhole() ? 'TRAILING_BYTES' : 'TRUNCATED'
        refuse({ code, lineNo, facts: cutFacts(codec, rest, sizeBytes) })
      } else lines.takeBlock(Buffer.concat([rest, Buffer.from(rules.newline)]), terminator)
      return true
    },
  }
}

/** Decodes blocks of whole lines at once, and line by line where a block has bad bytes. */
function lineDecoder(codec: Charset, rules: LineRules, { take, refuse, blockEnds }: SpanTaker) {
  const kinds = unitKinds(rules)
  const scan = unitScanner(kinds)
  const refuseLine = lineRefuser(rules, refuse)
  const crlf = rules.newline === '\r\n' ? 1 : 0
  let lineNo = 0
  const takeText = (text: string): void => {
    const { block, markCount } = scan(text)
    const { units, marks } = block
    let from = 0
    let firstMark = 0
    let oddCount = 0
    for (let mark = 0; mark < markCount; mark++) {
      const at = marks[mark] ?? 0
      const kind = kinds[units[at] ?? 0]
      if (kind === unitKind.odd) oddCount++
      if (kind !== unitKind.end) continue
      lineNo++
      const to = at - crlf
      const ended = crlf === 0 || units[to] === carriageReturn
      if (ended && oddCount === crlf && to - from <= rules.maxLineBytes)
        take({ block, from, to, firstMark, endMark: mark - crlf }, lineNo)
      else {
        refuseLine(text.slice(from, at), lineNo)
        take(undefined, lineNo)
      }
      from = at + 1
      firstMark = mark + 1
      oddCount = 0
    }
    blockEnds()
  }
  const takeOneByOne = (block: Buffer, terminator: number): void => {
    for (let from = 0; from < block.length; ) {
      const end = block.indexOf(terminator, from) + 1
      const text = decoded(codec, block.subarray(from, end))
      from = end
      if (text !== undefined) takeText(text)
      else {
        refuse({ code: 'CHARSET', lineNo: ++lineNo, facts: { charset: codec.name } })
        take(undefined, lineNo)
      }
    }
  }
  return {
    count: () => lineNo,
    takeBlock: (block: Buffer, terminator: number): void => {
      const text = decoded(codec, block)
      if (text === undefined) takeOneByOne(block, terminator)
      else takeText(text)
    },
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** What ends a line, what must not stand in one, and what splits it. */
function unitKinds(rules: LineRules): UnitKinds {
  const kinds = rules.delimiter === undefined ? wideKinds() : delimiterKinds(rules.delimiter)
  const tab = kinds[0x09] ?? 0
  if (rules.refuseControls !== 'no') kinds.fill(unitKind.odd, 0, 0x20).fill(unitKind.odd, 0x7f, 0x80)
  if (rules.refuseControls === 'but-tabs') kinds[0x09] = tab
  const ends = rules.newline === '\r' ? carriageReturn : lineFeed
  kinds[lineFeed] = unitKind.odd
  kinds[carriageReturn] = unitKind.odd
  kinds[ends] = unitKind.end
  return kinds
}

const cutFacts = (codec: Charset, rest: Buffer, sizeBytes: number): Record<string, string | number> => ({
  sizeBytes,
  inside: decoded(codec, rest) === undefined ? 'character' : 'line',
})

/** Refuses a line with another end, control characters or too many characters; says the first of these. */
function lineRefuser(rules: LineRules, refuse: (refusal: FileRefusal) => void) {
  const stray = rules.newline === '\r' ? '\n' : '\r'
  return (raw: string, lineNo: number): void => {
    const crlf = rules.newline === '\r\n'
    const ended = !crlf || raw.endsWith('\r')
    const line = crlf && ended ? raw.slice(0, -1) : raw
    if (line.length > rules.maxLineBytes) {
      refuse({ code: 'LINE_TOO_LONG', lineNo, facts: { limitBytes: rules.maxLineBytes } })
    } else if (!ended || line.includes(stray)) {
      refuse({ code: 'LAYOUT', lineNo, facts: { expected: newlineNames[rules.newline] } })
    } else refuse({ code: 'LAYOUT', lineNo, facts: { found: 'control character' } })
  }
}

const newlineNames = { '\r\n': 'CRLF', '\n': 'LF', '\r': 'CR' } as const
