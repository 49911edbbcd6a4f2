/**
 * Reads one bounded BER or DER structure into a tree (X.690). Depth and number of elements are limited, and
 * whatever does not add up is refused with BadEncoding; content of unbounded size never comes here.
 */
import { contextTag, TAG } from './der-writer.ts'

const DEEPEST = 32
const MOST_ELEMENTS = 20_000

/** One element: its first octet, its content and its whole encoding as received; children when constructed. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
  readonly encoded: Buffer
  readonly children: readonly Element[]
}

/** The bytes are not a structure that this reader accepts. */
export class BadEncoding extends Error {
  override readonly name = 'BadEncoding'
}

/** Tag and length of an element; `contentBytes` is undefined for the indefinite form. */
export interface ElementHeader {
  readonly tag: number
  readonly headerBytes: number
  readonly contentBytes: number | undefined
}

/** Reads exactly one element; throws BadEncoding for anything malformed, too deep, or followed by more bytes. */
export function readElement(bytes: Buffer): Element {
  const budget = { elements: MOST_ELEMENTS }
  const element = elementAt(bytes, 0, DEEPEST, budget)
  if (element.encoded.length !== bytes.length) throw new BadEncoding('bytes follow the structure')
  return element
}

/** Reads the header at `at`, or undefined when the bytes end inside it; throws BadEncoding for forms never used. */
export function headerAt(bytes: Buffer, at: number): ElementHeader | undefined {
  if (bytes.length < at + 2) return undefined
  const tag = bytes.readUInt8(at)
  const first = bytes.readUInt8(at + 1)
  if ((tag & 0x1f) === 0x1f) throw new BadEncoding('a tag number above 30 is never used here')
  if (first < 0x80) return { tag, headerBytes: 2, contentBytes: first }
  if (first === 0x80) return indefinite(tag)
  const count = first & 0x7f
  if (count > 6) throw new BadEncoding('a length of more than six octets is refused')
  if (bytes.length < at + 2 + count) return undefined
  return { tag, headerBytes: 2 + count, contentBytes: bytes.readUIntBE(at + 2, count) }
}

/** The child at `index` with the tag that must stand there; throws BadEncoding otherwise. */
export function childOf(element: Element, index: number, tag: number): Element {
  const child = element.children[index]
  if (child === undefined || child.tag !== tag) {
    throw new BadEncoding(`element ${index} should have tag ${tag.toString(16)}`)
  }
  return child
}

/** Throws BadEncoding unless the element has this tag. */
export function expectTag(element: Element, tag: number): Element {
  if (element.tag !== tag)
    throw new BadEncoding(`tag ${element.tag.toString(16)} stands where ${tag.toString(16)} should`)
  return element
}

/** Dotted form of an OBJECT IDENTIFIER; throws BadEncoding for padded or cut arcs. */
export function oidOf(element: Element): string {
  const { content } = expectTag(element, TAG.objectIdentifier)
  const arcs: number[] = []
  let value = 0
  let fresh = true
  for (const octet of content) {
    if (fresh && octet === 0x80) throw new BadEncoding('an object identifier has a padded arc')
    value = value * 128 + (octet & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER)
      throw new BadEncoding('an object identifier has an arc that is too large')
    fresh = octet < 0x80
    if (!fresh) continue
    arcs.push(value)
    value = 0
  }
  const [head, ...rest] = arcs
  if (head === undefined || !fresh) throw new BadEncoding('an object identifier is cut short')
  const first = Math.min(2, Math.floor(head / 40))
  return [first, head - first * 40, ...rest].join('.')
}

/** Value of a small non-negative INTEGER; throws BadEncoding when it is negative or above 2^31. */
export function smallIntegerOf(element: Element): number {
  const { content } = expectTag(element, TAG.integer)
  if (content.length === 0 || content.length > 4 || content.readUInt8(0) >= 0x80) {
    throw new BadEncoding('an integer is out of range')
  }
  return content.readUIntBE(0, content.length)
}

/** Bytes of an OCTET STRING, primitive or constructed, or of an implicitly tagged one in `[number]`. */
export function octetsOf(element: Element, number?: number): Buffer {
  const plain = number === undefined ? TAG.octetString : contextTag(number, false)
  if (element.tag === plain) return element.content
  expectTag(element, plain | 0x20)
  return Buffer.concat(element.children.map((child) => octetsOf(child)))
}

/** Instant of a UTCTime or GeneralizedTime in UTC; throws BadEncoding for any other form. */
export function timeOf(element: Element): Date {
  const text = element.content.toString('latin1')
  const short = element.tag === TAG.utcTime
  const form = short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  if (!short) expectTag(element, TAG.generalizedTime)
  const [, year, ...parts] = form.exec(text) ?? []
  if (year === undefined) throw new BadEncoding('a time is not in UTC to the second')
  const century = short ? (Number(year) >= 50 ? '19' : '20') : ''
  const [month, day, hour, minute, second] = parts
  const at = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(at.getTime())) throw new BadEncoding('a time does not exist')
  return at
}

interface Budget {
  elements: number
}

function indefinite(tag: number): ElementHeader {
  if ((tag & 0x20) === 0) throw new BadEncoding('only a constructed element may have no length')
  return { tag, headerBytes: 2, contentBytes: undefined }
}

function elementAt(bytes: Buffer, at: number, depthLeft: number, budget: Budget): Element {
  budget.elements -= 1
  if (depthLeft < 0 || budget.elements < 0)
    throw new BadEncoding('the structure is too deep or has too many elements')
  const header = headerAt(bytes, at)
  if (header === undefined) throw new BadEncoding('the structure is cut short')
  const start = at + header.headerBytes
  if (header.contentBytes === undefined) return indefiniteAt(bytes, at, header.tag, depthLeft, budget)
  const end = start + header.contentBytes
  if (end > bytes.length) throw new BadEncoding('an element is longer than what holds it')
  const content = bytes.subarray(start, end)
  const children = (header.tag & 0x20) === 0 ? [] : childrenOf(content, depthLeft, budget)
  return { tag: header.tag, content, encoded: bytes.subarray(at, end), children }
}

function childrenOf(content: Buffer, depthLeft: number, budget: Budget): Element[] {
  const children: Element[] = []
  for (let at = 0; at < content.length; ) {
    const child = elementAt(content, at, depthLeft - 1, budget)
    children.push(child)
    at += child.encoded.length
  }
  return children
}

function indefiniteAt(bytes: Buffer, at: number, tag: number, depthLeft: number, budget: Budget): Element {
  const start = at + 2
  const children: Element[] = []
  let next = start
  while (!isEndOfContents(bytes, next)) {
    const child = elementAt(bytes, next, depthLeft - 1, budget)
    children.push(child)
    next += child.encoded.length
  }
  return { tag, content: bytes.subarray(start, next), encoded: bytes.subarray(at, next + 2), children }
}

function isEndOfContents(bytes: Buffer, at: number): boolean {
  if (bytes.length < at + 2) throw new BadEncoding('the structure is cut short')
  return bytes[at] === 0 && bytes[at + 1] === 0
}
