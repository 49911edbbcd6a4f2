/**
 * JSON that comes out the same byte for byte on every machine, for signatures over JSON: keys in order of their
 * UTF-16 code units, no white space outside strings, numbers exactly as they were written. Strings are never
 * trimmed, and a key that stands twice is refused.
 */

/** A JSON value; numbers keep their text, so that 12.00 stays 12.00 and a long serial keeps its last digits. */
export type JsonTree =
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonTree> }
  | { readonly kind: 'array'; readonly items: readonly JsonTree[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly text: 'true' | 'false' | 'null' }

/** The text is not JSON, is nested too deep or names a key twice; the message says where, never what. */
export class BadJson extends Error {
  override readonly name = 'BadJson'
}

const DEEPEST = 64
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y
const SPACE = /[ \t\r\n]*/y
const WORDS = ['true', 'false', 'null'] as const

/** Reads JSON (RFC 8259); throws BadJson. */
export function readJson(text: string): JsonTree {
  const reader = { text, at: 0 }
  const tree = valueAt(reader, DEEPEST)
  skipSpace(reader)
  if (reader.at !== text.length) throw badAt(reader)
  return tree
}

/** The one text of a value. */
export function canonicalJson(tree: JsonTree): string {
  switch (tree.kind) {
    case 'object': {
      const keys = [...tree.members.keys()].toSorted(byCodeUnit)
      const members = keys.map((key) => `${JSON.stringify(key)}:${canonicalMember(tree.members, key)}`)
      return `{${members.join(',')}}`
    }
    case 'array':
      return `[${tree.items.map(canonicalJson).join(',')}]`
    case 'string':
      return JSON.stringify(tree.value)
    case 'number':
    case 'word':
      return tree.text
  }
}

interface Reader {
  readonly text: string
  at: number
}

function canonicalMember(members: ReadonlyMap<string, JsonTree>, key: string): string {
  const member = members.get(key)
  return member === undefined ? '' : canonicalJson(member)
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function valueAt(reader: Reader, depthLeft: number): JsonTree {
  if (depthLeft === 0) throw new BadJson('the JSON is nested too deep')
  skipSpace(reader)
  const next = reader.text[reader.at]
  if (next === '{') return objectAt(reader, depthLeft)
  if (next === '[') return arrayAt(reader, depthLeft)
  if (next === '"') return { kind: 'string', value: stringAt(reader) }
  const word = WORDS.find((candidate) => reader.text.startsWith(candidate, reader.at))
  if (word !== undefined) {
    reader.at += word.length
    return { kind: 'word', text: word }
  }
  return { kind: 'number', text: matchAt(reader, NUMBER) }
}

function objectAt(reader: Reader, depthLeft: number): JsonTree {
  const members = new Map<string, JsonTree>()
  eachUntil(reader, '}', () => {
    skipSpace(reader)
    const key = stringAt(reader)
    if (members.has(key)) throw new BadJson(`a key stands twice at character ${reader.at}`)
    skipSpace(reader)
    if (reader.text[reader.at] !== ':') throw badAt(reader)
    reader.at += 1
    members.set(key, valueAt(reader, depthLeft - 1))
  })
  return { kind: 'object', members }
}

function arrayAt(reader: Reader, depthLeft: number): JsonTree {
  const items: JsonTree[] = []
  eachUntil(reader, ']', () => items.push(valueAt(reader, depthLeft - 1)))
  return { kind: 'array', items }
}

/** Reads items with commas between them, from the opening bracket to the closing one. */
function eachUntil(reader: Reader, closing: string, readOne: () => void): void {
  reader.at += 1
  skipSpace(reader)
  if (reader.text[reader.at] === closing) {
    reader.at += 1
    return
  }
  for (;;) {
    readOne()
    skipSpace(reader)
    const next = reader.text[reader.at]
    if (next !== closing && next !== ',') throw badAt(reader)
    reader.at += 1
    if (next === closing) return
  }
}

function stringAt(reader: Reader): string {
  const value: unknown = JSON.parse(matchAt(reader, STRING))
  if (typeof value !== 'string') throw badAt(reader)
  return value
}

function matchAt(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0]
  if (found === undefined) throw badAt(reader)
  reader.at += found.length
  return found
}

function skipSpace(reader: Reader): void {
  SPACE.lastIndex = reader.at
  reader.at += SPACE.exec(reader.text)?.[0].length ?? 0
}

function badAt(reader: Reader): BadJson {
  return new BadJson(`the JSON is not well formed at character ${reader.at}`)
}
