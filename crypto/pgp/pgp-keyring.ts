/**
 * OpenPGP keys of an agreement: loads them from files as gpg writes them (armoured or binary), unlocks ours with
 * the passphrase of a file of its own, and holds the bank's against the fingerprint that the agreement pins.
 */
import type { Key, PrivateKey } from 'openpgp'
import { KeyRefused, readPassphrase, readPublicFile, readSecretFile } from '../secret-file.ts'
import { isWeakPgpKey } from './key-validity.ts'
import { loadOpenPgp, type OpenPgp, strictConfig } from './openpgp-library.ts'
import { withoutProtection } from './secret-key-protection.ts'

/** Our side of an agreement: what we sign with, and every key that may open while one is rotated; unlocked. */
export interface PgpOwnKeys {
  readonly signingKey: PrivateKey
  readonly openingKeys: readonly PrivateKey[]
}

/** The other side: whom we encrypt for and whose signature counts. */
export interface PgpPeerKeys {
  readonly recipientKey: Key
  readonly trustedSigners: readonly Key[]
}

/** A file with one secret key; the passphrase is always in a file of its own. */
export interface PgpSecretKeyPath {
  readonly keyPath: string
  readonly passphrasePath?: string
}

/** A file with one public key, and its fingerprint of 40 hex digits as the bank told it on another way. */
export interface PgpPublicKeyPath {
  readonly path: string
  readonly fingerprint: string
}

/** Files of our side; without `opening` the signing key opens too. */
export interface PgpOwnKeyPaths {
  readonly signing: PgpSecretKeyPath
  readonly opening?: readonly PgpSecretKeyPath[]
}

/** Files of the bank. */
export interface PgpPeerKeyPaths {
  readonly recipient: PgpPublicKeyPath
  readonly trustedSigners: readonly PgpPublicKeyPath[]
}

/** Loads and unlocks our keys; throws KeyRefused. */
export async function loadPgpOwnKeys(paths: PgpOwnKeyPaths): Promise<PgpOwnKeys> {
  const signingKey = await loadPgpSecretKey(paths.signing)
  const openingKeys =
    paths.opening === undefined ? [signingKey] : await Promise.all(paths.opening.map(loadPgpSecretKey))
  return { signingKey, openingKeys }
}

/** Loads the bank's keys; throws KeyRefused, also when no signer is trusted at all. */
export async function loadPgpPeerKeys(paths: PgpPeerKeyPaths): Promise<PgpPeerKeys> {
  if (paths.trustedSigners.length === 0) {
    throw new KeyRefused('NOT_A_KEY', 'an agreement must trust at least one signing key of the bank')
  }
  return {
    recipientKey: await loadPgpPublicKey(paths.recipient),
    trustedSigners: await Promise.all(paths.trustedSigners.map(loadPgpPublicKey)),
  }
}

/** Loads one secret key and unlocks it; throws KeyRefused. */
export function loadPgpSecretKey(paths: PgpSecretKeyPath): Promise<PrivateKey> {
  const passphrase = paths.passphrasePath === undefined ? undefined : readPassphrase(paths.passphrasePath)
  return readPgpSecretKey(readSecretFile(paths.keyPath), passphrase, paths.keyPath)
}

/** Loads one public key and compares its fingerprint; throws KeyRefused. */
export function loadPgpPublicKey(pinned: PgpPublicKeyPath): Promise<Key> {
  return readPgpPublicKey(readPublicFile(pinned.path), pinned.fingerprint, pinned.path)
}

/** Reads one secret key from bytes and unlocks it; `shown` names it in refusals (KeyRefused). */
export async function readPgpSecretKey(
  bytes: Buffer,
  passphrase: string | undefined,
  shown: string,
): Promise<PrivateKey> {
  const pgp = await loadOpenPgp()
  const key = await onlyKey(pgp, bytes, shown)
  if (!key.isPrivate())
    throw new KeyRefused('NOT_A_KEY', `${shown} holds a public key; a secret key is needed`)
  refuseWeak(key, shown)
  if (key.isDecrypted()) return key
  if (passphrase === undefined) {
    throw new KeyRefused('PASSPHRASE_MISSING', `${shown} is encrypted and no passphrase file is named`)
  }
  return unlocked(pgp, bytes, passphrase, shown)
}

