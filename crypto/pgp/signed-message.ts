/**
 * Reads the inside of a message (RFC 9580 section 10.3): at most one layer of compression, one piece of literal
 * data, and signatures over it. The content goes to `take` while the signatures are still unknown, so it must go
 * where nobody else can see it.
 */
import { EnvelopeRefused } from '../envelope.ts'
import { byteReader, take } from './byte-reader.ts'
import { decompressed } from './decompressed.ts'
import { nextPacket, PACKET, type Packet, smallBody } from './packet-reader.ts'

const MOST_PACKETS = 64
const MOST_SIGNATURES = 8
const LARGEST_SIGNATURE_BYTES = 64 * 1024
const ONE_PASS_BYTES = 256
/** What a compressed message may hold besides its content. */
const FRAME_BYTES = 1024 * 1024

/** Where the content goes and how much of it is allowed. */
export interface Taking {
  readonly take: (chunk: Buffer) => Promise<void>
  readonly maxContentBytes: number
}

/** What was read; `signatures` are bodies of signature packets that nobody has checked yet. */
export interface ReadMessage {
  readonly sizeBytes: number
  readonly signatures: readonly Buffer[]
}

interface Progress {
  packets: number
  onePass: number
  depth: number
  sizeBytes: number | undefined
  readonly signatures: Buffer[]
}

/** Reads a message to its end; throws EnvelopeRefused, NOT_SIGNED when there is no signature at all. */
export async function readSignedMessage(
  packets: AsyncIterable<Buffer>,
  taking: Taking,
): Promise<ReadMessage> {
  const progress: Progress = { packets: 0, onePass: 0, depth: 0, sizeBytes: undefined, signatures: [] }
  await readPackets(packets, progress, taking)
  const { sizeBytes, signatures, onePass } = progress
  if (sizeBytes === undefined) throw malformed('the message has no literal data')
  if (signatures.length === 0) throw new EnvelopeRefused('NOT_SIGNED', 'the message carries no signature')
  if (onePass > signatures.length) throw malformed('the message announces more signatures than it has')
  return { sizeBytes, signatures }
}

async function readPackets(source: AsyncIterable<Buffer>, progress: Progress, taking: Taking): Promise<void> {
  const reader = byteReader(source)
  for (let packet = await nextPacket(reader); packet !== undefined; packet = await nextPacket(reader)) {
    progress.packets += 1
    if (progress.packets > MOST_PACKETS) throw tooLarge('the message has more packets than any message needs')
    await readPacket(packet, progress, taking)
  }
}

async function readPacket(packet: Packet, progress: Progress, taking: Taking): Promise<void> {
  switch (packet.tag) {
    case PACKET.marker:
    case PACKET.padding:
      await smallBody(packet, ONE_PASS_BYTES)
      return
    case PACKET.onePassSignature:
      if (progress.sizeBytes !== undefined) throw malformed('a signature is announced after its content')
      progress.onePass += 1
      await smallBody(packet, ONE_PASS_BYTES)
      return
    case PACKET.signature:
      await readSignature(packet, progress)
      return
    case PACKET.compressed:
      await readCompressed(packet, progress, taking)
      return
    case PACKET.literal:
      if (progress.sizeBytes !== undefined) throw malformed('the message holds more than one file')
      progress.sizeBytes = 0
      progress.sizeBytes = await readLiteral(packet, taking)
      return
  }
  throw malformed(`a packet of type ${packet.tag} does not belong into a signed message`)
}

async function readSignature(packet: Packet, progress: Progress): Promise<void> {
  progress.signatures.push(await smallBody(packet, LARGEST_SIGNATURE_BYTES))
  if (progress.signatures.length > MOST_SIGNATURES) throw tooLarge('the message has too many signatures')
}

async function readCompressed(packet: Packet, progress: Progress, taking: Taking): Promise<void> {
  if (progress.depth > 0 || progress.sizeBytes !== undefined) {
    throw malformed('compressed content is nested or comes after the content')
  }
  progress.depth += 1
  const content = decompressed(packet.body, taking.maxContentBytes + FRAME_BYTES)
  await readPackets(content, progress, taking)
}

/** Format, name and date of the literal data are passed over: no sender chooses a name here. */
async function readLiteral(packet: Packet, taking: Taking): Promise<number> {
  const reader = byteReader(packet.body)
  const nameBytes = (await take(reader, 2)).readUInt8(1)
  await take(reader, nameBytes + 4)
  let sizeBytes = reader.held.length
  await takeBounded(reader.held, sizeBytes, taking)
  for await (const chunk of packet.body) {
    sizeBytes += chunk.length
    await takeBounded(chunk, sizeBytes, taking)
  }
  return sizeBytes
}

async function takeBounded(chunk: Buffer, sizeBytes: number, taking: Taking): Promise<void> {
  if (sizeBytes > taking.maxContentBytes) {
    throw tooLarge(`the content is larger than ${taking.maxContentBytes} bytes`)
  }
  if (chunk.length > 0) await taking.take(chunk)
}

function tooLarge(message: string): EnvelopeRefused {
  return new EnvelopeRefused('TOO_LARGE', message)
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
