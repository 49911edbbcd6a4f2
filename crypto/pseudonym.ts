/**
 * Keyed pseudonyms of account and ID numbers: 16 bytes, equal for equal values, meaningless without the key
 * (security.md S20). One AES block per value and one cipher call per batch of values; only what does not pack
 * into a block is hashed first. The packed and the hashed kind differ in their first bit before encryption.
 */
import { createCipheriv, createHmac } from 'node:crypto'
import { deriveFieldKey, type FieldKey } from './field-key.ts'

const BLOCK_BYTES = 16
/** One byte of the block is the length, the other fifteen hold two characters each. */
const LONGEST_PACKED = 30
const UNUSED_NIBBLE = 0xf

/** What a pseudonym stands for; the same digits as an account and as an ID number give unrelated pseudonyms. */
export type PseudonymKind = 'account' | 'person'

/** Turns account numbers and ID numbers into pseudonyms. */
export interface Pseudonymizer {
  /** Pseudonyms of account numbers, 16 bytes each, in order; throws RangeError for a blank value. */
  accounts(values: readonly string[]): Buffer
  /** Pseudonyms of ID numbers, 16 bytes each, in order; throws RangeError for a blank value. */
  persons(values: readonly string[]): Buffer
  /** The pseudonym of one value, 16 bytes. */
  one(kind: PseudonymKind, value: string): Buffer
}

/** A pseudonymizer under `key`; its own keys are derived, one pair for accounts and one for persons. */
export function createPseudonymizer(key: FieldKey): Pseudonymizer {
  const accounts = createBlocks(key, 'account', normalizeAccount)
  const persons = createBlocks(key, 'person', normalizePerson)
  return {
    accounts,
    persons,
    one: (kind, value) => (kind === 'account' ? accounts([value]) : persons([value])),
  }
}

/** The `index`-th pseudonym of a buffer as 32 hex digits, which PostgreSQL reads as a uuid. */
export function toUuid(pseudonyms: Buffer, index = 0): string {
  const at = index * BLOCK_BYTES
  if (index < 0 || at + BLOCK_BYTES > pseudonyms.length)
    throw new RangeError(`there is no pseudonym number ${index}`)
  return pseudonyms.toString('hex', at, at + BLOCK_BYTES)
}

/** An account number as it is compared: trimmed, full-width characters made half-width, case kept. */
export function normalizeAccount(value: string): string {
  return toHalfWidth(value).trim()
}

/** An ID number as it is compared: like an account number, with its letters in upper case. */
export function normalizePerson(value: string): string {
  return normalizeAccount(value).replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

function createBlocks(key: FieldKey, kind: PseudonymKind, normalize: (value: string) => string) {
  const aesKey = deriveFieldKey(key.master, `pseudonym ${kind} block`, 32)
  const hmacKey = deriveFieldKey(key.master, `pseudonym ${kind} hash`, 32)
  return (values: readonly string[]): Buffer => {
    const blocks = Buffer.alloc(values.length * BLOCK_BYTES)
    let at = 0
    for (const value of values) {
      if (!pack(value, blocks, at)) packNormalized(normalize(value), blocks, at, hmacKey)
      at += BLOCK_BYTES
    }
    return createCipheriv('aes-256-ecb', aesKey, null).setAutoPadding(false).update(blocks)
  }
}

function packNormalized(value: string, blocks: Buffer, at: number, hmacKey: Buffer): void {
  if (value === '') throw new RangeError(`value number ${at / BLOCK_BYTES} is blank and has no pseudonym`)
  if (pack(value, blocks, at)) return
  createHmac('sha256', hmacKey).update(value, 'utf8').digest().copy(blocks, at, 0, BLOCK_BYTES)
  blocks.writeUInt8(blocks.readUInt8(at) | 0x80, at)
}

/** Packs up to 30 digits, X and hyphens, unused places filled; false when the value does not fit that form. */
function pack(value: string, blocks: Buffer, at: number): boolean {
  const length = value.length
  if (length === 0 || length > LONGEST_PACKED) return false
  for (let place = 0; place < LONGEST_PACKED; place += 2) {
    const high = nibbleAt(value, place, length)
    const low = nibbleAt(value, place + 1, length)
    if (high < 0 || low < 0) return false
    blocks[at + 1 + (place >> 1)] = (high << 4) | low
  }
  blocks[at] = length
  return true
}

function nibbleAt(value: string, place: number, length: number): number {
  if (place >= length) return UNUSED_NIBBLE
  const code = value.charCodeAt(place)
  if (code >= 48 && code <= 57) return code - 48
  if (code === 88) return 10
  return code === 45 ? 11 : -1
}

function toHalfWidth(value: string): string {
  return value.replace(/[\u3000\uff01-\uff5e]/g, (wide) =>
    wide === '\u3000' ? ' ' : String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
  )
}
