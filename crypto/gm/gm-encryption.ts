/**
 * How GM/T 0010 messages are encrypted: SM4 under a content key that SM2 carries. Cipher, object identifiers and the
 * arrangement of the SM2 ciphertext are the agreement's; a message that differs is refused.
 */
import { randomBytes } from 'node:crypto'
import type { Decryption, Encryption, EncryptionFamily, RecipientNaming } from '../cms/message-family.ts'
import { childOf, type Element, octetsOf, oidOf } from '../der/der-reader.ts'
import { derNull, derOctets, derOid, derSequence, TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { GM_OID } from './gm-oids.ts'
import { decryptSm2, encryptSm2, type Sm2CipherShape } from './sm2-encryption.ts'
import { sm2PrivateKeyOf, sm2PublicKeyOf } from './sm2-keys.ts'
import { SM4_BYTES, type Sm4Mode, startSm4Decryption, startSm4Encryption } from './sm4.ts'

const TRANSPORT_OIDS: readonly string[] = [GM_OID.sm2Encryption, GM_OID.sm2KeyExchange, GM_OID.sm2Curve]
const LATEST_VERSION = 2

/**
 * SM4-CBC under its own object identifier (…104.2), SM4-CBC under the bare one (…104) as CFCA's kit writes it, or
 * SM4-ECB without padding under the bare one, in which authorities deliver keys and which is unfit for files.
 */
export type GmCipher = 'sm4-cbc' | 'sm4-cbc-cfca' | 'sm4-ecb-key-delivery'

/** What an agreement fixes of its encryption; everything has a default. */
export interface GmEncryptionTerms {
  /** Default `sm4-cbc`. */
  readonly cipher?: GmCipher
  /** Arrangement of the encrypted content key; default `asn1`. */
  readonly keyTransport?: Sm2CipherShape
  /** How we name the recipient; default `issuer-and-serial`. Both are read. */
  readonly recipientNaming?: RecipientNaming
}

/** The encryption family of an agreement; `envelopeType` is the one content type that is written and read. */
export function gmEncryption(
  types: { readonly data: string; readonly envelopeType: string },
  terms: GmEncryptionTerms = {},
): EncryptionFamily {
  const cipher = terms.cipher ?? 'sm4-cbc'
  const shape = terms.keyTransport ?? 'asn1'
  const recipientNaming = terms.recipientNaming ?? 'issuer-and-serial'
  return {
    dataType: types.data,
    envelopeType: types.envelopeType,
    envelopeVersion: recipientNaming === 'key-identifier' ? 2 : 1,
    tagBytes: 0,
    contentKeyBytes: SM4_BYTES,
    startEncryption: (contentKey) => startEncryption(cipher, contentKey),
    ciphertextBytes: (plainBytes) => ciphertextBytes(cipher, plainBytes),
    recipientNaming,
    recipientVersions: { 'issuer-and-serial': [1, 0], 'key-identifier': [2] },
    transportAlgorithm: derSequence(derOid(GM_OID.sm2Encryption), derNull()),
    wrap: (contentKey, publicKey) => encryptSm2(contentKey, sm2PublicKeyOf(publicKey), shape),
    kindOf: (contentType) => {
      if (contentType !== types.envelopeType) {
        throw new EnvelopeRefused(
          'NOT_ENCRYPTED',
          `the message has type ${contentType}, not that of the agreement`,
        )
      }
      const startDecryption = (algorithm: Element, key: Buffer) => decryptionOf(cipher, algorithm, key)
      return { tagBytes: 0, latestVersion: LATEST_VERSION, startDecryption }
    },
    unwrap: (algorithm, wrapped, privateKey) => {
      refuseOtherTransport(algorithm)
      return contentKeyOf(decryptSm2(wrapped, sm2PrivateKeyOf(privateKey), shape))
    },
  }
}

function startEncryption(cipher: GmCipher, contentKey: Buffer): Encryption {
  const iv = randomBytes(SM4_BYTES)
  const stream = startSm4Encryption(contentKey, modeOf(cipher, iv))
  const parameters = cipher === 'sm4-ecb-key-delivery' ? [] : [derOctets(iv)]
  return {
    algorithm: derSequence(derOid(oidOfCipher(cipher)), ...parameters),
    update: stream.update,
    finish: () => ({ last: stream.finish(), tag: undefined }),
  }
}

function ciphertextBytes(cipher: GmCipher, plainBytes: number): number {
  if (cipher !== 'sm4-ecb-key-delivery') return plainBytes - (plainBytes % SM4_BYTES) + SM4_BYTES
  if (plainBytes % SM4_BYTES === 0) return plainBytes
  throw new RangeError('SM4-ECB without padding takes whole blocks of 16 bytes only')
}

function decryptionOf(cipher: GmCipher, algorithm: Element, contentKey: Buffer): Decryption {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  const parameters = algorithm.children[1]
  const vector = parameters?.tag === TAG.octetString ? octetsOf(parameters) : Buffer.alloc(0)
  const vectorBytes = cipher === 'sm4-ecb-key-delivery' ? 0 : SM4_BYTES
  if (oid !== oidOfCipher(cipher) || vector.length !== vectorBytes) {
    throw weak(
      `the content cipher ${oid} with a vector of ${vector.length} bytes is not the agreed ${cipher}`,
    )
  }
  return startSm4Decryption(contentKey, modeOf(cipher, vector))
}

function modeOf(cipher: GmCipher, iv: Buffer): Sm4Mode {
  return cipher === 'sm4-ecb-key-delivery'
    ? { mode: 'ecb', padding: 'none' }
    : { mode: 'cbc', iv, padding: 'pkcs7' }
}

function oidOfCipher(cipher: GmCipher): string {
  return cipher === 'sm4-cbc' ? GM_OID.sm4Cbc : GM_OID.sm4
}

function refuseOtherTransport(algorithm: Element): void {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  if (!TRANSPORT_OIDS.includes(oid)) throw weak(`the content key came under ${oid}, not under SM2`)
}

function contentKeyOf(decrypted: Buffer): Buffer {
  if (decrypted.length === SM4_BYTES) return decrypted
  throw new EnvelopeRefused('UNDECRYPTABLE', 'the content key is not a key of SM4')
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}
