/**
 * Numbers in our JSON are plain integers: a point, an exponent or more than 2^53 - 1 is refused instead of rounded.
 * JSON.parse has thrown the spelling away, so the text itself is looked at.
 */

/** What came of parsing a JSON text. */
export type ParsedJson =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly code: 'JSON_MALFORMED' | 'NUMBER_NOT_INTEGER' }

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs
const integer = /^(0|-?[1-9]\d{0,15})$/

/** Parses a request's JSON text and refuses it when any number in it is not a plain safe integer. */
export function parseIntegerJson(text: string): ParsedJson {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'refused', code: 'JSON_MALFORMED' }
  }
  for (const [token] of text.matchAll(stringOrNumber)) {
    if (!token.startsWith('"') && !isPlainInteger(token))
      return { kind: 'refused', code: 'NUMBER_NOT_INTEGER' }
  }
  return { kind: 'parsed', value }
}

const isPlainInteger = (token: string): boolean => integer.test(token) && Number.isSafeInteger(Number(token))

const amountToken = /"amountFen"\s*:\s*(-?\d+)\s*[,}]/

/**
 * True when a parsed line spells its amount as the plain digits of `value`. A quote inside a JSON string is always
 * escaped, so the pattern cannot match inside one; an amount under an escaped key does not match and is refused.
 */
export const spellsAmount = (line: string, value: number): boolean =>
  amountToken.exec(line)?.[1] === String(value)

const memberStart = /[^\\]"[ \t]*:/g

/**
 * How many members a flat JSON object spells, repeated ones included; no key may end in a backslash. Inside a
 * string every quote is escaped, so a bare quote before a colon always ends a key.
 */
export function countMembers(line: string): number {
  if (line.includes(' :') || line.includes('\t:')) return line.match(memberStart)?.length ?? 0
  let count = 0
  for (let at = line.indexOf('":'); at >= 0; at = line.indexOf('":', at + 2)) {
    if (line.charCodeAt(at - 1) !== backslash) count++
  }
  return count
}

const backslash = 92
