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

/**
 * True when a flat JSON object spells a member twice, so that its text has more keys than the parsed object's
 * `members`. Key ends are counted first, which is quick and can only count too many; tokens settle the rest.
 */
export function repeatsMember(line: string, members: number): boolean {
  const spaced = line.includes(' :') || line.includes('\t:')
  if (!spaced && countKeyEnds(line) === members) return false
  return countKeys(line) !== members
}

const backslash = 92

/** Quotes before a colon: every key's end, and the beginning of texts that begin with a colon. */
function countKeyEnds(line: string): number {
  let count = 0
  for (let at = line.indexOf('":'); at >= 0; at = line.indexOf('":', at + 2)) {
    if (line.charCodeAt(at - 1) !== backslash) count++
  }
  return count
}

const stringThenColon = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs

function countKeys(line: string): number {
  let count = 0
  for (const [, colon] of line.matchAll(stringThenColon)) if (colon !== undefined) count++
  return count
}
