/**
 * Whether an OpenPGP key may be used at a time for what it is about to be used for: strong, not revoked, valid.
 * The library decides by its signatures; this file turns its answers into our refusals.
 */
import type { Key, KeyID, Subkey } from 'openpgp'
import { type EnvelopeRefusal, EnvelopeRefused } from '../envelope.ts'
import { lenientConfig, type OpenPgp, SHORTEST_RSA_BITS, strictConfig } from './openpgp-library.ts'

const CURVES: readonly string[] = [
  'ed25519Legacy',
  'curve25519Legacy',
  'nistP256',
  'nistP384',
  'nistP521',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
]
const MODERN: readonly string[] = ['ed25519', 'x25519', 'ed448', 'x448']

/** The key that signs for this one at that time, or its part with `keyId`; throws EnvelopeRefused. */
export function signingKeyOf(pgp: OpenPgp, key: Key, at: Date, keyId?: KeyID): Promise<Key | Subkey> {
  const named = keyId === undefined ? [] : key.getKeys(keyId)
  return usable(pgp, key, at, named, (config) => key.getSigningKey(keyId, at, undefined, config))
}

/** The key that is encrypted for at that time; throws EnvelopeRefused. */
export function encryptionKeyOf(pgp: OpenPgp, key: Key, at: Date): Promise<Key | Subkey> {
  return usable(pgp, key, at, [], (config) => key.getEncryptionKey(undefined, at, undefined, config))
}

/** True for RSA below 2048 bits, DSA, ElGamal, and curves that are not on the list. */
export function isWeakPgpKey(key: Pick<Key | Subkey, 'getAlgorithmInfo'>): boolean {
  const { algorithm, bits, curve } = key.getAlgorithmInfo()
  if (algorithm.startsWith('rsa')) return (bits ?? 0) < SHORTEST_RSA_BITS
  return !MODERN.includes(algorithm) && !CURVES.includes(curve ?? '')
}

type Choosing = (config: ReturnType<typeof strictConfig>) => Promise<Key | Subkey>

async function usable(
  pgp: OpenPgp,
  key: Key,
  at: Date,
  named: readonly (Key | Subkey)[],
  choose: Choosing,
): Promise<Key | Subkey> {
  if (isWeakPgpKey(key) || named.some(isWeakPgpKey)) throw refused('WEAK_ALGORITHM', key, 'is too weak')
  await refuseRevoked(pgp, key, at, named)
  const chosen = await choose(strictConfig(pgp)).catch(() => undefined)
  if (chosen === undefined) {
    throw refused('CERTIFICATE_NOT_VALID', key, `is not valid for this use at ${at.toISOString()}`)
  }
  if (isWeakPgpKey(chosen)) throw refused('WEAK_ALGORITHM', key, 'is too weak')
  await refuseRevoked(pgp, key, at, [chosen])
  return chosen
}

/** The strict settings would pass over a revocation that was signed with a weak digest. */
async function refuseRevoked(
  pgp: OpenPgp,
  key: Key,
  at: Date,
  parts: readonly (Key | Subkey)[],
): Promise<void> {
  const config = lenientConfig(pgp)
  let isRevoked = await key.isRevoked(undefined, undefined, at, config)
  for (const subkey of key.subkeys) {
    const [binding] = subkey.bindingSignatures
    if (!parts.includes(subkey) || binding === undefined) continue
    isRevoked ||= await subkey.isRevoked(binding, key.keyPacket, at, config)
  }
  if (isRevoked) throw refused('CERTIFICATE_REVOKED', key, 'was revoked')
}

function refused(code: EnvelopeRefusal, key: Key, what: string): EnvelopeRefused {
  return new EnvelopeRefused(code, `the OpenPGP key ${key.getFingerprint().toUpperCase()} ${what}`)
}
