/**
 * The key of one message: read from the session key packets that name one of our keys. Whatever goes wrong with
 * the packet itself gives a random key instead of an error (RFC 3218 does so for CMS), so that only the content,
 * which then does not decrypt, tells that something is wrong.
 */
import { randomBytes } from 'node:crypto'
import type { PrivateKey } from 'openpgp'
import { EnvelopeRefused } from '../envelope.ts'
import { type KeyTrail, pgpKeyId } from '../key-id.ts'
import { type OpenPgp, strictConfig } from './openpgp-library.ts'
import { PACKET, packetOf } from './packet-reader.ts'

/** A key with the AES that it is for. */
export interface SessionKey {
  readonly algorithm: 'aes128' | 'aes192' | 'aes256'
  readonly key: Buffer
}

const KEY_BYTES: ReadonlyMap<string, number> = new Map([
  ['aes128', 16],
  ['aes192', 24],
  ['aes256', 32],
])
const VERSION = 3
const ANYBODY = '0000000000000000'

/** Decrypts the session key; throws EnvelopeRefused WRONG_RECIPIENT, or WEAK_ALGORITHM for any cipher but AES. */
export async function sessionKeyOf(
  pgp: OpenPgp,
  packets: readonly Buffer[],
  openingKeys: readonly PrivateKey[],
  trail?: KeyTrail,
): Promise<SessionKey> {
  const ours = new Set([ANYBODY, ...openingKeys.flatMap((key) => key.getKeyIDs().map((id) => id.toHex()))])
  const addressed = packets.filter(
    (body) => body[0] === VERSION && ours.has(body.subarray(1, 9).toString('hex')),
  )
  if (addressed.length === 0) {
    throw new EnvelopeRefused('WRONG_RECIPIENT', 'the message is not encrypted for any of our keys')
  }
  const named = new Set(addressed.map((body) => body.subarray(1, 9).toString('hex')))
  const candidates = openingKeys.filter(
    (key) => named.has(ANYBODY) || key.getKeyIDs().some((id) => named.has(id.toHex())),
  )
  // A message that hides its recipient does not tell which of several keys it was for.
  const [only, ...others] = candidates
  if (trail !== undefined && only !== undefined && others.length === 0)
    trail.openedBy = pgpKeyId(only.getFingerprint())
  const { algorithm, data } = await decryptAny(pgp, addressed, candidates)
  return { algorithm: aesOf(algorithm, data.length), key: Buffer.from(data) }
}

async function decryptAny(
  pgp: OpenPgp,
  bodies: readonly Buffer[],
  openingKeys: readonly PrivateKey[],
): Promise<{ algorithm: string | null; data: Uint8Array }> {
  const binaryMessage = Buffer.concat(bodies.map((body) => packetOf(PACKET.publicKeySessionKey, body)))
  const config = strictConfig(pgp)
  try {
    const message = await pgp.readMessage({ binaryMessage, config })
    const [found] = await pgp.decryptSessionKeys({ message, decryptionKeys: [...openingKeys], config })
    if (found !== undefined) return found
  } catch (error) {
    if (isForeignCipher(error)) throw weak('the cipher of the message is not allowed')
  }
  return { algorithm: 'aes256', data: randomBytes(32) }
}

function aesOf(algorithm: string | null, sizeBytes: number): SessionKey['algorithm'] {
  const isAes = algorithm === 'aes128' || algorithm === 'aes192' || algorithm === 'aes256'
  if (isAes && KEY_BYTES.get(algorithm) === sizeBytes) return algorithm
  throw weak(`the cipher ${algorithm ?? 'unknown'} is not allowed`)
}

/** The library refuses by itself the ciphers that our key does not ask for or that it does not know. */
function isForeignCipher(error: unknown): boolean {
  return error instanceof Error && /non-preferred symmetric|unsupported cipher/i.test(error.message)
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}
