/**
 * Looks at one level of a DER structure at a time, without building a tree: a revocation list may have a million
 * entries.
 */
import { BadEncoding, headerAt } from '../der/der-reader.ts'

/** One element: its tag, its content and its whole encoding. */
export interface ShallowElement {
  readonly tag: number
  readonly content: Buffer
  readonly encoded: Buffer
}

/** The elements that stand one after the other in `bytes`; throws BadEncoding. */
export function* elementsIn(bytes: Buffer): Generator<ShallowElement> {
  for (let at = 0; at < bytes.length; ) {
    const element = shallowAt(bytes, at)
    yield element
    at += element.encoded.length
  }
}

/** The one element that `bytes` are; throws BadEncoding, also for another tag. */
export function onlyElement(bytes: Buffer, tag: number): ShallowElement {
  const element = shallowAt(bytes, 0)
  if (element.tag !== tag || element.encoded.length !== bytes.length) {
    throw new BadEncoding('the bytes are not the one structure that they should be')
  }
  return element
}

function shallowAt(bytes: Buffer, at: number): ShallowElement {
  const header = headerAt(bytes, at)
  if (header?.contentBytes === undefined) throw new BadEncoding('the structure is cut short or is not DER')
  const start = at + header.headerBytes
  const end = start + header.contentBytes
  if (end > bytes.length) throw new BadEncoding('an element is longer than what holds it')
  return { tag: header.tag, content: bytes.subarray(start, end), encoded: bytes.subarray(at, end) }
}