/** Reads one public key from bytes and compares its fingerprint; `shown` names it in refusals (KeyRefused). */
export async function readPgpPublicKey(bytes: Buffer, fingerprint: string, shown: string): Promise<Key> {
  const key = await onlyKey(await loadOpenPgp(), bytes, shown)
  const found = key.getFingerprint().toUpperCase()
  if (found !== fingerprint.replace(/\s/g, '').toUpperCase()) {
    throw new KeyRefused(
      'FINGERPRINT_DIFFERS',
      `${shown} holds the key ${found}, which is not the pinned one`,
    )
  }
  refuseWeak(key, shown)
  return key.toPublic()
}

/** A new key pair of Curve25519 (version 4, as gpg 2.2 reads it), armoured; for the simulator and the demo. */
export async function makePgpKeyPair(wanted: {
  readonly name: string
  readonly email: string
  readonly at: Date
  readonly days: number
}): Promise<{ secretKey: string; publicKey: string; fingerprint: string }> {
  const pgp = await loadOpenPgp()
  const made = await pgp.generateKey({
    type: 'ecc',
    curve: 'curve25519Legacy',
    userIDs: { name: wanted.name, email: wanted.email },
    date: wanted.at,
    keyExpirationTime: wanted.days * 86_400,
    format: 'object',
    config: { v6Keys: false, aeadProtect: false },
  })
  return {
    secretKey: made.privateKey.armor(),
    publicKey: made.publicKey.armor(),
    fingerprint: made.publicKey.getFingerprint().toUpperCase(),
  }
}

async function onlyKey(pgp: OpenPgp, bytes: Buffer, shown: string): Promise<Key> {
  const config = strictConfig(pgp)
  const isBinary = (bytes[0] ?? 0) >= 0x80
  const reading = isBinary
    ? pgp.readKeys({ binaryKeys: bytes, config })
    : pgp.readKeys({ armoredKeys: bytes.toString('latin1'), config })
  const [key, ...others] = await reading.catch(() => [])
  if (key !== undefined && others.length === 0) return key
  throw new KeyRefused('NOT_A_KEY', `${shown} must hold exactly one OpenPGP key, armoured or binary`)
}

async function unlocked(pgp: OpenPgp, bytes: Buffer, passphrase: string, shown: string): Promise<PrivateKey> {
  try {
    const privateKey = await onlyKey(pgp, await withoutProtection(bytes, passphrase), shown)
    if (!privateKey.isPrivate()) throw new RangeError('a secret key became a public one')
    if (!privateKey.isDecrypted()) {
      return await pgp.decryptKey({ privateKey, passphrase, config: strictConfig(pgp) })
    }
    await validate(pgp, privateKey)
    return privateKey
  } catch {
    throw new KeyRefused('WRONG_PASSPHRASE', `the passphrase does not open the secret key ${shown}`)
  }
}

/** The secret numbers must belong to the public ones, or signatures would give them away. */
async function validate(pgp: OpenPgp, key: PrivateKey): Promise<void> {
  for (const { keyPacket } of [key, ...key.subkeys]) {
    const isSecret = keyPacket instanceof pgp.SecretKeyPacket || keyPacket instanceof pgp.SecretSubkeyPacket
    if (isSecret && !keyPacket.isDummy()) await keyPacket.validate()
  }
}

function refuseWeak(key: Key, shown: string): void {
  if (!isWeakPgpKey(key)) return
  const { algorithm, bits, curve } = key.getAlgorithmInfo()
  const size = [bits, curve].filter((part) => part !== undefined).join(' ')
  throw new KeyRefused(
    'WEAK_KEY',
    `${shown} holds a key of ${algorithm} ${size}; RSA of 2048 bits or a modern curve is needed`,
  )
}
