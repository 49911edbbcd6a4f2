/** Keys of a simulated bank behind an API and of its customer, made once and kept in the bank's own folder. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSm2PrivateKey } from '../../../crypto/gm/sm2-key-file.ts'
import { makeSm2Key, type Sm2PrivateKey } from '../../../crypto/gm/sm2-keys.ts'
import { selfSignedCertificate } from '../../../crypto/self-signed-certificate.ts'

/** A secret of a bank: what it holds and where it lies. */
export interface KeptSecret {
  readonly path: string
  readonly content: Buffer
}

/** Reads a secret of a bank, or makes it when it is not there yet; its owner alone can read it. */
export async function keptSecret(
  folder: string,
  name: string,
  make: () => string | Buffer,
): Promise<KeptSecret> {
  const keys = join(folder, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const path = join(keys, name)
  const known = await readFile(path).catch(() => undefined)
  if (known !== undefined) return { path, content: known }
  const content = Buffer.from(make())
  await writeFile(path, content, { mode: 0o600 })
  return { path, content }
}

/** A server's key and certificate. */
export interface DoorIdentity {
  readonly key: string
  readonly certificate: Buffer
}

/** The key and certificate with which a bank's server is known; good from 2020 to 2049. */
export async function doorIdentity(folder: string): Promise<DoorIdentity> {
  const { content } = await keptSecret(folder, 'door-key.pem', newDoorKey)
  const key = content.toString('latin1')
  const { content: certificate } = await keptSecret(folder, 'door-certificate.der', () => certified(key))
  return { key, certificate }
}

/** A server's identity that nobody keeps. */
export function passingIdentity(): DoorIdentity {
  const key = newDoorKey()
  return { key, certificate: certified(key) }
}

const newDoorKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

const certified = (key: string): Buffer =>
  selfSignedCertificate({
    privateKey: createPrivateKey(key),
    commonName: 'simulated bank API',
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2049-12-31T00:00:00Z'),
    keyUsages: ['digitalSignature'],
  })

/** An SM2 key of the bank or of its customer. */
export async function keptSm2(folder: string, name: string): Promise<{ key: Sm2PrivateKey; path: string }> {
  const { content, path } = await keptSecret(folder, name, () =>
    makeSm2Key().key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  return { key: readSm2PrivateKey(content), path }
}

/** An RSA key of the bank or of its customer, with its public half. */
export async function keptRsa(
  folder: string,
  name: string,
): Promise<{ privateKey: KeyObject; publicPem: string; path: string }> {
  const { content, path } = await keptSecret(folder, name, () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  )
  const privateKey = createPrivateKey(content)
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  return { privateKey, publicPem, path }
}

/** The SM4 key that both sides hold. */
export async function keptSm4(folder: string): Promise<{ key: Buffer; path: string }> {
  const { content, path } = await keptSecret(folder, 'symmetric-key', () => randomBytes(16).toString('hex'))
  return { key: Buffer.from(content.toString('latin1'), 'hex'), path }
}
