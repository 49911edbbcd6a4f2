/**
 * Strict text codecs of bank files: GB18030 (2022), GBK and UTF-8. Nothing is ever replaced: a character that a
 * charset lacks and bytes that it does not know are refused by name. Follows bank-formats §12.
 */
import { type CodeTable, gbTables, supplementaryCode } from './gb18030-table.ts'

/** Charsets that a profile may name. */
export type CharsetName = 'gb18030' | 'gbk' | 'utf8'

/** A character that a charset cannot carry: its code point and its place in UTF-16 units. */
export interface Unencodable {
  readonly codePoint: number
  readonly index: number
}

/** One charset's codec. */
export interface Charset {
  readonly name: CharsetName
  /** Bytes of a text; throws `UnencodableText`. */
  encode(text: string): Buffer
  /** Length of a text in bytes; throws `UnencodableText`. */
  byteLength(text: string): number
  /** The first character that the charset lacks, if there is one. */
  firstUnencodable(text: string): Unencodable | undefined
  /** Text of whole characters; throws `UndecodableBytes` on anything that is not this charset. */
  decode(bytes: Uint8Array): string
  /** Writes a text and returns how many bytes it took; throws `UnencodableText`. The caller makes the room. */
  writeInto(buffer: Uint8Array, offset: number, text: string): number
  /** Bytes that a UTF-16 unit took where it came from `decode`; 0 for a low surrogate, counted by its high one. */
  readonly widths: Uint8Array
}

/** A text has a character that the charset lacks. The message names the code point, never the text. */
export class UnencodableText extends Error {
  override readonly name = 'UnencodableText'
  readonly codePoint: number
  readonly index: number
  constructor(charset: CharsetName, at: Unencodable) {
    super(`${codePointName(at.codePoint)} at ${at.index} has no code in ${charset}`)
    this.codePoint = at.codePoint
    this.index = at.index
  }
}

/** Bytes that are not of the charset, a character cut at the end included. */
export class UndecodableBytes extends Error {
  override readonly name = 'UndecodableBytes'
}

/** Text of bytes; undefined for bytes that are not of the charset. */
export function decoded(codec: Charset, bytes: Uint8Array): string | undefined {
  try {
    return codec.decode(bytes)
  } catch (error) {
    if (error instanceof UndecodableBytes) return undefined
    throw error
  }
}

/** `U+36C3` of a code point. */
export const codePointName = (codePoint: number): string =>
  `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`

const codecs = new Map<CharsetName, Charset>()

/** The codec of a charset; made once. */
export function charset(name: CharsetName): Charset {
  const known = codecs.get(name)
  if (known) return known
  const made = name === 'utf8' ? utf8Charset() : gbCharset(name)
  codecs.set(name, made)
  return made
}

function gbCharset(name: 'gb18030' | 'gbk'): Charset {
  const table = gbTables()[name]
  const widths = gbTables().widths
  const refuse = (text: string, index: number): never => {
    throw new UnencodableText(name, { codePoint: text.codePointAt(index) ?? 0, index })
  }
  const supplementary = (text: string, index: number): number => {
    const codePoint = text.codePointAt(index) ?? 0
    return name === 'gb18030' && codePoint > 0xffff ? supplementaryCode(codePoint) : refuse(text, index)
  }
  const codec: Charset = {
    name,
    widths,
    encode: (text) => {
      const bytes = Buffer.allocUnsafe(text.length * 4)
      return bytes.subarray(0, codec.writeInto(bytes, 0, text))
    },
    byteLength: (text) => {
      let length = 0
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index)
        if (unit < 0x80) length += 1
        else {
          const code = table[unit] || supplementary(text, index++)
          length += code < 0x10000 ? 2 : 4
        }
      }
      return length
    },
    firstUnencodable: (text) => firstRefused(() => codec.byteLength(text)),
    decode: (bytes) => (name === 'gbk' ? decodeGbk(bytes, table, widths) : decodeStrict('gb18030', bytes)),
    writeInto: (buffer, offset, text) => {
      let at = offset
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index)
        if (unit < 0x80) {
          buffer[at++] = unit
          continue
        }
        const code = table[unit] || supplementary(text, index++)
        if (code > 0xffff) {
          buffer[at++] = code >>> 24
          buffer[at++] = code >>> 16
        }
        buffer[at++] = code >>> 8
        buffer[at++] = code
      }
      return at - offset
    },
  }
  return codec
}

