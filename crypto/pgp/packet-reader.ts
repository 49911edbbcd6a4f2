/**
 * Reads OpenPGP packets (RFC 9580 section 4.2) from a stream: old and new headers, partial and indeterminate
 * lengths. The body of a packet flows; only packets that are small by nature are read whole, up to a limit.
 */
import { EnvelopeRefused } from '../envelope.ts'
import { type ByteReader, isAtEnd, take, takeSome } from './byte-reader.ts'

/** Packet types that a message may hold. */
export const PACKET = {
  publicKeySessionKey: 1,
  signature: 2,
  passphraseSessionKey: 3,
  onePassSignature: 4,
  compressed: 8,
  encryptedWithoutIntegrity: 9,
  marker: 10,
  literal: 11,
  integrityProtected: 18,
  aeadProtected: 20,
  padding: 21,
} as const

/** Only these may come in parts of their own length or without a length. */
const STREAMED: readonly number[] = [
  PACKET.compressed,
  PACKET.encryptedWithoutIntegrity,
  PACKET.literal,
  PACKET.integrityProtected,
  PACKET.aeadProtected,
]

const CHUNK_BYTES = 256 * 1024

/** A packet whose body has to be read to its end before the next packet is. */
export interface Packet {
  readonly tag: number
  readonly body: AsyncGenerator<Buffer>
}

type Length = { readonly kind: 'whole' | 'partial'; readonly sizeBytes: number } | { readonly kind: 'rest' }

/** The next packet, or undefined at the end of the stream; throws EnvelopeRefused MALFORMED or TRUNCATED. */
export async function nextPacket(reader: ByteReader): Promise<Packet | undefined> {
  if (await isAtEnd(reader)) return undefined
  const header = (await take(reader, 1)).readUInt8(0)
  if ((header & 0x80) === 0) throw malformed('a packet does not begin where one should')
  const isNew = (header & 0x40) !== 0
  const tag = isNew ? header & 0x3f : (header >> 2) & 0x0f
  const length = isNew ? await newLength(reader) : await oldLength(reader, header & 3)
  if (tag === 0) throw malformed('a packet has the reserved type 0')
  if (length.kind !== 'whole' && !STREAMED.includes(tag)) {
    throw malformed(`a packet of type ${tag} has no definite length`)
  }
  return { tag, body: bodyOf(reader, length) }
}

/** Body of a packet that is small by nature; throws EnvelopeRefused TOO_LARGE above `mostBytes` bytes. */
export async function smallBody(packet: Packet, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of packet.body) {
    sizeBytes += chunk.length
    if (sizeBytes > mostBytes) {
      throw new EnvelopeRefused(
        'TOO_LARGE',
        `a packet of type ${packet.tag} is larger than any message needs`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A packet of up to 4 GiB as bytes, with a new header and a five-octet length. */
export function packetOf(tag: number, body: Buffer): Buffer {
  const header = Buffer.of(0xc0 | tag, 0xff, 0, 0, 0, 0)
  header.writeUInt32BE(body.length, 2)
  return Buffer.concat([header, body])
}

async function newLength(reader: ByteReader): Promise<Length> {
  const first = (await take(reader, 1)).readUInt8(0)
  if (first < 192) return { kind: 'whole', sizeBytes: first }
  if (first < 224) {
    const second = (await take(reader, 1)).readUInt8(0)
    return { kind: 'whole', sizeBytes: ((first - 192) << 8) + second + 192 }
  }
  if (first === 255) return { kind: 'whole', sizeBytes: (await take(reader, 4)).readUInt32BE(0) }
  return { kind: 'partial', sizeBytes: 2 ** (first & 0x1f) }
}

async function oldLength(reader: ByteReader, lengthType: number): Promise<Length> {
  if (lengthType === 3) return { kind: 'rest' }
  const octets = 2 ** lengthType
  return { kind: 'whole', sizeBytes: (await take(reader, octets)).readUIntBE(0, octets) }
}

async function* bodyOf(reader: ByteReader, first: Length): AsyncGenerator<Buffer> {
  let length = first
  while (length.kind === 'partial') {
    yield* exactly(reader, length.sizeBytes)
    length = await newLength(reader)
  }
  if (length.kind === 'whole') return yield* exactly(reader, length.sizeBytes)
  while (!(await isAtEnd(reader))) yield await takeSome(reader, CHUNK_BYTES)
}

async function* exactly(reader: ByteReader, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let leftBytes = sizeBytes; leftBytes > 0; ) {
    const chunk = await takeSome(reader, Math.min(leftBytes, CHUNK_BYTES))
    if (chunk.length === 0) throw new EnvelopeRefused('TRUNCATED', 'a packet ends in the middle')
    leftBytes -= chunk.length
    yield chunk
  }
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
