/**
 * Keys and certificates of an agreement: loads them from files, checks that they fit together and are strong
 * enough, and makes new ones for the embedded mode and the simulator. Refusals are KeyRefused and hold no secret.
 */
import { createPrivateKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import type { OwnKeys, PeerKeys } from './envelope.ts'
import { openPkcs12 } from './pkcs12.ts'
import { KeyRefused, readPassphrase, readPublicFile, readSecretFile } from './secret-file.ts'
import { selfSignedCertificate } from './self-signed-certificate.ts'
import { makeEd25519SshKey, type SshKeyPair } from './ssh-key.ts'

const DAY_MS = 86_400_000
/** Shortest RSA key that is accepted, for us and for the bank. */
const SHORTEST_RSA_BITS = 2048

/** Where a private key and its certificate lie; a passphrase is always in a file of its own. */
export type KeyPairPaths =
  | {
      readonly kind: 'pem'
      readonly keyPath: string
      readonly certificatePath: string
      readonly passphrasePath?: string
    }
  | { readonly kind: 'pkcs12'; readonly path: string; readonly passphrasePath: string }

/** Files of our side; without `opening` the signing key opens too. */
export interface OwnKeyPaths {
  readonly signing: KeyPairPaths
  readonly opening?: readonly KeyPairPaths[]
}

/** Certificate files (PEM or DER) of the bank. */
export interface PeerKeyPaths {
  readonly recipientCertificatePath: string
  readonly trustedSignerPaths: readonly string[]
}

/** A private key with the DER of its certificate. */
export interface CertifiedKey {
  readonly key: KeyObject
  readonly certificate: Buffer
}

/** A new key pair: the same pair as objects and as PEM text (unencrypted PKCS#8, to be written with mode 0600). */
export interface KeyPair extends CertifiedKey {
  readonly privateKeyPem: string
  readonly certificatePem: string
}

/** Loads our keys from PEM (PKCS#8) or PKCS#12 files; throws KeyRefused. */
export async function loadOwnKeys(paths: OwnKeyPaths): Promise<OwnKeys> {
  const signing = await loadCertifiedKey(paths.signing)
  const openingKeys =
    paths.opening === undefined ? [signing] : await Promise.all(paths.opening.map(loadCertifiedKey))
  return { signingKey: signing.key, signingCertificate: signing.certificate, openingKeys }
}

/** Loads the bank's certificates; throws KeyRefused, also when no signer is trusted at all. */
export async function loadPeerKeys(paths: PeerKeyPaths): Promise<PeerKeys> {
  if (paths.trustedSignerPaths.length === 0) {
    throw new KeyRefused(
      'NOT_A_CERTIFICATE',
      'an agreement must trust at least one signing certificate of the bank',
    )
  }
  return {
    recipientCertificate: loadCertificate(paths.recipientCertificatePath),
    trustedSigners: paths.trustedSignerPaths.map(loadCertificate),
  }
}

/** Loads one private key with its certificate and checks that they belong together; throws KeyRefused. */
export async function loadCertifiedKey(paths: KeyPairPaths): Promise<CertifiedKey> {
  const pair =
    paths.kind === 'pem' ? loadPemPair(paths) : openPkcs12(paths.path, readPassphrase(paths.passphrasePath))
  const shown = paths.kind === 'pem' ? paths.keyPath : paths.path
  refuseWeakKey(pair.key, shown)
  if (!certificateOf(pair.certificate, shown).checkPrivateKey(pair.key)) {
    throw new KeyRefused(
      'KEY_AND_CERTIFICATE_DIFFER',
      `the key of ${shown} does not belong to its certificate`,
    )
  }
  return pair
}

/** Reads one certificate, PEM or DER, and gives its DER; throws KeyRefused. */
export function loadCertificate(path: string): Buffer {
  const certificate = certificateOf(readPublicFile(path), path)
  refuseWeakKey(certificate.publicKey, path)
  return Buffer.from(certificate.raw)
}

/** Makes an RSA-2048 key and a certificate for signing and decrypting that is valid from yesterday for `days`. */
export async function makeKeyPair(wanted: { commonName: string; days: number }): Promise<KeyPair> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: SHORTEST_RSA_BITS })
  const certificate = selfSignedCertificate({
    privateKey,
    commonName: wanted.commonName,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + wanted.days * DAY_MS),
    keyUsages: ['digitalSignature', 'keyEncipherment'],
  })
  return {
    key: privateKey,
    certificate,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: new X509Certificate(certificate).toString(),
  }
}

/** Makes an Ed25519 key pair for SFTP, for a client or a host, readable by OpenSSH and by the ssh2 library. */
export function makeSshKeyPair(comment = 'huida'): SshKeyPair {
  return makeEd25519SshKey(comment)
}

function loadPemPair(paths: Extract<KeyPairPaths, { kind: 'pem' }>): CertifiedKey {
  const passphrase = paths.passphrasePath === undefined ? undefined : readPassphrase(paths.passphrasePath)
  return {
    key: loadPrivateKey(paths.keyPath, passphrase),
    certificate: loadCertificate(paths.certificatePath),
  }
}

function loadPrivateKey(path: string, passphrase: string | undefined): KeyObject {
  const key = readSecretFile(path)
  try {
    return createPrivateKey(passphrase === undefined ? { key } : { key, passphrase })
  } catch (error) {
    throw privateKeyRefusal(path, isEncrypted(key), passphrase !== undefined, error)
  }
}

/** The library's own message is left out on purpose; a wrong passphrase can also look like a damaged key. */
function privateKeyRefusal(
  path: string,
  encrypted: boolean,
  hasPassphrase: boolean,
  error: unknown,
): KeyRefused {
  if (encrypted && hasPassphrase) {
    return new KeyRefused('WRONG_PASSPHRASE', `the passphrase does not open the private key ${path}`)
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (encrypted || /PASSPHRASE|INTERRUPTED_OR_CANCELLED/.test(code)) {
    return new KeyRefused(
      'PASSPHRASE_MISSING',
      `the private key ${path} is encrypted and no passphrase file is named`,
    )
  }
  return new KeyRefused('NOT_A_KEY', `${path} is not a private key in PEM (PKCS#8)`)
}

function isEncrypted(pem: Buffer): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')
}

function certificateOf(bytes: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(bytes)
  } catch {
    throw new KeyRefused('NOT_A_CERTIFICATE', `${path} is not a certificate in PEM or DER`)
  }
}

function refuseWeakKey(key: KeyObject, path: string): void {
  const bits = key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined
  if (bits !== undefined && bits < SHORTEST_RSA_BITS) {
    throw new KeyRefused(
      'WEAK_KEY',
      `${path} holds an RSA key of ${bits} bits; at least ${SHORTEST_RSA_BITS} are needed`,
    )
  }
}
