/**
 * One contract for every envelope: bytes in, sealed bytes out, and the way back.
 * `open` hands bytes to its caller only as a finished whole: nothing is usable before everything verified.
 */
import type { KeyObject } from 'node:crypto'

/** Reads the same content from the start each time it is called; sealing may need two passes. */
export type ContentSource = () => AsyncIterable<Buffer>

/** Our side of an agreement: what we sign and open with. */
export interface OwnKeys {
  readonly signingKey: KeyObject
  /** DER of the certificate that goes with `signingKey`. */
  readonly signingCertificate: Buffer
  /** Keys that may open what the bank seals for us; several while a key is rotated. */
  readonly openingKeys: readonly { readonly key: KeyObject; readonly certificate: Buffer }[]
}

/** The other side: whom we seal for and whose signature we accept. */
export interface PeerKeys {
  /** DER of the certificate to encrypt for. */
  readonly recipientCertificate: Buffer
  /** DER of every certificate whose signature counts; pinned, so a valid chain alone is not enough. */
  readonly trustedSigners: readonly Buffer[]
}

/** Why an envelope was refused; each has its own sentence in the fault catalogue. */
export type EnvelopeRefusal =
  | 'MALFORMED'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'NOT_ENCRYPTED'
  | 'NOT_SIGNED'
  | 'WRONG_RECIPIENT'
  | 'UNKNOWN_SIGNER'
  | 'SEVERAL_SIGNERS'
  | 'BAD_SIGNATURE'
  | 'DIGEST_MISMATCH'
  | 'WEAK_ALGORITHM'
  | 'CERTIFICATE_NOT_VALID'
  | 'UNDECRYPTABLE'
  | 'EMPTY_CONTENT'
  | 'TOO_LARGE'
  | 'CERTIFICATE_REVOKED'
  | 'CHAIN_BROKEN'
  | 'REVOCATION_LIST_STALE'
  | 'REVOCATION_LIST_NOT_VALID'
  | 'SIGNATURE_TIME'
  | 'LEGACY_NOT_AGREED'
  | 'ALGORITHM_NOT_AGREED'
  | 'ALGORITHM_UNAVAILABLE'
  | 'WRONG_ORDER'
  | 'BAD_SIGNATURE_SHAPE'
  | 'CLEAR_TEXT'

/** Thrown by `open`; `code` is for our logs and exceptions, never for the sender of the bytes. */
export class EnvelopeRefused extends Error {
  override readonly name = 'EnvelopeRefused'
  readonly code: EnvelopeRefusal
  constructor(code: EnvelopeRefusal, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Keys that a file passed through, by the short names of `key-id.ts`, so that an audit can tell them; several signers
 * stand behind each other with blanks between.
 */
export interface EnvelopeKeys {
  readonly signedBy?: string
  readonly sealedFor?: string
  readonly openedBy?: string
}

/** Content that was opened and verified whole; `sha256` is in lower-case hex. */
export interface OpenedContent {
  readonly content: ContentSource
  readonly sizeBytes: number
  readonly sha256: string
  readonly keys?: EnvelopeKeys
  discard(): Promise<void>
}

/** Seals and opens for one agreement. */
export interface Envelope {
  readonly scheme: 'cms' | 'gm' | 'pgp' | 'none'
  /** Keys that `seal` uses. */
  readonly sealKeys?: EnvelopeKeys
  /** Signs, then encrypts; yields sealed bytes in order. Deterministic in content, not in bytes (fresh keys and IV). */
  seal(content: ContentSource): AsyncIterable<Buffer>
  /**
   * Opens sealed bytes. `content` may be read only after this resolved: it resolves when all verified, and rejects
   * with EnvelopeRefused otherwise, leaving nothing behind. Call `discard` when done.
   */
  open(sealed: AsyncIterable<Buffer>, at: Date): Promise<OpenedContent>
}