function utf8Charset(): Charset {
  const requireWhole = (text: string): void => {
    const index = loneSurrogate(text)
    if (index >= 0) throw new UnencodableText('utf8', { codePoint: text.charCodeAt(index), index })
  }
  const codec: Charset = {
    name: 'utf8',
    widths: new Uint8Array(0x10000)
      .fill(1, 0, 0x80)
      .fill(2, 0x80, 0x800)
      .fill(3, 0x800)
      .fill(4, 0xd800, 0xdc00)
      .fill(0, 0xdc00, 0xe000),
    encode: (text) => {
      requireWhole(text)
      return Buffer.from(text, 'utf8')
    },
    byteLength: (text) => {
      requireWhole(text)
      return Buffer.byteLength(text, 'utf8')
    },
    firstUnencodable: (text) => firstRefused(() => requireWhole(text)),
    decode: (bytes) => decodeStrict('utf-8', bytes),
    writeInto: writeUtf8,
  }
  return codec
}

/** Cells are short, so that a loop of our own beats a call into the platform for each. */
function writeUtf8(buffer: Uint8Array, offset: number, text: string): number {
  let at = offset
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      buffer[at++] = unit
    } else if (unit < 0x800) {
      buffer[at++] = 0xc0 | (unit >> 6)
      buffer[at++] = 0x80 | (unit & 0x3f)
    } else if ((unit & 0xf800) === 0xd800) {
      at = writeSupplementary(buffer, at, text, index++)
    } else {
      buffer[at++] = 0xe0 | (unit >> 12)
      buffer[at++] = 0x80 | ((unit >> 6) & 0x3f)
      buffer[at++] = 0x80 | (unit & 0x3f)
    }
  }
  return at - offset
}

function writeSupplementary(buffer: Uint8Array, offset: number, text: string, index: number): number {
  const codePoint = text.codePointAt(index) ?? 0
  if (codePoint < 0x10000) throw new UnencodableText('utf8', { codePoint, index })
  buffer[offset] = 0xf0 | (codePoint >> 18)
  buffer[offset + 1] = 0x80 | ((codePoint >> 12) & 0x3f)
  buffer[offset + 2] = 0x80 | ((codePoint >> 6) & 0x3f)
  buffer[offset + 3] = 0x80 | (codePoint & 0x3f)
  return offset + 4
}

const lonePattern = /\p{Surrogate}/u

const loneSurrogate = (text: string): number => text.search(lonePattern)

function firstRefused(measure: () => unknown): Unencodable | undefined {
  try {
    measure()
    return undefined
  } catch (error) {
    if (error instanceof UnencodableText) return { codePoint: error.codePoint, index: error.index }
    throw error
  }
}

const decoders = {
  gb18030: new TextDecoder('gb18030', { fatal: true, ignoreBOM: true }),
  'utf-8': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
}

function decodeStrict(label: 'gb18030' | 'utf-8', bytes: Uint8Array): string {
  try {
    return decoders[label].decode(bytes)
  } catch {
    throw new UndecodableBytes(`bytes are not ${label}`)
  }
}

/** GBK is the one- and two-byte part of GB18030; the platform's own `gbk` decoder is of an older table. */
function decodeGbk(bytes: Uint8Array, table: CodeTable, widths: Uint8Array): string {
  const text = decodeStrict('gb18030', bytes)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x80 && table[unit] === 0 && widths[unit] !== 2)
      throw new UndecodableBytes('bytes are not gbk')
  }
  return text
}
