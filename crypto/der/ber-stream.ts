/**
 * Walks BER (X.690) over a stream: structures are read whole up to a limit, octet strings of any size are
 * handed on in chunks, whether primitive, constructed, nested or of indefinite length.
 */
import { EnvelopeRefused } from '../envelope.ts'
import { type Element, type ElementHeader, headerAt, readElement } from './der-reader.ts'

const DEEPEST = 32
const LONGEST_HEADER_BYTES = 8

/** Where an entered element ends; `endAt` is undefined for the indefinite form. */
interface Frame {
  readonly endAt: number | undefined
}

/** A stream being read: the bytes at hand, how far it was read, and the elements that were entered. */
export interface BerStream {
  readonly iterator: AsyncIterator<Buffer>
  readonly frames: Frame[]
  held: Buffer
  position: number
  ended: boolean
}

/** Starts reading at the first byte of `source`. */
export function berStream(source: AsyncIterable<Buffer>): BerStream {
  const iterator = source[Symbol.asyncIterator]()
  return { iterator, frames: [], held: Buffer.alloc(0), position: 0, ended: false }
}

/** First octet of the next element, or 0 when the entered element has no more. */
export async function peekTag(stream: BerStream): Promise<number> {
  const frame = stream.frames.at(-1)
  if (frame?.endAt === stream.position) return 0
  await hold(stream, 1)
  return stream.held[0] ?? 0
}

/** Reads the header of the next element and goes inside; `leave` must follow. Refuses any other tag. */
export async function enter(stream: BerStream, tag: number): Promise<void> {
  enterHeader(stream, await readHeader(stream, tag))
}

/** Goes out of the entered element, which must have been read to its end. */
export async function leave(stream: BerStream): Promise<void> {
  if (!(await atFrameEnd(stream))) throw malformed('a structure holds more than it should')
  closeFrame(stream)
}

/** Reads the next element whole; refuses it above `mostBytes` bytes or with another tag. */
export async function readStructure(stream: BerStream, tag: number, mostBytes: number): Promise<Element> {
  const pieces: Buffer[] = []
  if ((await peekTag(stream)) !== tag) throw malformed(`a structure with tag ${tag.toString(16)} is missing`)
  await copyElement(stream, pieces, { leftBytes: mostBytes }, DEEPEST)
  return readElement(Buffer.concat(pieces))
}

/** Content of the next octet string, chunk by chunk; `tag` is its primitive form, 0x04 or an implicit one. */
export async function* octetsFrom(stream: BerStream, tag: number): AsyncGenerator<Buffer> {
  const next = await peekTag(stream)
  const header = await readHeader(stream, next === (tag | 0x20) ? next : tag)
  yield* contentOf(stream, header, DEEPEST)
}

/** Makes sure that the stream ends here; anything more is refused as TRAILING_BYTES. */
export async function expectEnd(stream: BerStream): Promise<void> {
  await pull(stream, 1)
  if (stream.held.length > 0)
    throw new EnvelopeRefused('TRAILING_BYTES', 'bytes follow the end of the message')
}

async function* contentOf(
  stream: BerStream,
  header: ElementHeader,
  depthLeft: number,
): AsyncGenerator<Buffer> {
  if (depthLeft === 0) throw malformed('octet strings are nested too deep')
  if ((header.tag & 0x20) === 0) {
    yield* rawContent(stream, header.contentBytes ?? 0)
    return
  }
  enterHeader(stream, header)
  while (!(await atFrameEnd(stream))) {
    const tag = (await peekTag(stream)) === 0x24 ? 0x24 : 0x04
    const child = await readHeader(stream, tag)
    const whole = tag === 0x04 ? takeHeld(stream, child.contentBytes ?? 0) : undefined
    if (whole === undefined) yield* contentOf(stream, child, depthLeft - 1)
    else yield whole
  }
  closeFrame(stream)
}

async function* rawContent(stream: BerStream, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let leftBytes = sizeBytes; leftBytes > 0; ) {
    await hold(stream, 1)
    const chunk = advance(stream, Math.min(leftBytes, stream.held.length))
    leftBytes -= chunk.length
    yield chunk
  }
}

