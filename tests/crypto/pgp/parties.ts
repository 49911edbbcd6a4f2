/**
 * The OpenPGP keys of tests/fixtures/pgp: our side, and a bank with good, weak, expired and revoked keys.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Key, readKey } from 'openpgp'
import { createPgpEnvelope, type PgpOptions } from '../../../crypto/pgp/pgp-envelope.ts'
import { type PgpPeerKeys, readPgpPublicKey, readPgpSecretKey } from '../../../crypto/pgp/pgp-keyring.ts'
import { bytesOf, inPieces } from '../cms/parties.ts'

/** Where the fixtures lie. */
export const FIXTURES = fileURLToPath(new URL('../../fixtures/pgp/', import.meta.url))

/** Fingerprints as a bank would tell them on paper. */
export const FINGERPRINT = {
  huida: '2FB32EBBCF334C671B96B92FD36F0B8FF7A1A265',
  huidaNext: '3DDE DD7B E94D DD67 9898  E47E 1B94 83C8 9D55 0958',
  bankRsa: 'D22F02660D3C189A598D54A808BC22F9B93A687B',
  bankEcc: 'C754F23267D225A50C65C50332148AF420BE0B1A',
} as const

/** Bytes of one fixture. */
export const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, name))

const publicKey = (name: string, fingerprint: string): Promise<Key> =>
  readPgpPublicKey(fixture(`${name}.pub.asc`), fingerprint, name)

const anyKey = (name: string): Promise<Key> => readKey({ armoredKey: fixture(`${name}.pub.asc`).toString() })

const secretKey = (name: string, passphrase?: string) =>
  readPgpSecretKey(fixture(`${name}.sec.asc`), passphrase, name)

export const huidaSecret = await secretKey('huida', 'us pass 惠达')
export const huidaNextSecret = await secretKey('huida-next', 'next pass')
export const bankSecret = await secretKey('bank-rsa', 'bank pass')
export const bankEccSecret = await secretKey('bank-ecc')

export const huida = await publicKey('huida', FINGERPRINT.huida)
export const huidaNext = await publicKey('huida-next', FINGERPRINT.huidaNext)
export const bank = await publicKey('bank-rsa', FINGERPRINT.bankRsa)
export const bankEcc = await publicKey('bank-ecc', FINGERPRINT.bankEcc)
export const [expired, early, revoked, weak] = await Promise.all(
  ['bank-expired', 'bank-early', 'bank-revoked', 'bank-weak'].map(anyKey),
)

/** Content of every message of the fixtures. */
export const content = fixture('messages/content.txt')

/** Scratch folder of these tests, made when first needed; the test file removes it. */
export const scratchFolder = join(tmpdir(), `huida-pgp-${randomUUID()}`)

/** Every key of the bank is pinned, also those that must be refused for what they are. */
export const pinned = [bank, bankEcc, expired, early, revoked, weak].flatMap((key) => key ?? [])

/** Our envelope towards the bank; both of our keys open. */
export const ours = (peer: Partial<PgpPeerKeys> = {}, options: Partial<PgpOptions> = {}) =>
  createPgpEnvelope(
    { signingKey: huidaSecret, openingKeys: [huidaNextSecret, huidaSecret] },
    { recipientKey: bank, trustedSigners: pinned, ...peer },
    { scratchFolder, ...options },
  )

/** The envelope of the bank towards us. */
export const theirs = (options: Partial<PgpOptions> = {}) =>
  createPgpEnvelope(
    { signingKey: bankSecret, openingKeys: [bankSecret, bankEccSecret] },
    { recipientKey: huida, trustedSigners: [huida, huidaNext] },
    { scratchFolder, ...options },
  )

/** Opens and gives the content. */
export async function contentOf(
  envelope: ReturnType<typeof ours>,
  sealed: Buffer,
  at: Date,
  pieceBytes = sealed.length,
): Promise<Buffer> {
  const opened = await envelope.open(inPieces(sealed, pieceBytes), at)
  const bytes = await bytesOf(opened.content())
  await opened.discard()
  return bytes
}
