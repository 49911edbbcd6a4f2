/**
 * Personal fields at rest: blocks of rows under AES-256-GCM (security.md S20, crypto.md section 5).
 * A sealed block is version 1, key id 4, IV 12, ciphertext, tag 16 bytes; its context is authenticated, so a
 * block that was moved to another place does not open.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { deriveFieldKey, type FieldKey } from './field-key.ts'

const VERSION = 1
const IV_AT = 5
const BODY_AT = 17
const TAG_BYTES = 16
/** Derived keys kept at hand; more classes than this only cost a derivation each. */
const KEPT_KEYS = 256

/** A sealed block did not open: altered, moved to another context, or sealed under a key that is not here. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

/** Seals and opens blocks of personal fields. */
export interface FieldSealer {
  /**
   * Seals `plain`. `context` says where the block belongs, for example `instruction:<batch>:<block>`; what stands
   * before its first colon is its class, and every class has a key of its own. One class must stay far below
   * 2^32 blocks.
   */
  sealBlock(plain: Buffer, context: string): Buffer
  /** Opens what `sealBlock` sealed in the same context; throws SealBroken otherwise. */
  openBlock(sealed: Buffer, context: string): Buffer
}

/** A sealer under `key`; blocks sealed under one of the `retired` keys still open, so that keys can be rotated. */
export function createFieldSealer(key: FieldKey, retired: readonly FieldKey[] = []): FieldSealer {
  const keyOf = createClassKeys([key, ...retired])
  return {
    sealBlock: (plain, context) => seal(keyOf(key.keyId, context), key.keyId, plain, context),
    openBlock: (sealed, context) => open(keyOf, sealed, context),
  }
}

/** The id (eight hex digits) of the key that a block is sealed under, for the re-encryption job. */
export function keyIdOfBlock(sealed: Buffer): string {
  if (sealed.length < BODY_AT + TAG_BYTES || sealed[0] !== VERSION) {
    throw new SealBroken('these bytes are not a sealed block of version 1')
  }
  return sealed.toString('hex', 1, IV_AT)
}

type ClassKeys = (keyId: string, context: string) => Buffer

function createClassKeys(keys: readonly FieldKey[]): ClassKeys {
  const masters = new Map<string, KeyObject>(keys.map((key) => [key.keyId, key.master]))
  const derived = new Map<string, Buffer>()
  return (keyId, context) => {
    const name = `${keyId} ${classOf(context)}`
    const kept = derived.get(name)
    if (kept !== undefined) return kept
    const master = masters.get(keyId)
    if (master === undefined) throw new SealBroken(`no key with id ${keyId} is loaded`)
    const made = deriveFieldKey(master, `seal ${classOf(context)}`, 32)
    if (derived.size >= KEPT_KEYS) derived.clear()
    derived.set(name, made)
    return made
  }
}

function classOf(context: string): string {
  const colon = context.indexOf(':')
  return colon < 0 ? context : context.slice(0, colon)
}

function seal(key: Buffer, keyId: string, plain: Buffer, context: string): Buffer {
  const sealed = Buffer.allocUnsafe(BODY_AT + plain.length + TAG_BYTES)
  const head = Buffer.concat([Buffer.of(VERSION), Buffer.from(keyId, 'hex'), randomBytes(BODY_AT - IV_AT)])
  const cipher = createCipheriv('aes-256-gcm', key, head.subarray(IV_AT), { authTagLength: TAG_BYTES })
  cipher.setAAD(authenticated(head, context))
  head.copy(sealed)
  cipher.update(plain).copy(sealed, BODY_AT)
  cipher.final()
  cipher.getAuthTag().copy(sealed, BODY_AT + plain.length)
  return sealed
}

function open(keyOf: ClassKeys, sealed: Buffer, context: string): Buffer {
  const key = keyOf(keyIdOfBlock(sealed), context)
  const tagAt = sealed.length - TAG_BYTES
  const iv = sealed.subarray(IV_AT, BODY_AT)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(authenticated(sealed, context))
  decipher.setAuthTag(sealed.subarray(tagAt))
  const plain = decipher.update(sealed.subarray(BODY_AT, tagAt))
  try {
    decipher.final()
  } catch {
    plain.fill(0)
    throw new SealBroken('a sealed block was altered or belongs to another context')
  }
  return plain
}

/** Version and key id are authenticated too, so that no byte of a sealed block may change. */
function authenticated(sealed: Buffer, context: string): Buffer {
  return Buffer.concat([sealed.subarray(0, IV_AT), Buffer.from(context, 'utf8')])
}
