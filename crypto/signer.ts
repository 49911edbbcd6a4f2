/**
 * Who signs: a private key in this process or one that never leaves a token. Messages are built the same way for
 * both; only the digest of what is signed has to reach the key.
 */
import { constants, createPublicKey, KeyObject, sign } from 'node:crypto'

/** Digests under which we sign. */
export type SigningDigest = 'sha256' | 'sha384' | 'sha512'

/** Padding of RSA signatures: PKCS#1 v1.5, or PSS with MGF1 and a salt, both of the digest and its length. */
export type SignaturePadding = 'pkcs1' | 'pss'

/** How a message is signed; `padding` counts for RSA only. */
export interface SignatureForm {
  readonly digest: SigningDigest
  readonly padding: SignaturePadding
}

/** Signs with a key that it does not show. */
export interface Signer {
  /** The public half, RSA or a NIST curve. */
  readonly publicKey: KeyObject
  /** The signature over `message`, which is small; that of a curve comes as DER {r, s}. */
  sign(message: Buffer, form: SignatureForm): Promise<Buffer>
}

/** What may stand as our signing key. */
export type SigningKey = KeyObject | Signer

/** A signer of either; a key object must be private. */
export function signerOf(key: SigningKey): Signer {
  return key instanceof KeyObject ? keySigner(key) : key
}

/** Signs with a private key of this process. */
export function keySigner(key: KeyObject): Signer {
  return {
    publicKey: createPublicKey(key),
    sign: async (message, form) => sign(form.digest, message, { key, ...paddingOf(key, form) }),
  }
}

function paddingOf(key: KeyObject, { padding }: SignatureForm) {
  if (key.asymmetricKeyType !== 'rsa' || padding === 'pkcs1') return {}
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}
