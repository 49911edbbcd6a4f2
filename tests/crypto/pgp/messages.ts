/**
 * Makes OpenPGP messages by hand, right by default and wrong in any one place on request.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { createMessage, encryptSessionKey, enums, type Key, type PrivateKey, sign } from 'openpgp'
import { byteReader } from '../../../crypto/pgp/byte-reader.ts'
import { nextPacket, PACKET, packetOf, smallBody } from '../../../crypto/pgp/packet-reader.ts'
import { AT, inPieces } from '../cms/parties.ts'
import { content, huida } from './parties.ts'

/** One packet with its whole body. */
export interface WholePacket {
  readonly tag: number
  readonly body: Buffer
}

/** What may be wrong in an encrypted message. */
export interface EncryptionWishes {
  readonly recipient?: Key
  readonly algorithm?: 'aes128' | 'aes192' | 'aes256' | 'tripledes'
  readonly key?: Buffer
  readonly closing?: (right: Buffer) => Buffer
  readonly version?: number
  readonly tag?: number
}

const CIPHERS = { 16: 'aes-128-cfb', 24: 'aes-192-cfb', 32: 'aes-256-cfb' } as const

/** The packets of a signed message: announcement, literal data, signature. */
export async function signedPackets(
  signer: PrivateKey,
  signed: Buffer = content,
  date: Date = AT,
): Promise<WholePacket[]> {
  const message = await createMessage({ binary: new Uint8Array(signed), date })
  const config = { preferredHashAlgorithm: enums.hash.sha256 }
  return packetsIn(Buffer.from(await sign({ message, signingKeys: signer, date, format: 'binary', config })))
}

/** All packets of some bytes. */
export async function packetsIn(bytes: Buffer): Promise<WholePacket[]> {
  const reader = byteReader(inPieces(bytes, 4096))
  const all: WholePacket[] = []
  for (let packet = await nextPacket(reader); packet !== undefined; packet = await nextPacket(reader)) {
    all.push({ tag: packet.tag, body: await smallBody(packet, 1e9) })
  }
  return all
}

/** Packets as bytes. */
export function joined(packets: readonly WholePacket[]): Buffer {
  return Buffer.concat(packets.map(({ tag, body }) => packetOf(tag, body)))
}

/** A packet of literal data. */
export function literal(bytes: Buffer, name = ''): WholePacket {
  const named = Buffer.from(name)
  const header = Buffer.concat([Buffer.of(0x62, named.length), named, Buffer.alloc(4)])
  return { tag: PACKET.literal, body: Buffer.concat([header, bytes]) }
}

/** Packets inside a packet of compressed data. */
export function compressed(inside: Buffer): WholePacket {
  return { tag: PACKET.compressed, body: Buffer.concat([Buffer.of(1), deflateRawSync(inside)]) }
}

/** Anything encrypted for us. */
export async function encrypted(inside: Buffer, wishes: EncryptionWishes = {}): Promise<Buffer> {
  const key = wishes.key ?? randomBytes(32)
  const sessionKey = Buffer.from(
    await encryptSessionKey({
      data: new Uint8Array(key),
      algorithm: wishes.algorithm ?? 'aes256',
      encryptionKeys: wishes.recipient ?? huida,
      date: AT,
      format: 'binary',
    }),
  )
  const body = Buffer.concat([Buffer.of(wishes.version ?? 1), ciphertext(inside, key, wishes)])
  return Buffer.concat([sessionKey, packetOf(wishes.tag ?? PACKET.integrityProtected, body)])
}

function ciphertext(inside: Buffer, key: Buffer, wishes: EncryptionWishes): Buffer {
  const block = randomBytes(16)
  const hashed = Buffer.concat([block, block.subarray(14), inside, Buffer.of(0xd3, 20)])
  const digest = createHash('sha1').update(hashed).digest()
  const plaintext = Buffer.concat([hashed, wishes.closing?.(digest) ?? digest])
  const name = key.length === 16 || key.length === 24 ? CIPHERS[key.length] : CIPHERS[32]
  return createCipheriv(name, key, Buffer.alloc(16)).update(plaintext)
}
