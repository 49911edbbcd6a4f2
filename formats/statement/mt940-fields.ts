/**
 * Cuts an MT940 file into the fields of its messages: `:61:` with the lines that follow it. SWIFT's blocks around a
 * message are tolerated, CRLF and LF alike (the first line decides); anything else that is no field is refused.
 */
import type { FileRefusal } from '../bank-file.ts'
import type { Charset } from '../values/charset.ts'
import { type LineCutter, lineCutter } from '../wire/line-cutter.ts'

/** One field of a message: its tag without colons, its lines. */
export interface SwiftField {
  readonly tag: string
  readonly lines: readonly string[]
  readonly lineNo: number
}

/** Is told of the fields of a file, in order. */
export interface SwiftTaker {
  field(field: SwiftField): void
  /** The message ends. */
  message(lineNo: number): void
  refuse(refusal: FileRefusal): void
}

/** Cuts one file. */
export interface SwiftCutter {
  push(chunk: Buffer): void
  /** False when the file has no whole message to judge. */
  end(): boolean
}

const maxLineBytes = 64 * 1024
const maxFieldChars = 16 * 1024

/** Makes the cutter of one file. */
export function swiftCutter(codec: Charset, taker: SwiftTaker): SwiftCutter {
  const messages = messageLines(taker)
  const lines = eitherNewline((newline) =>
    lineCutter(
      codec,
      { newline, finalNewline: true, maxLineBytes, refuseControls: 'all' },
      { take: messages.take, refuse: taker.refuse, isWhole: messages.isWhole },
    ),
  )
  return {
    push: lines.push,
    end: () => {
      const whole = lines.end()
      if (whole) messages.end()
      return whole
    },
  }
}

/** Waits for the first line to see how lines end; the end of a message may lack its newline. */
function eitherNewline(cutterFor: (newline: '\r\n' | '\n') => LineCutter) {
  let cutter: LineCutter | undefined
  let held: Buffer = Buffer.alloc(0)
  let newline: '\r\n' | '\n' = '\n'
  let last = 0x0a
  const begin = (): LineCutter => {
    const at = held.indexOf(0x0a)
    newline = at > 0 && held[at - 1] === 0x0d ? '\r\n' : '\n'
    const begun = cutterFor(newline)
    begun.push(held)
    held = Buffer.alloc(0)
    cutter = begun
    return begun
  }
  return {
    push: (chunk: Buffer): void => {
      last = chunk.at(-1) ?? last
      if (cutter) {
        cutter.push(chunk)
        return
      }
      held = Buffer.concat([held, chunk])
      if (held.includes(0x0a) || held.length > maxLineBytes) begin()
    },
    end: (): boolean => {
      const begun = cutter ?? begin()
      if (last === 0x7d || last === 0x2d) begun.push(Buffer.from(newline))
      return begun.end()
    },
  }
}

const fieldStart = /^:(\d\d[A-Z]?):(.*)$/u
const blocksBefore = /^(?:\{[1-35]:[^{}]*(?:\{[^{}]*\}[^{}]*)*\})*\{4:$/u
const messageEnd = /^-(?:\}(?:\{5:[^{}]*(?:\{[^{}]*\}[^{}]*)*\})?)?$/u
const trailer = /^\{5:[^{}]*(?:\{[^{}]*\}[^{}]*)*\}$/u

/** Tells the lines of messages from those around them. */
function messageLines(taker: SwiftTaker) {
  let inside: 'no' | 'plain' | 'wrapped' = 'no'
  let field: { tag: string; lines: string[]; lineNo: number; chars: number } | undefined
  let lastLine = 0
  let count = 0
  const flush = (): void => {
    if (field) taker.field(field)
    field = undefined
  }
  const finish = (lineNo: number): void => {
    flush()
    taker.message(lineNo)
    inside = 'no'
    count++
  }
  const refuse = (lineNo: number, expected: string): void =>
    taker.refuse({ code: 'LAYOUT', lineNo, facts: { expected } })
  const begin = (tag: string, text: string, lineNo: number): void => {
    // Without SWIFT's blocks a message may end where the next one begins.
    if (tag === '20' && inside === 'plain') finish(lineNo)
    flush()
    if (inside === 'no') inside = 'plain'
    field = { tag, lines: [text], lineNo, chars: text.length }
  }
  const proceed = (line: string, lineNo: number): void => {
    if (!field) {
      refuse(lineNo, inside === 'no' ? ':20:' : 'a field')
      return
    }
    field.chars += line.length
    if (line === '') refuse(lineNo, 'no empty line')
    else if (field.chars > maxFieldChars)
      taker.refuse({ code: 'LINE_TOO_LONG', lineNo, facts: { limitChars: maxFieldChars } })
    else field.lines.push(line)
    if (field.chars > maxFieldChars) field = { ...field, lines: [] }
  }
  return {
    take: (line: string | undefined, lineNo: number): void => {
      lastLine = lineNo
      if (line === undefined) return
      const [, tag, text = ''] = fieldStart.exec(line) ?? []
      if (tag !== undefined) begin(tag, text, lineNo)
      else if (inside === 'no' && blocksBefore.test(line)) inside = 'wrapped'
      else if (inside === 'no' && count > 0 && trailer.test(line)) return
      else if (inside !== 'no' && messageEnd.test(line)) finish(lineNo)
      else proceed(line, lineNo)
    },
    isWhole: () => inside === 'no' && count > 0,
    end: (): void => {
      if (inside === 'wrapped')
        taker.refuse({ code: 'TRUNCATED', lineNo: lastLine, facts: { inside: 'message' } })
      else if (inside === 'plain') finish(lastLine)
      else if (count === 0) taker.refuse({ code: 'TRUNCATED', lineNo: lastLine, facts: { inside: 'file' } })
    },
  }
}
