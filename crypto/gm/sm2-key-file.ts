/**
 * Reads an SM2 private key out of the bytes of a file: PKCS#8 in PEM or DER, plain or encrypted, or SEC1 in PEM.
 * Refusals are KeyRefused and hold no secret.
 */
import { createPrivateKey } from 'node:crypto'
import { childOf, readElement } from '../der/der-reader.ts'
import { TAG } from '../der/der-writer.ts'
import { KeyRefused } from '../secret-file.ts'
import { isGmEncrypted, openGmEncrypted } from './encrypted-pkcs8.ts'
import { type Sm2PrivateKey, sm2PrivateKeyOf, sm2PrivateKeyOfPkcs8, sm2PrivateKeyOfSec1 } from './sm2-keys.ts'

const PEM_BLOCK = /-----BEGIN ((?:ENCRYPTED |EC )?PRIVATE KEY)-----([\sA-Za-z0-9+/=]+)-----END \1-----/

/** Reads a key; throws KeyRefused NOT_A_KEY, PASSPHRASE_MISSING or WRONG_PASSPHRASE. */
export function readSm2PrivateKey(bytes: Buffer, passphrase?: string): Sm2PrivateKey {
  const { label, encoded } = unarmored(bytes)
  switch (label) {
    case 'EC PRIVATE KEY':
      return sm2PrivateKeyOfSec1(encoded)
    case 'ENCRYPTED PRIVATE KEY':
      return openEncrypted(encoded, passphrase)
    case 'PRIVATE KEY':
      return sm2PrivateKeyOfPkcs8(encoded)
  }
}

type Label = 'EC PRIVATE KEY' | 'ENCRYPTED PRIVATE KEY' | 'PRIVATE KEY'

function unarmored(bytes: Buffer): { label: Label; encoded: Buffer } {
  const [, label, body] = PEM_BLOCK.exec(bytes.toString('latin1')) ?? []
  if (label === 'EC PRIVATE KEY' || label === 'ENCRYPTED PRIVATE KEY' || label === 'PRIVATE KEY') {
    return { label, encoded: Buffer.from(body ?? '', 'base64') }
  }
  return { label: isEncryptedDer(bytes) ? 'ENCRYPTED PRIVATE KEY' : 'PRIVATE KEY', encoded: bytes }
}

/** An encrypted key begins with its scheme, a plain one with its version. */
function isEncryptedDer(bytes: Buffer): boolean {
  try {
    childOf(readElement(bytes), 0, TAG.sequence)
    return true
  } catch {
    return false
  }
}

function openEncrypted(encoded: Buffer, passphrase: string | undefined): Sm2PrivateKey {
  if (passphrase === undefined) {
    throw new KeyRefused('PASSPHRASE_MISSING', 'the private key is encrypted and no passphrase is given')
  }
  if (!isGmEncrypted(encoded)) return openByNode(encoded, passphrase)
  const opened = openGmEncrypted(encoded, passphrase)
  const key = sm2PrivateKeyOfPkcs8(opened)
  opened.fill(0)
  return key
}

function openByNode(encoded: Buffer, passphrase: string): Sm2PrivateKey {
  try {
    return sm2PrivateKeyOf(createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8', passphrase }))
  } catch (error) {
    if (error instanceof KeyRefused) throw error
    throw new KeyRefused('WRONG_PASSPHRASE', 'the passphrase does not open the private key')
  }
}
