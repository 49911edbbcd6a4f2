/**
 * Short names of keys for audits: enough to tell which key it was, and made of public things only. A certificate is
 * named by the first 16 hex digits of its SHA-256 fingerprint, an OpenPGP key by those of its own fingerprint.
 */
import { createHash } from 'node:crypto'

const SHOWN_DIGITS = 16

/** Written while a file is opened: whose key opened it and whose signature counted; both by their short names. */
export interface KeyTrail {
  openedBy?: string
  signedBy?: string
}

/** Name of the key of a certificate (DER): `sha256:` and 16 hex digits. */
export function certificateKeyId(certificate: Buffer): string {
  return `sha256:${createHash('sha256').update(certificate).digest('hex').slice(0, SHOWN_DIGITS)}`
}

/** Name of an OpenPGP key by its fingerprint in hex: `pgp:` and 16 hex digits. */
export function pgpKeyId(fingerprint: string): string {
  return `pgp:${fingerprint.replace(/\s/g, '').slice(0, SHOWN_DIGITS).toLowerCase()}`
}
