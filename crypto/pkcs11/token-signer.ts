/**
 * Signs with a private key that stays in a PKCS#11 token: the digest is made here and is all that goes there. Every
 * signature is verified before it is used, so that a token that errs, or another key under the same label, is noticed.
 */
import { constants, createHash, type KeyObject, randomBytes, verify } from 'node:crypto'
import type { Mechanism } from 'pkcs11js'
import { derNull, derOctets, derOid, derSequence, derUnsigned } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { KeyRefused } from '../secret-file.ts'
import type { SignatureForm, Signer, SigningDigest } from '../signer.ts'
import type { Pkcs11 } from './pkcs11-module.ts'
import { type TokenKey, type TokenKeyPlace, tokenSession } from './token-session.ts'

/** Room for a signature of any key that is in use: RSA of 8192 bits. */
const LARGEST_SIGNATURE_BYTES = 1024
const DIGEST_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const
/** Bytes of the order of a curve: a longer digest is cut to its first bytes (FIPS 186-5 section 6.4). */
const CURVE_BYTES: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 }

/**
 * A signer for the public key of our certificate. Signs once to see that everything fits together; throws KeyRefused,
 * KEY_AND_CERTIFICATE_DIFFER when the token's key is another one.
 */
export async function openTokenSigner(place: TokenKeyPlace, publicKey: KeyObject): Promise<Signer> {
  const session = tokenSession(place)
  const signer: Signer = {
    publicKey,
    sign: async (message, form) => {
      const signature = await session.withKey((key) => signatureOf(key, message, { form, publicKey }))
      if (isBy(publicKey, { message, signature, form })) return signature
      throw new KeyRefused(
        'KEY_AND_CERTIFICATE_DIFFER',
        `the key ${place.keyLabel} of the token ${place.tokenLabel} does not belong to its certificate`,
      )
    },
  }
  await signer.sign(randomBytes(32), { digest: 'sha256', padding: 'pkcs1' })
  return signer
}

interface Signing {
  readonly form: SignatureForm
  readonly publicKey: KeyObject
}

async function signatureOf(
  { library, names, session, key }: TokenKey,
  message: Buffer,
  { form, publicKey }: Signing,
): Promise<Buffer> {
  const digest = createHash(form.digest).update(message).digest()
  const signs = async (mechanism: Mechanism, input: Buffer): Promise<Buffer> => {
    library.C_SignInit(session, mechanism, key)
    return library.C_SignAsync(session, input, Buffer.alloc(LARGEST_SIGNATURE_BYTES))
  }
  if (publicKey.asymmetricKeyType !== 'rsa') {
    const input = digest.subarray(0, curveBytesOf(publicKey))
    return derOf(await signs({ mechanism: names.CKM_ECDSA }, input))
  }
  return form.padding === 'pss'
    ? signs(pssMechanism(names, form.digest), digest)
    : signs({ mechanism: names.CKM_RSA_PKCS }, digestInfo(form.digest, digest))
}

/** DigestInfo (RFC 8017 section 9.2), which the token pads. */
function digestInfo(name: SigningDigest, digest: Buffer): Buffer {
  return derSequence(derSequence(derOid(OID[name]), derNull()), derOctets(digest))
}

function pssMechanism(names: Pkcs11, digest: SigningDigest): Mechanism {
  const numbers = {
    sha256: { hashAlg: names.CKM_SHA256, mgf: names.CKG_MGF1_SHA256 },
    sha384: { hashAlg: names.CKM_SHA384, mgf: names.CKG_MGF1_SHA384 },
    sha512: { hashAlg: names.CKM_SHA512, mgf: names.CKG_MGF1_SHA512 },
  }
  const parameter = { type: names.CK_PARAMS_RSA_PSS, ...numbers[digest], saltLen: DIGEST_BYTES[digest] }
  return { mechanism: names.CKM_RSA_PKCS_PSS, parameter }
}

function curveBytesOf(publicKey: KeyObject): number {
  return CURVE_BYTES[publicKey.asymmetricKeyDetails?.namedCurve ?? ''] ?? 0
}

/** Tokens give r and s one after the other in equal halves. */
function derOf(raw: Buffer): Buffer {
  const half = raw.length / 2
  return derSequence(derUnsigned(raw.subarray(0, half)), derUnsigned(raw.subarray(half)))
}

function isBy(
  key: KeyObject,
  { message, signature, form }: { message: Buffer; signature: Buffer; form: SignatureForm },
): boolean {
  const pss = key.asymmetricKeyType === 'rsa' && form.padding === 'pss'
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
  return verify(form.digest, message, pss ? { key, padding, saltLength } : key, signature)
}
