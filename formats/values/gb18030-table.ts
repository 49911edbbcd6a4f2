/**
 * Code tables of GB18030 and GBK, taken once from the platform's strict GB18030 decoder (2022 mapping), so that
 * what we write is what that decoder reads. Private-use characters get no two-byte code: they mean something only
 * in one font.
 */

/** Codes by UTF-16 unit: 0 none, below 0x10000 two bytes, above that four bytes, big end first. */
export type CodeTable = Uint32Array

/** Both charsets' codes, and the bytes that each decoded UTF-16 unit took in GB18030 (0 for a low surrogate). */
export interface GbTables {
  readonly gb18030: CodeTable
  readonly gbk: CodeTable
  readonly widths: Uint8Array
}

const trailsPerLead = 190
const twoByteCodes = 126 * trailsPerLead
const fourByteCodes = 39_420
const supplementaryStart = 189_000

const isPrivateUse = (unit: number): boolean => unit >= 0xe000 && unit <= 0xf8ff

const twoByteCode = (index: number): number => {
  const trail = index % trailsPerLead
  return ((0x81 + Math.floor(index / trailsPerLead)) << 8) | (trail + (trail < 63 ? 0x40 : 0x41))
}

const fourByteCode = (pointer: number): number => {
  const lead = 0x81 + Math.floor(pointer / 12_600)
  const second = 0x30 + (Math.floor(pointer / 1260) % 10)
  const third = 0x81 + (Math.floor(pointer / 10) % 126)
  return ((lead << 24) | (second << 16) | (third << 8) | (0x30 + (pointer % 10))) >>> 0
}

/** The four-byte code of a code point above U+FFFF; GB18030 counts these in order. */
export const supplementaryCode = (codePoint: number): number =>
  fourByteCode(supplementaryStart + codePoint - 0x10000)

/** Decodes all codes of one width at once; every one of them is assigned to one UTF-16 unit. */
function decodeAll(count: number, width: 2 | 4, codeOf: (index: number) => number): string {
  const bytes = Buffer.alloc(count * width)
  for (let index = 0; index < count; index++) bytes.writeUIntBE(codeOf(index), index * width, width)
  const text = new TextDecoder('gb18030', { fatal: true, ignoreBOM: true }).decode(bytes)
  if (text.length !== count)
    throw new Error(`the platform decodes ${count} GB18030 codes to ${text.length} units`)
  return text
}

function build(): GbTables {
  const gbk = new Uint32Array(0x10000)
  const widths = new Uint8Array(0x10000).fill(1, 0, 0x80).fill(4, 0x80, 0xdc00).fill(4, 0xe000)
  const pairs = decodeAll(twoByteCodes, 2, twoByteCode)
  for (let index = 0; index < pairs.length; index++) {
    const unit = pairs.charCodeAt(index)
    widths[unit] = 2
    if (!isPrivateUse(unit) && gbk[unit] === 0) gbk[unit] = twoByteCode(index)
  }
  const gb18030 = gbk.slice()
  const quads = decodeAll(fourByteCodes, 4, fourByteCode)
  for (let pointer = 0; pointer < quads.length; pointer++) {
    const unit = quads.charCodeAt(pointer)
    if (gb18030[unit] === 0) gb18030[unit] = fourByteCode(pointer)
  }
  return { gb18030, gbk, widths }
}

let built: GbTables | undefined

/** The tables, built at first use (about 10 ms). */
export function gbTables(): GbTables {
  built ??= build()
  return built
}
