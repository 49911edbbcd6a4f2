/**
 * Keys of the parties of a simulated world: a key that signs and opens, its certificate, and an SSH key, each party's
 * in its own folder, secrets readable by their owner only.
 */
import { generateKeyPair, X509Certificate } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeSshKeyPair } from '../../../crypto/keyring.ts'
import { selfSignedCertificate } from '../../../crypto/self-signed-certificate.ts'

/** Simulated time may lie years from the real one, so certificates of a world are good for a long time both ways. */
const validFrom = new Date('2020-01-01T00:00:00Z')
const validTo = new Date('2049-12-31T00:00:00Z')

/** Keys of one party: texts for the other side, paths of its own. */
export interface Party {
  readonly certificatePem: string
  readonly sshPublicKey: string
  readonly paths: PartyPaths
}

/** Files of one party's keys, in its own folder. */
export interface PartyPaths {
  readonly sshKey: string
  readonly signingKey: string
  readonly certificate: string
}

/** Where a party keeps its keys. */
export function partyPaths(folder: string): PartyPaths {
  return {
    sshKey: join(folder, 'ssh-key'),
    signingKey: join(folder, 'signing-key.pem'),
    certificate: join(folder, 'certificate.pem'),
  }
}

/** What a bank keeps of the gateway's: the key that may log in and the certificate that signs. */
export function gatewayPaths(bankKeys: string): { readonly sshKey: string; readonly certificate: string } {
  return {
    sshKey: join(bankKeys, 'gateway-ssh-key.pub'),
    certificate: join(bankKeys, 'gateway-certificate.pem'),
  }
}

/** Folder of a bank's keys in the bank's own folder. */
export const bankKeysFolder = (bankFolder: string): string => join(bankFolder, 'keys')

/** A party's public SSH key without its comment, as an agreement pins it. */
export function hostKeyOf({ sshPublicKey }: Party): string {
  return sshPublicKey.split(' ').slice(0, 2).join(' ')
}

/** Makes the keys of a party in its folder. */
export async function makeParty(folder: string, commonName: string): Promise<Party> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const keyUsages = ['digitalSignature', 'keyEncipherment'] as const
  const der = selfSignedCertificate({
    privateKey,
    commonName,
    notBefore: validFrom,
    notAfter: validTo,
    keyUsages,
  })
  const certificatePem = new X509Certificate(der).toString()
  const ssh = makeSshKeyPair(commonName.replaceAll(' ', '-'))
  const paths = partyPaths(folder)
  await writeSecret(paths.signingKey, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  await writeSecret(paths.sshKey, ssh.privateKeyPem)
  await writeFile(paths.certificate, certificatePem)
  return { certificatePem, sshPublicKey: ssh.publicKeyLine, paths }
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
}

/** Makes a folder that only its owner can enter. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}
