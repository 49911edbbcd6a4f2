/**
 * Cuts a file that arrives in chunks of any size into decoded lines. The cut is made at newline bytes, which are
 * never part of a wider character in GB18030, GBK or UTF-8; everything else is split after decoding, because 118
 * GBK characters end in the byte of `|`. A line of bad bytes is named and left out; memory is bounded by a line.
 */
import type { FileRefusal } from '../bank-file.ts'
import { type Charset, UndecodableBytes } from '../values/charset.ts'

/** How the lines of a file end and how long they may be. */
export interface LineRules {
  readonly newline: '\r\n' | '\n' | '\r'
  readonly finalNewline: boolean
  readonly maxLineBytes: number
  /** Refuse control characters here; `but-tabs` where the delimiter is one, `no` where cells are checked one by one. */
  readonly refuseControls: 'all' | 'but-tabs' | 'no'
}

/** Called with every line in order; undefined for a line that was refused. */
export type TakeLine = (line: string | undefined, lineNo: number) => void

/** What the cutter tells and asks. */
export interface LineTaker {
  take: TakeLine
  refuse(refusal: FileRefusal): void
  /** True when the lines so far are a whole file, so that anything more is too much. */
  isWhole(): boolean
}

/** Cuts one file. */
export interface LineCutter {
  push(chunk: Buffer): void
  /** Takes the last line of a file without final newline. False when there was no file, or a line without end. */
  end(): boolean
}

const blockBytes = 64 * 1024
const controls = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/u
const controlsButTabs = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u

const controlsOf = ({ refuseControls }: LineRules): RegExp | undefined =>
  refuseControls === 'no' ? undefined : refuseControls === 'all' ? controls : controlsButTabs

/** Makes the cutter of one file. */
export function lineCutter(codec: Charset, rules: LineRules, taker: LineTaker): LineCutter {
  const { refuse } = taker
  const terminator = rules.newline === '\r' ? 0x0d : 0x0a
  const lines = lineDecoder(codec, rules, taker.take, refuse)
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
function lineDecoder(
  codec: Charset,
  rules: LineRules,
  take: TakeLine,
  refuse: (refusal: FileRefusal) => void,
) {
  const cleaned = lineCleaner(rules, refuse)
  const forbidden = controlsOf(rules)
  let lineNo = 0
  const takeText = (text: string): void => {
    const doubtful = forbidden?.test(text) ?? false
    const lines = text.split(rules.newline === '\r' ? '\r' : '\n')
    for (let index = 0; index < lines.length - 1; index++)
      take(cleaned(lines[index] ?? '', ++lineNo, doubtful), lineNo)
  }
  const takeOneByOne = (block: Buffer, terminator: number): void => {
    for (let from = 0; from < block.length; ) {
      const end = block.indexOf(terminator, from)
      const line = decoded(codec, block.subarray(from, end))
      lineNo++
      if (line === undefined) refuse({ code: 'CHARSET', lineNo, facts: { charset: codec.name } })
      take(line === undefined ? undefined : cleaned(line, lineNo, true), lineNo)
      from = end + 1
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

function decoded(codec: Charset, bytes: Uint8Array): string | undefined {
  try {
    return codec.decode(bytes)
  } catch (error) {
    if (error instanceof UndecodableBytes) return undefined
    throw error
  }
}

const cutFacts = (codec: Charset, rest: Buffer, sizeBytes: number): Record<string, string | number> => ({
  sizeBytes,
  inside: decoded(codec, rest) === undefined ? 'character' : 'line',
})

/** Takes the carriage return off and refuses lines with other ends, control characters or too many characters. */
function lineCleaner(
  rules: LineRules,
  refuse: (refusal: FileRefusal) => void,
): (line: string, lineNo: number, doubtful: boolean) => string | undefined {
  const forbidden = controlsOf(rules)
  const stray = rules.newline === '\r' ? '\n' : '\r'
  return (raw, lineNo, doubtful) => {
    const crlf = rules.newline === '\r\n'
    const ended = !crlf || raw.endsWith('\r')
    const line = crlf && ended ? raw.slice(0, -1) : raw
    if (line.length > rules.maxLineBytes) {
      refuse({ code: 'LINE_TOO_LONG', lineNo, facts: { limitBytes: rules.maxLineBytes } })
    } else if (!ended || line.includes(stray)) {
      refuse({ code: 'LAYOUT', lineNo, facts: { expected: newlineNames[rules.newline] } })
    } else if (doubtful && forbidden?.test(line)) {
      refuse({ code: 'LAYOUT', lineNo, facts: { found: 'control character' } })
    } else return line
    return undefined
  }
}

const newlineNames = { '\r\n': 'CRLF', '\n': 'LF', '\r': 'CR' } as const
