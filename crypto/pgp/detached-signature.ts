/**
 * Detached OpenPGP signatures (`.sig` and `.asc` side files): made and verified while the data file streams by.
 */
import { ReadableStream } from 'node:stream/web'
import type { PrivateKey } from 'openpgp'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import { withoutArmor } from './armor.ts'
import { withArmor } from './armor-writer.ts'
import { byteReader } from './byte-reader.ts'
import { signingKeyOf } from './key-validity.ts'
import { loadOpenPgp, strictConfig } from './openpgp-library.ts'
import { nextPacket, PACKET, packetOf, smallBody } from './packet-reader.ts'
import { type PgpTrust, verifySignatures } from './signature-check.ts'
import { readSignedMessage } from './signed-message.ts'

const LARGEST_SIDE_FILE_BYTES = 256 * 1024
const MOST_SIGNATURES = 8

/** How a side file is written. */
export interface PgpDetachedSigning {
  readonly signingKey: PrivateKey
  readonly at: Date
  /** True for ASCII armour, default binary. */
  readonly armored?: boolean
}

/** The side file for `content`, which is read once; throws EnvelopeRefused when the key may not sign then. */
export async function signPgpDetached(content: ContentSource, signing: PgpDetachedSigning): Promise<Buffer> {
  const pgp = await loadOpenPgp()
  const { signingKey: signingKeys, at: date } = signing
  await signingKeyOf(pgp, signingKeys, date)
  const message = await pgp.createMessage({ binary: ReadableStream.from<Uint8Array>(content()), date })
  const config = strictConfig(pgp)
  const inline = await pgp.sign({ message, signingKeys, date, format: 'binary', config })
  const packet = await signatureOf(inline)
  return signing.armored === true ? armored(packet) : packet
}

/** Throws EnvelopeRefused unless every signature of the side file is by a trusted key and over this content. */
export async function verifyPgpDetached(
  content: ContentSource,
  signature: Buffer,
  trust: PgpTrust,
): Promise<void> {
  await verifySignatures(await loadOpenPgp(), await signaturesIn(signature), content, trust)
}

/** A signature that stands behind its content is the same one that stands alone, so the content is passed over. */
async function signatureOf(inline: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const taking = { take: async () => undefined, maxContentBytes: Number.POSITIVE_INFINITY }
  const { signatures, sizeBytes } = await readSignedMessage(buffers(inline), taking)
  const [body] = signatures
  if (body === undefined || sizeBytes === 0) {
    throw new EnvelopeRefused('EMPTY_CONTENT', 'there is nothing to sign')
  }
  return packetOf(PACKET.signature, body)
}

async function armored(packet: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of withArmor(only(packet), 'SIGNATURE')) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function signaturesIn(sideFileBytes: Buffer): Promise<Buffer[]> {
  if (sideFileBytes.length > LARGEST_SIDE_FILE_BYTES) {
    throw new EnvelopeRefused('TOO_LARGE', 'the side file is larger than any signature')
  }
  const reader = byteReader(withoutArmor(only(sideFileBytes), 'SIGNATURE'))
  const bodies: Buffer[] = []
  for (let packet = await nextPacket(reader); packet !== undefined; packet = await nextPacket(reader)) {
    if (packet.tag !== PACKET.signature) {
      throw new EnvelopeRefused('MALFORMED', `the side file holds a packet of type ${packet.tag}`)
    }
    bodies.push(await smallBody(packet, LARGEST_SIDE_FILE_BYTES))
    if (bodies.length > MOST_SIGNATURES) {
      throw new EnvelopeRefused('TOO_LARGE', 'the side file has too many signatures')
    }
  }
  return bodies
}

async function* buffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
