/**
 * What differs between families of messages that share the shapes of PKCS#7: CMS (RFC 5652) and GM/T 0010. Readers
 * and writers of this folder take a family and know no algorithm of their own.
 */
import type { KeyObject } from 'node:crypto'
import type { Element } from '../der/der-reader.ts'

/** Checks one signature over bytes at hand. */
export type SignatureCheck = (signed: Buffer, signature: Buffer) => boolean

/** A signature over bytes that come in order; it ends once. */
export interface RunningSignature {
  readonly update: (chunk: Buffer) => void
  readonly finish: () => Buffer
}

/** The check of a signature over bytes that come in order; it ends once. */
export interface RunningCheck {
  readonly update: (chunk: Buffer) => void
  readonly verify: (signature: Buffer) => boolean
}

/** How a family signs. */
export interface SigningFamily {
  /** Dotted object identifiers of plain content and of SignedData. */
  readonly dataType: string
  readonly signedDataType: string
  /** Digest under which we sign: as node:crypto names it, and as AlgorithmIdentifier. */
  readonly digestName: string
  readonly digestAlgorithm: Buffer
  /** AlgorithmIdentifier of our signature. */
  readonly signatureAlgorithm: (key: KeyObject) => Buffer
  /** Signs the DER of the signed attributes; a key that lies elsewhere takes its time. */
  readonly sign: (attributes: Buffer, key: KeyObject) => Buffer | Promise<Buffer>
  /** Signs and checks the content octets themselves; undefined where signed attributes must be there. */
  readonly overContent:
    | {
        readonly startSignature: (key: KeyObject) => RunningSignature
        readonly startCheck: (key: KeyObject) => RunningCheck
      }
    | undefined
  /** Name of an announced digest; throws EnvelopeRefused WEAK_ALGORITHM for one that does not count. */
  readonly digestNameOf: (algorithm: Element) => string
  /** How to check under an announced algorithm; throws EnvelopeRefused WEAK_ALGORITHM for one that does not count. */
  readonly signatureCheckOf: (algorithm: Element, digestName: string, key: KeyObject) => SignatureCheck
  readonly isWeakKey: (key: KeyObject) => boolean
}

/** An encryption under way: its AlgorithmIdentifier and the calls that node:crypto gave. */
export interface Encryption {
  readonly algorithm: Buffer
  readonly update: (chunk: Buffer) => Buffer
  /** Last ciphertext and, where the cipher authenticates, its tag. */
  readonly finish: () => { last: Buffer; tag: Buffer | undefined }
}

/** A decryption under way; `finish` throws when tag or padding are wrong. */
export interface Decryption {
  readonly update: (chunk: Buffer) => Buffer
  readonly finish: (tag: Buffer) => Buffer
}

/** One kind of envelope that a message may be. */
export interface EnvelopeKind {
  /** Bytes of the authentication tag; 0 for a cipher that does not authenticate. */
  readonly tagBytes: number
  /** Highest structure version that is known. */
  readonly latestVersion: number
  /** Starts to decrypt; throws EnvelopeRefused WEAK_ALGORITHM when another cipher is announced. */
  readonly startDecryption: (algorithm: Element, contentKey: Buffer) => Decryption
}

/** How a recipient is named. */
export type RecipientNaming = 'issuer-and-serial' | 'key-identifier'

/** How a family encrypts. */
export interface EncryptionFamily {
  readonly dataType: string
  /** Content type, version and tag of what we write. */
  readonly envelopeType: string
  readonly envelopeVersion: number
  readonly tagBytes: number
  readonly contentKeyBytes: number
  readonly startEncryption: (contentKey: Buffer) => Encryption
  /** Length of the ciphertext without a tag; throws EnvelopeRefused for a length that the cipher cannot take. */
  readonly ciphertextBytes: (plainBytes: number) => number
  readonly recipientNaming: RecipientNaming
  /** Version of a recipient by how it is named; the first one is written, any one is read. */
  readonly recipientVersions: Readonly<Record<RecipientNaming, readonly number[]>>
  readonly transportAlgorithm: Buffer
  readonly wrap: (contentKey: Buffer, publicKey: KeyObject) => Buffer
  /** Kind of a received content type; throws EnvelopeRefused NOT_ENCRYPTED or WEAK_ALGORITHM. */
  readonly kindOf: (contentType: string) => EnvelopeKind
  /** Decrypts a content key; throws EnvelopeRefused WEAK_ALGORITHM, WRONG_ORDER or UNDECRYPTABLE. */
  readonly unwrap: (algorithm: Element, wrapped: Buffer, privateKey: KeyObject) => Buffer
}
