/**
 * Opens PKCS#12 files (RFC 7292) through node-forge, which only decodes here: it decides no signature and no
 * chain. Its key derivation blocks the process, so files with very many rounds are refused first.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { type Element, readElement } from './der/der-reader.ts'
import { TAG } from './der/der-writer.ts'
import { KeyRefused, readSecretFile } from './secret-file.ts'

/** About three seconds of key derivation; openssl writes 2,048 rounds. */
const MOST_ROUNDS = 100_000

/** Gives the one private key of the file with the certificate that belongs to it; throws KeyRefused. */
export function openPkcs12(path: string, passphrase: string): { key: KeyObject; certificate: Buffer } {
  const bytes = readSecretFile(path)
  refuseManyRounds(bytes, path)
  const { keys, certificates } = decode(bytes, passphrase, path)
  const [key, ...others] = keys
  if (key === undefined || others.length > 0) {
    throw new KeyRefused('NOT_A_KEY', `${path} holds ${keys.length} private keys; exactly one is needed`)
  }
  const certificate = certificates.find((candidate) => candidate.checkPrivateKey(key))
  if (certificate === undefined) {
    throw new KeyRefused('KEY_AND_CERTIFICATE_DIFFER', `${path} holds no certificate that belongs to its key`)
  }
  return { key, certificate: Buffer.from(certificate.raw) }
}

/** DER of the certificate that belongs to the key of the file; throws KeyRefused. */
export function pkcs12Certificate(path: string, passphrase: string): Buffer {
  return openPkcs12(path, passphrase).certificate
}

interface Decoded {
  readonly keys: KeyObject[]
  readonly certificates: X509Certificate[]
}

/** Messages of the library are dropped: they are not written with secrets in mind. */
function decode(bytes: Buffer, passphrase: string, path: string): Decoded {
  try {
    const file = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(bytes.toString('latin1')), true, passphrase)
    const bags = file.safeContents.flatMap((contents) => contents.safeBags)
    const { keyBag = '', pkcs8ShroudedKeyBag = '', certBag = '' } = forge.pki.oids
    return {
      keys: bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag).map(keyOf),
      certificates: bags.filter(({ type }) => type === certBag).map(certificateOf),
    }
  } catch (error) {
    const wrong = error instanceof Error && /password|decrypt|MAC could not/i.test(error.message)
    if (wrong) throw new KeyRefused('WRONG_PASSPHRASE', `the passphrase does not open ${path}`)
    throw new KeyRefused('NOT_A_KEY', `${path} is not a PKCS#12 file that can be read`)
  }
}

/** Keys that the library does not know (EC) come as the PKCS#8 structure that they are. */
function keyOf(bag: forge.pkcs12.Bag): KeyObject {
  if (bag.key) return createPrivateKey(forge.pki.privateKeyToPem(bag.key))
  return createPrivateKey({ key: derOf(bag.asn1), format: 'der', type: 'pkcs8' })
}

function certificateOf(bag: forge.pkcs12.Bag): X509Certificate {
  return new X509Certificate(derOf(bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1))
}

function derOf(structure: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(structure).getBytes(), 'latin1')
}

function refuseManyRounds(bytes: Buffer, path: string): void {
  const file = readOrUndefined(bytes)
  if (file === undefined) throw new KeyRefused('NOT_A_KEY', `${path} is not a PKCS#12 file that can be read`)
  if (mostRounds(file) > MOST_ROUNDS) {
    throw new KeyRefused('NOT_A_KEY', `${path} asks for more than ${MOST_ROUNDS} key derivation rounds`)
  }
}

/** Rounds always follow their salt, so the largest integer right after an octet string is what counts. */
function mostRounds(element: Element): number {
  let most = 0
  element.children.forEach((child, index) => {
    const salted = element.children[index - 1]?.tag === TAG.octetString && child.tag === TAG.integer
    if (salted) most = Math.max(most, Number(`0x0${child.content.toString('hex')}`))
    const inner = child.tag === TAG.octetString ? readOrUndefined(child.content) : child
    if (inner !== undefined) most = Math.max(most, mostRounds(inner))
  })
  return most
}

function readOrUndefined(bytes: Buffer): Element | undefined {
  try {
    return readElement(bytes)
  } catch {
    return undefined
  }
}
