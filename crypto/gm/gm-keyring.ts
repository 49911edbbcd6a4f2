/**
 * Loads the SM2 keys and certificates of an agreement from files and makes new ones for the simulator and for tests,
 * as `keyring.ts` does for RSA. Refusals are KeyRefused; they name the file and hold no secret.
 */
import { X509Certificate } from 'node:crypto'
import { derOid, derSequence } from '../der/der-writer.ts'
import type { OwnKeys, PeerKeys } from '../envelope.ts'
import type { CertifiedKey, KeyPair, KeyPairPaths, OwnKeyPaths, PeerKeyPaths } from '../keyring.ts'
import { openPkcs12 } from '../pkcs12.ts'
import { KeyRefused, readPassphrase, readPublicFile, readSecretFile } from '../secret-file.ts'
import { type KeyUsage, selfSignedCertificate } from '../self-signed-certificate.ts'
import { gmCertificateFacts } from './gm-certificate.ts'
import { GM_OID } from './gm-oids.ts'
import { readSm2PrivateKey } from './sm2-key-file.ts'
import { makeSm2Key, type Sm2PrivateKey, sm2PrivateKeyOf, sm2PublicKeyOf } from './sm2-keys.ts'
import { DEFAULT_USER_ID, signSm2 } from './sm2-signature.ts'

const DAY_MS = 86_400_000

/** Loads our SM2 keys: PKCS#8 (PEM or DER, also encrypted by GmSSL) or PKCS#12; throws KeyRefused. */
export function loadGmOwnKeys(paths: OwnKeyPaths): OwnKeys {
  const signing = loadGmCertifiedKey(paths.signing)
  const openingKeys = paths.opening === undefined ? [signing] : paths.opening.map(loadGmCertifiedKey)
  return { signingKey: signing.key, signingCertificate: signing.certificate, openingKeys }
}

/** Loads the bank's SM2 certificates; throws KeyRefused, also when no signer is trusted at all. */
export function loadGmPeerKeys(paths: PeerKeyPaths): PeerKeys {
  if (paths.trustedSignerPaths.length === 0) {
    throw new KeyRefused(
      'NOT_A_CERTIFICATE',
      'an agreement must trust at least one signing certificate of the bank',
    )
  }
  return {
    recipientCertificate: loadGmCertificate(paths.recipientCertificatePath),
    trustedSigners: paths.trustedSignerPaths.map(loadGmCertificate),
  }
}

/** Reads one SM2 certificate, PEM or DER, and gives its DER; throws KeyRefused. */
export function loadGmCertificate(path: string): Buffer {
  const encoded = certificateOf(readPublicFile(path), path)
  return named(path, () => gmCertificateFacts(encoded)).encoded
}

/** Loads one SM2 private key with its certificate and checks that they belong together; throws KeyRefused. */
export function loadGmCertifiedKey(paths: KeyPairPaths): CertifiedKey {
  if (paths.kind === 'pkcs12') {
    const { key, certificate } = openPkcs12(paths.path, readPassphrase(paths.passphrasePath))
    return named(paths.path, () => ({ key: sm2PrivateKeyOf(key).key, certificate }))
  }
  const passphrase = paths.passphrasePath === undefined ? undefined : readPassphrase(paths.passphrasePath)
  const secret = readSecretFile(paths.keyPath)
  const pair = named(paths.keyPath, () => readSm2PrivateKey(secret, passphrase))
  const certificate = loadGmCertificate(paths.certificatePath)
  refuseOtherKey(pair, certificate, paths.keyPath)
  return { key: pair.key, certificate }
}

/** What a new certificate says; it is valid from yesterday for `days`. */
export interface WantedGmPair {
  readonly commonName: string
  readonly days: number
  /** Default: signing and receiving with one key. */
  readonly keyUsages?: readonly KeyUsage[]
}

/** Makes an SM2 key and a certificate that it signed itself (SM2 with SM3 over Z_A of the default id). */
export function makeGmKeyPair(wanted: WantedGmPair): KeyPair {
  const pair = makeSm2Key()
  const certificate = selfSignedCertificate({
    privateKey: pair.key,
    commonName: wanted.commonName,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + wanted.days * DAY_MS),
    keyUsages: wanted.keyUsages ?? ['digitalSignature', 'keyEncipherment'],
    signing: gmCertificateSigning(pair),
  })
  return {
    key: pair.key,
    certificate,
    privateKeyPem: pair.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: new X509Certificate(certificate).toString(),
  }
}

/** How an SM2 key signs certificates: algorithm …501 over Z_A of the default id. */
export function gmCertificateSigning(issuer: Sm2PrivateKey) {
  return {
    algorithm: derSequence(derOid(GM_OID.sm2WithSm3)),
    sign: (body: Buffer) => signSm2(body, issuer, { userId: DEFAULT_USER_ID, shape: 'der' }),
  }
}

/** Throws KeyRefused KEY_AND_CERTIFICATE_DIFFER unless the certificate is that of the key. */
export function refuseOtherKey(pair: Sm2PrivateKey, certificate: Buffer, shown: string): void {
  const { publicKey } = gmCertificateFacts(certificate)
  if (!sm2PublicKeyOf(publicKey).point.equals(pair.publicKey.point)) {
    throw new KeyRefused(
      'KEY_AND_CERTIFICATE_DIFFER',
      `the key of ${shown} does not belong to its certificate`,
    )
  }
}

function certificateOf(bytes: Buffer, path: string): Buffer {
  try {
    return Buffer.from(new X509Certificate(bytes).raw)
  } catch {
    throw new KeyRefused('NOT_A_CERTIFICATE', `${path} is not a certificate in PEM or DER`)
  }
}

/** The same refusal with the file that it is about. */
function named<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw error instanceof KeyRefused ? new KeyRefused(error.code, `${path}: ${error.message}`) : error
  }
}
