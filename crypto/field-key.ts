/**
 * The master key of personal fields: 64 random bytes in a 0600 file, outside the database (security.md S19).
 * The key id is derived from the key, so a damaged file is noticed before it seals anything.
 */
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { KeyRefused, readSecretFile } from './secret-file.ts'

const MASTER_BYTES = 64
const FILE_FORM = /^huida-field-key:1:([0-9a-f]{8}):([A-Za-z0-9+/]{86}==)\s*$/

/** A master key and its id, eight hex digits; the bytes stay inside a KeyObject, which never prints them. */
export interface FieldKey {
  readonly keyId: string
  readonly master: KeyObject
}

/** Makes a field key of 64 bytes; throws KeyRefused for any other size. */
export function fieldKeyOf(bytes: Buffer): FieldKey {
  if (bytes.length !== MASTER_BYTES) throw new KeyRefused('NOT_A_KEY', `a field key is ${MASTER_BYTES} bytes`)
  const master = createSecretKey(bytes)
  return { keyId: deriveFieldKey(master, 'key id', 4).toString('hex'), master }
}

/** Derives a key of `sizeBytes` from the master by HKDF-SHA-256; another `purpose` gives an unrelated key. */
export function deriveFieldKey(master: KeyObject, purpose: string, sizeBytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', master, 'huida field key', purpose, sizeBytes))
}

/** Loads the field key of a production service; throws KeyRefused when the file is missing, open or damaged. */
export function loadFieldKey(path: string): FieldKey {
  const [, keyId, encoded] = FILE_FORM.exec(readSecretFile(path).toString('latin1')) ?? []
  if (keyId === undefined || encoded === undefined) {
    throw new KeyRefused(
      'NOT_A_KEY',
      `${path} is not a field key file of one line huida-field-key:1:<id>:<base64>`,
    )
  }
  const key = fieldKeyOf(Buffer.from(encoded, 'base64'))
  if (key.keyId !== keyId)
    throw new KeyRefused('NOT_A_KEY', `${path} is damaged: its key id does not fit its key`)
  return key
}

/** Loads the field key, or makes it the first time (folder and file for the owner only); never overwrites one. */
export function loadOrMakeFieldKey(path: string): FieldKey {
  if (!existsSync(path)) makeFieldKeyFile(path)
  return loadFieldKey(path)
}

/** The file appears whole or not at all, and the first of two processes that start together wins. */
function makeFieldKeyFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const bytes = randomBytes(MASTER_BYTES)
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  writeDurably(draft, `huida-field-key:1:${fieldKeyOf(bytes).keyId}:${bytes.toString('base64')}\n`)
  try {
    linkSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
