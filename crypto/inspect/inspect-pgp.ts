/** Describes OpenPGP messages by their packets as a stream, in flat memory; bodies flow by and are counted. */
import { EnvelopeRefused } from '../envelope.ts'
import { byteReader } from '../pgp/byte-reader.ts'
import { decompressed } from '../pgp/decompressed.ts'
import { loadOpenPgp, type OpenPgp, strictConfig } from '../pgp/openpgp-library.ts'
import { nextPacket, PACKET, type Packet, packetOf, smallBody } from '../pgp/packet-reader.ts'
import type { LayerDescription, NamedParty } from './envelope-description.ts'

const MOST_PACKETS = 256
const LARGEST_SMALL_BYTES = 64 * 1024
const MOST_CONTENT_BYTES = 64 * 1024 ** 3
const KEY_ID_DIGITS = 16
const NOBODY = '0'.repeat(KEY_ID_DIGITS)

interface Seen {
  packets: number
  readonly recipients: NamedParty[]
  readonly signers: NamedParty[]
  readonly layers: LayerDescription[]
}

/** The layers of a message in binary packets. Throws EnvelopeRefused for what is none. */
export async function describePgp(packets: AsyncIterable<Buffer>): Promise<readonly LayerDescription[]> {
  const seen: Seen = { packets: 0, recipients: [], signers: [], layers: [] }
  await readPackets(await loadOpenPgp(), packets, seen, 1)
  if (seen.packets === 0) throw new EnvelopeRefused('TRUNCATED', 'there is no OpenPGP packet')
  if (seen.signers.length === 0) return seen.layers
  const type = seen.layers.length === 0 ? 'detached signature' : 'signed message'
  return [{ kind: 'signed', type, signers: seen.signers }, ...seen.layers]
}

async function readPackets(
  pgp: OpenPgp,
  packets: AsyncIterable<Buffer>,
  seen: Seen,
  depthLeft: number,
): Promise<void> {
  const reader = byteReader(packets)
  for (let packet = await nextPacket(reader); packet !== undefined; packet = await nextPacket(reader)) {
    seen.packets += 1
    if (seen.packets > MOST_PACKETS)
      throw new EnvelopeRefused('TOO_LARGE', 'the message has more packets than any message needs')
    await readPacket(pgp, packet, seen, depthLeft)
  }
}

async function readPacket(pgp: OpenPgp, packet: Packet, seen: Seen, depthLeft: number): Promise<void> {
  switch (packet.tag) {
    case PACKET.publicKeySessionKey:
      seen.recipients.push(recipientOf(pgp, await smallBody(packet, LARGEST_SMALL_BYTES)))
      return
    case PACKET.signature:
      seen.signers.push(await signerOf(pgp, await smallBody(packet, LARGEST_SMALL_BYTES)))
      return
    case PACKET.compressed:
      if (depthLeft === 0) throw new EnvelopeRefused('MALFORMED', 'compressed packets are nested')
      seen.layers.push({ kind: 'compressed', type: `packet ${packet.tag}` })
      await readPackets(pgp, decompressed(packet.body, MOST_CONTENT_BYTES), seen, depthLeft - 1)
      return
    case PACKET.literal:
      seen.layers.push({ kind: 'content', type: 'literal data', sizeBytes: await countedBytes(packet) })
      return
    case PACKET.integrityProtected:
    case PACKET.encryptedWithoutIntegrity:
    case PACKET.aeadProtected:
      seen.layers.push(await encryptedLayer(packet, seen))
      return
  }
  await countedBytes(packet)
}

const ENCRYPTED: Readonly<Record<number, string>> = {
  [PACKET.integrityProtected]: 'packet 18, integrity protected',
  [PACKET.encryptedWithoutIntegrity]: 'packet 9, without integrity (weak)',
  [PACKET.aeadProtected]: 'packet 20, OCB of GnuPG',
}

/** The cipher stands inside the encrypted session key, so nobody without a key can tell it. */
async function encryptedLayer(packet: Packet, { recipients }: Seen): Promise<LayerDescription> {
  const type = ENCRYPTED[packet.tag] ?? `packet ${packet.tag}`
  return { kind: 'encrypted', type, recipients, sizeBytes: await countedBytes(packet) }
}

function recipientOf(pgp: OpenPgp, body: Buffer): NamedParty {
  const id = body.subarray(1, 9).toString('hex')
  const algorithm = nameIn(pgp.enums.publicKey, body[9] ?? 0)
  return { id: id === NOBODY ? 'hidden' : `key id ${id}`, algorithm }
}

async function signerOf(pgp: OpenPgp, body: Buffer): Promise<NamedParty> {
  const binarySignature = packetOf(PACKET.signature, body)
  const read = await pgp.readSignature({ binarySignature, config: strictConfig(pgp) }).catch(() => undefined)
  const [packet] = read?.packets ?? []
  if (!(packet instanceof pgp.SignaturePacket)) return { id: 'unknown', algorithm: 'unknown' }
  return {
    id: `key id ${packet.issuerKeyID.toHex()}`,
    algorithm: nameIn(pgp.enums.publicKey, packet.publicKeyAlgorithm),
    digest: nameIn(pgp.enums.hash, packet.hashAlgorithm),
    ...(packet.created !== null && { at: packet.created.toISOString() }),
  }
}

function nameIn(names: object, value: number | null): string {
  const found = Object.entries(names).find(([, number]) => number === value)
  return found?.[0] ?? `algorithm ${value}`
}

async function countedBytes({ body }: Packet): Promise<number> {
  let sizeBytes = 0
  for await (const chunk of body) sizeBytes += chunk.length
  return sizeBytes
}
