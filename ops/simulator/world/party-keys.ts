/**
 * Keys of the parties of a simulated world: an SSH key, and for every family of envelopes that a party uses a key that
 * signs and opens, each party's in its own folder, secrets readable by their owner only.
 */
import { generateKeyPair, X509Certificate } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gmCertificateSigning } from '../../../crypto/gm/gm-keyring.ts'
import { makeSm2Key } from '../../../crypto/gm/sm2-keys.ts'
import { makeSshKeyPair } from '../../../crypto/keyring.ts'
import { makePgpKeyPair } from '../../../crypto/pgp/pgp-keyring.ts'
import { type SelfSigned, selfSignedCertificate } from '../../../crypto/self-signed-certificate.ts'

/** Simulated time may lie years from the real one, so keys of a world are good for a long time both ways. */
const validFrom = new Date('2020-01-01T00:00:00Z')
const validTo = new Date('2049-12-31T00:00:00Z')
const dayMs = 86_400_000

/** Kinds of keys: RSA and SM2 with certificates, OpenPGP with fingerprints. */
export type KeyFamily = 'rsa' | 'sm2' | 'pgp'

/** Files of one key: the secret one and what the other side gets, a certificate or an OpenPGP key. */
export interface KeyFiles {
  readonly secretKey: string
  readonly publicKey: string
}

/** Files of one party's keys, in its own folder. */
export interface PartyPaths extends Readonly<Record<KeyFamily, KeyFiles>> {
  readonly sshKey: string
}

/** What a party gives away of a key; `fingerprint` is empty where certificates are compared whole. */
export interface PublishedKey {
  readonly text: string
  readonly fingerprint: string
}

/** A published key where the other side keeps it. */
export interface PublicKeyFile {
  readonly path: string
  readonly fingerprint: string
}

/** Keys of one party: texts for the other side, paths of its own. */
export interface Party {
  readonly sshPublicKey: string
  readonly paths: PartyPaths
  /** What it gives away of the key of a family. Throws when the party was made without that family. */
  published(family: KeyFamily): PublishedKey
}

/** Where a party keeps its keys. */
export function partyPaths(folder: string): PartyPaths {
  const at = (secretKey: string, publicKey: string): KeyFiles => ({
    secretKey: join(folder, secretKey),
    publicKey: join(folder, publicKey),
  })
  return {
    sshKey: join(folder, 'ssh-key'),
    rsa: at('signing-key.pem', 'certificate.pem'),
    sm2: at('sm2-key.pem', 'sm2-certificate.pem'),
    pgp: at('pgp-secret-key.asc', 'pgp-public-key.asc'),
  }
}

/** Folder of a bank's keys in the bank's own folder. */
export const bankKeysFolder = (bankFolder: string): string => join(bankFolder, 'keys')

/** Where a bank keeps the gateway's public SSH key, the only one that may log in. */
export const gatewaySshKey = (bankKeys: string): string => join(bankKeys, 'gateway-ssh-key.pub')

/** A party's public SSH key without its comment, as an agreement pins it. */
export function hostKeyOf({ sshPublicKey }: Party): string {
  return sshPublicKey.split(' ').slice(0, 2).join(' ')
}

/** Makes the keys of a party in its folder, of the families that it needs. */
export async function makeParty(
  folder: string,
  commonName: string,
  families: readonly KeyFamily[],
): Promise<Party> {
  const paths = partyPaths(folder)
  const ssh = makeSshKeyPair(commonName.replaceAll(' ', '-'))
  await writeSecret(paths.sshKey, ssh.privateKeyPem)
  const made = new Map<KeyFamily, PublishedKey>()
  for (const family of new Set(families)) {
    const { secret, text, fingerprint } = await makers[family](commonName)
    await writeSecret(paths[family].secretKey, secret)
    await writeFile(paths[family].publicKey, text)
    made.set(family, { text, fingerprint })
  }
  return {
    sshPublicKey: ssh.publicKeyLine,
    paths,
    published(family) {
      const key = made.get(family)
      if (key === undefined) throw new RangeError(`${commonName} has no ${family} key`)
      return key
    },
  }
}

/** Gives what a party published to the other side, which keeps it in a folder of its own. */
export async function handOver(
  folder: string,
  owner: string,
  party: Party,
  family: KeyFamily,
): Promise<PublicKeyFile> {
  const { text, fingerprint } = party.published(family)
  const path = join(folder, `${owner}-${family === 'pgp' ? 'public-key.asc' : 'certificate.pem'}`)
  await writeFile(path, text)
  return { path, fingerprint }
}

interface MadeKey extends PublishedKey {
  readonly secret: string
}

const makers: Readonly<Record<KeyFamily, (commonName: string) => Promise<MadeKey>>> = {
  rsa: makeRsaKey,
  sm2: async (commonName) => {
    const pair = makeSm2Key()
    return certified({ privateKey: pair.key, commonName, signing: gmCertificateSigning(pair) })
  },
  pgp: makePgpKey,
}

async function makeRsaKey(commonName: string): Promise<MadeKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return certified({ privateKey, commonName })
}

function certified(wanted: Pick<SelfSigned, 'privateKey' | 'commonName' | 'signing'>): MadeKey {
  const keyUsages = ['digitalSignature', 'keyEncipherment'] as const
  const der = selfSignedCertificate({ ...wanted, notBefore: validFrom, notAfter: validTo, keyUsages })
  const secret = wanted.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { secret, text: new X509Certificate(der).toString(), fingerprint: '' }
}

async function makePgpKey(commonName: string): Promise<MadeKey> {
  const days = (validTo.getTime() - validFrom.getTime()) / dayMs
  const email = `${commonName.replaceAll(' ', '.')}@example.invalid`
  const { secretKey, publicKey, fingerprint } = await makePgpKeyPair({
    name: commonName,
    email,
    at: validFrom,
    days,
  })
  return { secret: secretKey, text: publicKey, fingerprint }
}

/** Writes a secret that its owner alone can read. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
}

/** Makes a folder that only its owner can enter. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}
