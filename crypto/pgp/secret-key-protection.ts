/**
 * Takes the passphrase off secret key packets as gpg writes them (RFC 9580 sections 3.7 and 5.5.3). The library can
 * do it too, but holds the 65 MB that gpg has it hash in memory, twice for every key.
 */
import { createDecipheriv, createHash } from 'node:crypto'
import { withoutArmor } from './armor.ts'
import { byteReader } from './byte-reader.ts'
import { nextPacket, packetOf, smallBody } from './packet-reader.ts'

const SECRET_KEYS: readonly number[] = [5, 7]
const LARGEST_PACKET_BYTES = 1024 * 1024
const VERSION = 4
const WITH_SHA1 = 254
const ITERATED = 3
const SALT_BYTES = 8
const BLOCK_BYTES = 16
const DIGEST_BYTES = 20

const DIGESTS: ReadonlyMap<number, string> = new Map([
  [2, 'sha1'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
])
const CIPHERS: ReadonlyMap<number, { readonly name: string; readonly keyBytes: number }> = new Map([
  [7, { name: 'aes-128-cfb', keyBytes: 16 }],
  [8, { name: 'aes-192-cfb', keyBytes: 24 }],
  [9, { name: 'aes-256-cfb', keyBytes: 32 }],
])

/**
 * The same key with every packet unlocked whose protection is the one of gpg; other packets stay as they are.
 * Throws RangeError for a wrong passphrase and for packets that are cut short.
 */
export async function withoutProtection(key: Buffer, passphrase: string): Promise<Buffer> {
  const reader = byteReader(withoutArmor(only(key), 'PRIVATE KEY BLOCK'))
  const packets: Buffer[] = []
  for (let packet = await nextPacket(reader); packet !== undefined; packet = await nextPacket(reader)) {
    const body = await smallBody(packet, LARGEST_PACKET_BYTES)
    packets.push(packetOf(packet.tag, SECRET_KEYS.includes(packet.tag) ? unlocked(body, passphrase) : body))
  }
  return Buffer.concat(packets)
}

function unlocked(body: Buffer, passphrase: string): Buffer {
  const start = publicBytes(body)
  const [usage = 0, cipherId = 0, kind = 0, digestId = 0] = body.subarray(start, start + 4)
  const cipher = CIPHERS.get(cipherId)
  const digest = DIGESTS.get(digestId)
  if (start === 0 || usage !== WITH_SHA1 || kind !== ITERATED || !cipher || !digest) return body
  const salt = body.subarray(start + 4, start + 4 + SALT_BYTES)
  const count = repeatedBytes(body.readUInt8(start + 4 + SALT_BYTES))
  const key = keyFrom(Buffer.concat([salt, Buffer.from(passphrase)]), count, digest, cipher.keyBytes)
  const sealed = body.subarray(start + 5 + SALT_BYTES)
  const decipher = createDecipheriv(cipher.name, key, sealed.subarray(0, BLOCK_BYTES))
  const numbers = checked(decipher.update(sealed.subarray(BLOCK_BYTES)))
  key.fill(0)
  return Buffer.concat([body.subarray(0, start), Buffer.of(0), numbers, checksum(numbers)])
}

/** Bytes of the public part of a packet, or 0 for an algorithm that this file does not know. */
function publicBytes(body: Buffer): number {
  const first = 6
  if (body[0] !== VERSION) return 0
  switch (body[5]) {
    case 1:
    case 2:
    case 3:
      return afterNumber(body, afterNumber(body, first))
    case 18:
      return afterField(body, afterNumber(body, afterField(body, first)))
    case 19:
    case 22:
      return afterNumber(body, afterField(body, first))
    default:
      return 0
  }
}

function afterNumber(body: Buffer, at: number): number {
  return at + 2 + Math.ceil(body.readUInt16BE(at) / 8)
}

function afterField(body: Buffer, at: number): number {
  return at + 1 + body.readUInt8(at)
}

function repeatedBytes(coded: number): number {
  return (16 + (coded & 15)) * 2 ** ((coded >> 4) + 6)
}

/** Salt and passphrase are hashed again and again up to `count` bytes; a second round begins with a zero byte. */
function keyFrom(salted: Buffer, count: number, digest: string, keyBytes: number): Buffer {
  const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / salted.length) }, () => salted))
  const rounds: Buffer[] = []
  for (let gotBytes = 0; gotBytes < keyBytes; ) {
    const hash = createHash(digest).update(Buffer.alloc(rounds.length))
    let leftBytes = Math.max(count, salted.length)
    for (; leftBytes > block.length; leftBytes -= block.length) hash.update(block)
    const round = hash.update(block.subarray(0, leftBytes)).digest()
    rounds.push(round)
    gotBytes += round.length
  }
  return Buffer.concat(rounds).subarray(0, keyBytes)
}

function checked(plaintext: Buffer): Buffer {
  const numbers = plaintext.subarray(0, -DIGEST_BYTES)
  const digest = createHash('sha1').update(numbers).digest()
  if (!digest.equals(plaintext.subarray(-DIGEST_BYTES))) throw new RangeError('the passphrase is wrong')
  return numbers
}

function checksum(numbers: Buffer): Buffer {
  const sum = Buffer.alloc(2)
  sum.writeUInt16BE(numbers.reduce((total, octet) => (total + octet) & 0xffff, 0))
  return sum
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