async function copyElement(
  stream: BerStream,
  pieces: Buffer[],
  budget: { leftBytes: number },
  depthLeft: number,
): Promise<void> {
  if (depthLeft === 0) throw malformed('structures are nested too deep')
  const header = await nextHeader(stream)
  const wantedBytes = header.headerBytes + (header.contentBytes ?? 0)
  budget.leftBytes -= wantedBytes
  if (budget.leftBytes < 0)
    throw new EnvelopeRefused('TOO_LARGE', 'a structure is larger than any message needs')
  refuseOverrun(stream, wantedBytes)
  await hold(stream, wantedBytes)
  pieces.push(advance(stream, wantedBytes))
  if (header.contentBytes !== undefined) return
  enterHeader(stream, header)
  while (!(await atFrameEnd(stream))) await copyElement(stream, pieces, budget, depthLeft - 1)
  closeFrame(stream)
  pieces.push(Buffer.of(0, 0))
}

async function readHeader(stream: BerStream, tag: number): Promise<ElementHeader> {
  const header = await nextHeader(stream)
  if (header.tag !== tag) {
    throw malformed(`tag ${header.tag.toString(16)} stands where ${tag.toString(16)} should`)
  }
  refuseOverrun(stream, header.headerBytes + (header.contentBytes ?? 0))
  advance(stream, header.headerBytes)
  return header
}

async function nextHeader(stream: BerStream): Promise<ElementHeader> {
  await pull(stream, LONGEST_HEADER_BYTES)
  const header = headerAt(stream.held, 0)
  if (header === undefined) throw truncated()
  return header
}

function refuseOverrun(stream: BerStream, sizeBytes: number): void {
  const outer = stream.frames.findLast((frame) => frame.endAt !== undefined)
  if (outer?.endAt !== undefined && stream.position + sizeBytes > outer.endAt) {
    throw malformed('an element is longer than what holds it')
  }
}

function enterHeader(stream: BerStream, header: ElementHeader): void {
  const { contentBytes } = header
  stream.frames.push({ endAt: contentBytes === undefined ? undefined : stream.position + contentBytes })
}

async function atFrameEnd(stream: BerStream): Promise<boolean> {
  const endAt = stream.frames.at(-1)?.endAt
  if (endAt !== undefined) return stream.position === endAt
  await hold(stream, 2)
  return stream.held[0] === 0 && stream.held[1] === 0
}

function closeFrame(stream: BerStream): void {
  if (stream.frames.pop()?.endAt === undefined) advance(stream, 2)
}

function takeHeld(stream: BerStream, sizeBytes: number): Buffer | undefined {
  return stream.held.length < sizeBytes ? undefined : advance(stream, sizeBytes)
}

function advance(stream: BerStream, sizeBytes: number): Buffer {
  const taken = stream.held.subarray(0, sizeBytes)
  stream.held = stream.held.subarray(sizeBytes)
  stream.position += sizeBytes
  return taken
}

/** Holds at least `sizeBytes` bytes or refuses the message as truncated. */
async function hold(stream: BerStream, sizeBytes: number): Promise<void> {
  if (stream.held.length >= sizeBytes) return
  await pull(stream, sizeBytes)
  if (stream.held.length < sizeBytes) throw truncated()
}

/** Holds `sizeBytes` bytes if the stream has them; chunks are joined once, so small ones cost no more. */
async function pull(stream: BerStream, sizeBytes: number): Promise<void> {
  if (stream.held.length >= sizeBytes || stream.ended) return
  const chunks = [stream.held]
  let heldBytes = stream.held.length
  while (heldBytes < sizeBytes && !stream.ended) {
    const next = await stream.iterator.next()
    if (next.done === true) stream.ended = true
    else {
      chunks.push(next.value)
      heldBytes += next.value.length
    }
  }
  stream.held =
    chunks.length === 2 && heldBytes > 0 && chunks[0]?.length === 0
      ? (chunks[1] ?? stream.held)
      : Buffer.concat(chunks)
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}

function truncated(): EnvelopeRefused {
  return new EnvelopeRefused('TRUNCATED', 'the message ends in the middle')
}
