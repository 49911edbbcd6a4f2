/**
 * What an agreement, or the flags of a command, fix of an envelope: family, steps, and keys by file. Secrets are never
 * in here. A direction that is not used needs no keys.
 */

import type { ContentCipher } from './cms/content-cipher.ts'
import type { KeyTransport } from './cms/key-transport.ts'
import type { EnvelopeSteps } from './envelope-steps.ts'
import type { GmLayout, GmOptions } from './gm/gm-envelope.ts'
import type { KeyPairPaths } from './keyring.ts'
import type { LegacyCheck } from './legacy/legacy-agreement.ts'
import type { PgpPublicKeyPath, PgpSecretKeyPath } from './pgp/pgp-keyring.ts'
import type { TokenKeyPlace } from './pkcs11/token-session.ts'
import type { SignaturePadding, SigningDigest } from './signer.ts'

/** What every family knows. */
export interface CommonTerms {
  /** Default: sign, then encrypt, both ways; nothing at all for `none`. */
  readonly steps?: EnvelopeSteps
  /** Largest content either way; default 4 GiB. */
  readonly maxContentBytes?: number
}

/** Keys with X.509 certificates: RSA and NIST curves for CMS, SM2 for gm. */
export interface CertifiedTerms extends CommonTerms {
  readonly signing?: KeyPairPaths
  /** Every key that may open while one is rotated; without it the signing key opens. */
  readonly opening?: readonly KeyPairPaths[]
  readonly recipientPath?: string
  /** Pinned certificates, several while the bank rotates its own. */
  readonly trustedSignerPaths?: readonly string[]
  /** Pinned roots, of which one must stand behind every certificate of the bank. */
  readonly rootPaths?: readonly string[]
  readonly intermediatePaths?: readonly string[]
  /** Read anew whenever a file changes. */
  readonly revocationListPaths?: readonly string[]
}

/** CMS (RFC 5652). */
export interface CmsTerms extends CertifiedTerms {
  readonly scheme: 'cms'
  readonly cipher?: ContentCipher
  readonly keyTransport?: KeyTransport
  readonly digest?: SigningDigest
  /** Padding of our RSA signature. */
  readonly padding?: SignaturePadding
  /** In place of `signing`: a key that stays in a token. It signs only; `opening` must name keys of its own. */
  readonly signingToken?: TokenKeyPlace & { readonly certificatePath: string }
}

/** The Chinese family; `options` are those of `createGmEnvelope`. That nothing is encrypted, the steps say. */
export interface GmTerms extends CertifiedTerms {
  readonly scheme: 'gm'
  readonly options?: Omit<
    GmOptions,
    'scratchFolder' | 'authorities' | 'maxContentBytes' | 'now' | 'layout'
  > & { readonly layout?: Exclude<GmLayout, 'gmt0010-signed'> }
}

/** OpenPGP. */
export interface PgpTerms extends CommonTerms {
  readonly scheme: 'pgp'
  readonly signing?: PgpSecretKeyPath
  readonly opening?: readonly PgpSecretKeyPath[]
  readonly recipient?: PgpPublicKeyPath
  readonly trustedSigners?: readonly PgpPublicKeyPath[]
  readonly armored?: boolean
}

/** No envelope; weak checks of some banks only where they are named. */
export interface NoneTerms extends CommonTerms {
  readonly scheme: 'none'
  readonly legacy?: LegacyTerms
}

/** A weak check that the agreement names, with the pinned certificates of the bank. */
export interface LegacyTerms {
  readonly check: Extract<LegacyCheck, 'rsa-sha1-xml'>
  readonly trustedSignerPaths: readonly string[]
  /** Where the bank signs its text in UTF-8 and sends it in GBK. */
  readonly signedAs?: 'as-sent' | 'utf-8'
}

/** Terms of any family. */
export type EnvelopeTerms = CmsTerms | GmTerms | PgpTerms | NoneTerms

/** What is not agreed but belongs to the machine. */
export interface EnvelopeUse {
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  /** Default: the clock of the machine. */
  readonly now?: () => Date
}
