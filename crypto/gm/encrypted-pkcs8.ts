/**
 * Opens private keys that GmSSL and Chinese authorities encrypt with PBES2 over HMAC-SM3 and SM4-CBC (RFC 8018 with
 * the object identifiers of GM/T 0006), which node:crypto and the openssl command refuse as "unsupported prf".
 */
import { pbkdf2Sync } from 'node:crypto'
import {
  BadEncoding,
  childOf,
  type Element,
  octetsOf,
  oidOf,
  readElement,
  smallIntegerOf,
} from '../der/der-reader.ts'
import { TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { KeyRefused } from '../secret-file.ts'
import { GM_OID } from './gm-oids.ts'
import { SM4_BYTES, startSm4Decryption } from './sm4.ts'

/** About two seconds of key derivation; GmSSL writes 65,536 rounds. */
const MOST_ROUNDS = 1_000_000

/** True when the structure (EncryptedPrivateKeyInfo, DER) is in the form that only this file opens. */
export function isGmEncrypted(encoded: Buffer): boolean {
  try {
    return paramsOf(readElement(encoded)) !== undefined
  } catch (error) {
    if (error instanceof BadEncoding) return false
    throw error
  }
}

/** Decrypts to PKCS#8 (DER); throws KeyRefused WRONG_PASSPHRASE, or NOT_A_KEY for another form. */
export function openGmEncrypted(encoded: Buffer, passphrase: string): Buffer {
  const info = readElement(encoded)
  const params = paramsOf(info)
  if (params === undefined) throw new KeyRefused('NOT_A_KEY', 'the private key is encrypted in another form')
  const key = pbkdf2Sync(passphrase, params.salt, params.rounds, SM4_BYTES, 'sm3')
  try {
    const cipher = startSm4Decryption(key, { mode: 'cbc', iv: params.iv, padding: 'pkcs7' })
    const decrypted = Buffer.concat([
      cipher.update(octetsOf(childOf(info, 1, TAG.octetString))),
      cipher.finish(),
    ])
    readElement(decrypted)
    return decrypted
  } catch (error) {
    if (!(error instanceof EnvelopeRefused) && !(error instanceof BadEncoding)) throw error
    throw new KeyRefused('WRONG_PASSPHRASE', 'the passphrase does not open the private key')
  } finally {
    key.fill(0)
  }
}

interface Params {
  readonly salt: Buffer
  readonly rounds: number
  readonly iv: Buffer
}

/** Undefined unless PBES2 is there with exactly these algorithms; throws BadEncoding or KeyRefused. */
function paramsOf(info: Element): Params | undefined {
  const scheme = childOf(info, 0, TAG.sequence)
  if (oidAt(scheme) !== GM_OID.pbes2) return undefined
  const [derivation, cipher] = [0, 1].map((at) => childOf(childOf(scheme, 1, TAG.sequence), at, TAG.sequence))
  if (derivation === undefined || cipher === undefined) return undefined
  const isSm4 = oidAt(cipher) === GM_OID.sm4Cbc || oidAt(cipher) === GM_OID.sm4
  if (oidAt(derivation) !== GM_OID.pbkdf2 || !isSm4) return undefined
  const how = childOf(derivation, 1, TAG.sequence)
  const prf = how.children.find(({ tag }) => tag === TAG.sequence)
  if (prf === undefined || oidAt(prf) !== GM_OID.hmacSm3) return undefined
  const rounds = smallIntegerOf(childOf(how, 1, TAG.integer))
  if (rounds < 1 || rounds > MOST_ROUNDS) {
    throw new KeyRefused(
      'NOT_A_KEY',
      `the key asks for ${rounds} key derivation rounds; ${MOST_ROUNDS} are allowed`,
    )
  }
  const iv = octetsOf(childOf(cipher, 1, TAG.octetString))
  if (iv.length !== SM4_BYTES) return undefined
  return { salt: octetsOf(childOf(how, 0, TAG.octetString)), rounds, iv }
}

function oidAt(algorithm: Element): string {
  return oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
}
