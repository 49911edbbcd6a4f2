/**
 * Definite-length DER around content that is not at hand: its length alone is enough to write what stands
 * before and after it.
 */
import { derHeader } from '../der/der-writer.ts'

/** Bytes before and after `contentBytes` bytes of content. */
export interface Surrounded {
  readonly before: Buffer
  readonly contentBytes: number
  readonly after: Buffer
}

/** The content as one element with this tag. */
export function surrounded(tag: number, contentBytes: number): Surrounded {
  return { before: derHeader(tag, contentBytes), contentBytes, after: Buffer.alloc(0) }
}

/** Puts a constructed element around `inner`, with elements before and after it inside. */
export function around(
  tag: number,
  inner: Surrounded,
  leading: readonly Buffer[] = [],
  trailing: readonly Buffer[] = [],
): Surrounded {
  const before = Buffer.concat([...leading, inner.before])
  const after = Buffer.concat([inner.after, ...trailing])
  const header = derHeader(tag, before.length + inner.contentBytes + after.length)
  return { before: Buffer.concat([header, before]), contentBytes: inner.contentBytes, after }
}

/** Length of the whole in bytes. */
export function surroundedBytes(whole: Surrounded): number {
  return whole.before.length + whole.contentBytes + whole.after.length
}
