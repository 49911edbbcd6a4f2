/**
 * Reads small secret files (keys, passphrases) and refuses those that other accounts of the machine may read.
 * No message of this file holds a byte of what was read.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Largest secret file that is read; a PKCS#12 with a long chain stays far below. */
const LARGEST_SECRET_BYTES = 1024 * 1024

/** Why a key, passphrase or certificate file was refused. */
export type KeyRefusal =
  | 'UNREADABLE'
  | 'OPEN_PERMISSIONS'
  | 'TOO_LARGE'
  | 'NOT_A_KEY'
  | 'NOT_A_CERTIFICATE'
  | 'WRONG_PASSPHRASE'
  | 'PASSPHRASE_MISSING'
  | 'KEY_AND_CERTIFICATE_DIFFER'
  | 'WEAK_KEY'
  | 'FINGERPRINT_DIFFERS'
  | 'TOKEN_UNAVAILABLE'
  | 'TOKEN_REFUSED'
  | 'WRONG_PIN'

/** A key file cannot be used; the message names the file and the reason, never its contents. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused'
  readonly code: KeyRefusal
  constructor(code: KeyRefusal, message: string) {
    super(message)
    this.code = code
  }
}

/** Reads a file of at most 1 MiB that needs no secrecy, such as a certificate; throws KeyRefused. */
export function readPublicFile(path: string): Buffer {
  return readSmallFile(path, false)
}

/** Reads a secret of at most 1 MiB; throws KeyRefused when anyone but the owner may read or write the file. */
export function readSecretFile(path: string): Buffer {
  return readSmallFile(path, true)
}

/** Reads a passphrase: the file's text without its final line end. */
export function readPassphrase(path: string): string {
  return readSecretFile(path)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function readSmallFile(path: string, secret: boolean): Buffer {
  const descriptor = openOrRefuse(path)
  try {
    const { mode, size } = fstatSync(descriptor)
    if (secret && (mode & 0o077) !== 0) throw new KeyRefused('OPEN_PERMISSIONS', openPermissions(path, mode))
    if (size > LARGEST_SECRET_BYTES) throw new KeyRefused('TOO_LARGE', `${path} is larger than 1 MiB`)
    const bytes = Buffer.alloc(size)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, size, 0))
  } catch (error) {
    if (error instanceof KeyRefused) throw error
    throw new KeyRefused('UNREADABLE', `${path} cannot be read: ${systemCode(error)}`)
  } finally {
    closeSync(descriptor)
  }
}

function openOrRefuse(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new KeyRefused('UNREADABLE', `${path} cannot be opened: ${systemCode(error)}`)
  }
}

function openPermissions(path: string, mode: number): string {
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  return `${path} has permissions ${shown}; a secret must be 0600 or stricter (chmod 600)`
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
