/**
 * Reads XML in chunks of any size to elements, with memory bounded by one text. Strict: bytes are decoded by our own
 * codecs, one at a time, and everything that could make a reader see other things than the bank wrote is refused
 * (DOCTYPE, foreign entities, processing instructions, another encoding, text beside elements, bytes after the root).
 * Answers of banks and statements (camt.053) are read through it.
 */
import type { FileRefusal } from '../bank-file.ts'
import { type Charset, decoded } from '../values/charset.ts'
import { bytePieces } from './byte-pieces.ts'
import { defaultTextChars, type XmlParser, xmlParser } from './xml-parser.ts'
import { DocumentEnded, XmlRefused } from './xml-refused.ts'
import type { XmlRules, XmlTaker } from './xml-taker.ts'

export type { XmlAttributes, XmlRules, XmlTaker } from './xml-taker.ts'

/** Reads one file. */
export interface XmlEvents {
  push(chunk: Buffer): void
  /** The file ends. False when it was refused; the taker knows why. */
  end(): boolean
  /** Line of what is read next, from 1. */
  line(): number
}

/**
 * Makes the reader of one file. Refuses with the codes `EMPTY`, `CHARSET`, `XML`, `LINE_TOO_LONG`, `TRUNCATED` and
 * `TRAILING_BYTES`; facts name what was found, never a text of the document.
 */
export function xmlEvents(rules: XmlRules, taker: XmlTaker): XmlEvents {
  const pieces = bytePieces()
  const documents = documentFeeder(rules, taker)
  const { codec } = rules
  let sizeBytes = 0
  let broken = false

  const refuse = (refusal: FileRefusal): void => {
    broken = true
    taker.refuse(refusal)
  }
  const guarded = (work: () => void): boolean => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof XmlRefused)) throw error
      refuse(error.refusal)
    }
    return !broken
  }
  const takePiece = (piece: Buffer): boolean =>
    guarded(() => {
      const text = decoded(codec, piece)
      if (text !== undefined) documents.feed(text)
      else feedToBadBytes(codec, piece, documents)
    })
  /** A character has four bytes at most; texts that may be longer than usual are Base64. */
  const restTooLong = (): boolean => pieces.rest().length > documents.limitChars() + 3 * defaultTextChars
  return {
    line: documents.line,
    push: (chunk) => {
      sizeBytes += chunk.length
      if (broken) return
      pieces.push(chunk, takePiece)
      if (!broken && restTooLong()) {
        const facts = { limitChars: documents.limitChars() }
        refuse({ code: 'LINE_TOO_LONG', lineNo: documents.line(), facts })
      }
    },
    end: () => {
      if (broken) return false
      const rest = pieces.rest()
      if (sizeBytes === 0 && (rules.firstLine ?? 1) === 1) refuse({ code: 'EMPTY', facts: {} })
      else if (!documents.isWhole()) refuse(cutShort(codec, rest, sizeBytes))
      else if (!isBlank(codec, rest))
        refuse({ code: 'TRAILING_BYTES', lineNo: documents.line(), facts: { after: 'root' } })
      else guarded(documents.close)
      return !broken
    },
  }
}

/** Texts go to the document that is open, or to the next one; all but `line` may throw `XmlRefused`. */
interface DocumentFeeder {
  feed(text: string): void
  line(): number
  /** True once there is a document and none is open. */
  isWhole(): boolean
  limitChars(): number
  close(): void
}

function documentFeeder(rules: XmlRules, taker: XmlTaker): DocumentFeeder {
  let line = rules.firstLine ?? 1
  let parser: XmlParser | undefined = xmlParser(rules, taker, line)
  let documents = 0
  /** White space between documents is nobody's. */
  const begun = (text: string): string => {
    const next = text.search(/\S/u)
    const skipped = next < 0 ? text : text.slice(0, next)
    line += newlinesIn(skipped)
    if (next >= 0) parser = xmlParser(rules, taker, line)
    return text.slice(skipped.length)
  }
  return {
    line: () => parser?.line() ?? line,
    isWhole: () => (parser ? parser.isWhole() : documents > 0),
    limitChars: () => parser?.textLimit() ?? defaultTextChars,
    close: () => parser?.close(),
    feed: (text) => {
      let rest = text
      for (;;) {
        if (!parser) rest = begun(rest)
        if (!parser) return
        const offset = endOfDocument(parser, rest)
        line = parser.line()
        if (offset === undefined) return
        documents++
        parser = undefined
        rest = rest.slice(offset)
      }
    },
  }
}

const newlinesIn = (text: string): number => text.split('\n').length - 1

/** Where the document ended in this text, if documents follow each other and it did. */
function endOfDocument(parser: XmlParser, text: string): number | undefined {
  try {
    parser.write(text)
    return undefined
  } catch (error) {
    if (error instanceof DocumentEnded) return error.offset
    throw error
  }
}

/** A piece with bad bytes is taken tag by tag up to them, so that the refusal names their line. */
function feedToBadBytes(codec: Charset, piece: Buffer, { feed, line }: DocumentFeeder): never {
  for (let from = 0; ; ) {
    const end = piece.indexOf(0x3e, from) + 1 || piece.length
    const text = decoded(codec, piece.subarray(from, end))
    if (text === undefined) {
      const lineNo = line() + linesBeforeBadBytes(codec, piece.subarray(from, end))
      throw new XmlRefused({ code: 'CHARSET', lineNo, facts: { charset: codec.name } })
    }
    feed(text)
    from = end
  }
}

/** Line feeds are never part of a wider character, so that lines decode one by one. */
function linesBeforeBadBytes(codec: Charset, bytes: Buffer): number {
  let lines = 0
  for (let from = 0; ; lines++) {
    const end = bytes.indexOf(0x0a, from) + 1
    if (end === 0 || decoded(codec, bytes.subarray(from, end)) === undefined) return lines
    from = end
  }
}

const isBlank = (codec: Charset, bytes: Buffer): boolean => /^\s*$/u.test(decoded(codec, bytes) ?? '?')

const cutShort = (codec: Charset, rest: Buffer, sizeBytes: number): FileRefusal => ({
  code: 'TRUNCATED',
  facts: { sizeBytes, inside: decoded(codec, rest) === undefined ? 'character' : 'element' },
})
