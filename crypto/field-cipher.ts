/**
 * Encrypts single fields of a bank file with SM4 (bank-formats §3.13): the same text under the same key always gives
 * the same ciphertext, since composing a file twice must give the same bytes. Integrity comes from the file's envelope.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { KeyRefused, readSecretFile } from './secret-file.ts'

/** How an agreement has fields encrypted. */
export interface FieldCipherOptions {
  readonly algorithm: 'sm4-ecb' | 'sm4-cbc'
  /** How ciphertext is written; hex is written small and read in either case. */
  readonly encoding: 'hex' | 'base64'
  /**
   * The IV that the bank prescribes, 16 bytes, for `sm4-cbc`. Without one it is derived from key and text and stands
   * before the ciphertext.
   */
  readonly iv?: Buffer
  /** Bytes of a text and back; `decode` throws for bytes that are none. UTF-8 unless told. */
  readonly text?: { encode(text: string): Buffer; decode(bytes: Buffer): string }
}

/** Seals and opens single fields; `open` gives undefined for what is no ciphertext of this key. */
export interface SealedFields {
  seal(text: string): string
  open(ciphertext: string): string | undefined
}

const blockBytes = 16

/** Reads an SM4 key: a secret file of 32 hex digits. Throws KeyRefused. */
export function readFieldCipherKey(path: string): Buffer {
  const digits = readSecretFile(path).toString('latin1').trim()
  if (!/^[0-9a-f]{32}$/i.test(digits))
    throw new KeyRefused('NOT_A_KEY', `${path} is no SM4 key: 32 hex digits in one line`)
  return Buffer.from(digits, 'hex')
}

/** Makes a cipher with a key of 16 bytes. Throws KeyRefused for another size, or an IV of another size. */
export function createFieldCipher(key: Buffer, options: FieldCipherOptions): SealedFields {
  if (key.length !== blockBytes) throw new KeyRefused('NOT_A_KEY', 'an SM4 key has 16 bytes')
  if (options.iv !== undefined && options.iv.length !== blockBytes)
    throw new KeyRefused('NOT_A_KEY', 'an SM4 IV has 16 bytes')
  const { encode, decode } = options.text ?? utf8
  const { encoding } = options
  return {
    seal: (text) => sealBytes(key, options, encode(text)).toString(encoding),
    open(ciphertext) {
      const bytes = bytesOf(ciphertext, encoding)
      const plain = bytes && openBytes(key, options, bytes)
      return plain && textOf(plain, decode)
    },
  }
}

const utf8 = {
  encode: (text: string): Buffer => Buffer.from(text, 'utf8'),
  decode: (bytes: Buffer): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
}

/** Buffer.from forgives what is no hex or Base64 at all, so the shape is asked first. */
function bytesOf(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const shape =
    encoding === 'hex'
      ? /^(?:[0-9a-fA-F]{2})+$/
      : /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
  if (text === '' || !shape.test(text)) return undefined
  const bytes = Buffer.from(text, encoding)
  return bytes.length % blockBytes === 0 ? bytes : undefined
}

function sealBytes(key: Buffer, { algorithm, iv }: FieldCipherOptions, plain: Buffer): Buffer {
  if (algorithm === 'sm4-ecb') return run(createCipheriv('sm4-ecb', key, null), plain)
  const used = iv ?? derivedIv(key, plain)
  const sealed = run(createCipheriv('sm4-cbc', key, used), plain)
  return iv === undefined ? Buffer.concat([used, sealed]) : sealed
}

const derivedIv = (key: Buffer, plain: Buffer): Buffer =>
  createHmac('sha256', key).update('huida field iv').update(plain).digest().subarray(0, blockBytes)

const run = (cipher: ReturnType<typeof createCipheriv>, bytes: Buffer): Buffer =>
  Buffer.concat([cipher.update(bytes), cipher.final()])

function openBytes(key: Buffer, { algorithm, iv }: FieldCipherOptions, sealed: Buffer): Buffer | undefined {
  try {
    if (algorithm === 'sm4-ecb') return decipher(createDecipheriv('sm4-ecb', key, null), sealed)
    if (iv !== undefined) return decipher(createDecipheriv('sm4-cbc', key, iv), sealed)
    const used = sealed.subarray(0, blockBytes)
    const plain = decipher(createDecipheriv('sm4-cbc', key, used), sealed.subarray(blockBytes))
    return timingSafeEqual(derivedIv(key, plain), used) ? plain : undefined
  } catch {
    // Wrong padding, or nothing after the IV: it is no ciphertext of this key.
    return undefined
  }
}

const decipher = (cipher: ReturnType<typeof createDecipheriv>, bytes: Buffer): Buffer =>
  Buffer.concat([cipher.update(bytes), cipher.final()])

function textOf(bytes: Buffer, decode: (bytes: Buffer) => string): string | undefined {
  try {
    return decode(bytes)
  } catch {
    return undefined
  }
}
