/**
 * The one place that loads the openpgp library, when it is first needed, and the settings that it always gets:
 * what the library would accept by default is narrowed to what an agreement with a bank may use.
 */
import type { Config } from 'openpgp'

/** The library as a module. */
export type OpenPgp = typeof import('openpgp')

/** Shortest RSA key that is accepted, for us and for the bank. */
export const SHORTEST_RSA_BITS = 2048

/** Loads the library; the first call takes about 100 ms. */
export function loadOpenPgp(): Promise<OpenPgp> {
  return import('openpgp')
}

/** Settings for every call: AES-256, SHA-256 or better, no packets of versions that banks cannot read. */
export function strictConfig(pgp: OpenPgp): Config {
  const { hash, publicKey, curve } = pgp.enums
  return {
    ...pgp.config,
    aeadProtect: false,
    preferredSymmetricAlgorithm: pgp.enums.symmetric.aes256,
    preferredCompressionAlgorithm: pgp.enums.compression.uncompressed,
    preferredHashAlgorithm: hash.sha256,
    minRSABits: SHORTEST_RSA_BITS,
    rejectHashAlgorithms: new Set([hash.md5, hash.ripemd, hash.sha1]),
    rejectMessageHashAlgorithms: new Set([hash.md5, hash.ripemd, hash.sha1, hash.sha224]),
    rejectPublicKeyAlgorithms: new Set([publicKey.elgamal, publicKey.dsa]),
    rejectCurves: new Set([curve.secp256k1]),
    allowInsecureDecryptionWithSigningKeys: false,
    allowMissingKeyFlags: false,
  }
}

/** For reading revocations only: a revocation counts however weak the digest that it was signed with. */
export function lenientConfig(pgp: OpenPgp): Config {
  return {
    ...pgp.config,
    rejectHashAlgorithms: new Set(),
    rejectPublicKeyAlgorithms: new Set(),
    minRSABits: 0,
  }
}
