import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encryptKey, enums, readKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  loadPgpOwnKeys,
  loadPgpPeerKeys,
  makePgpKeyPair,
  readPgpPublicKey,
  readPgpSecretKey,
} from '../../../crypto/pgp/pgp-keyring.ts'
import { KeyRefused } from '../../../crypto/secret-file.ts'
import { AT } from '../cms/parties.ts'
import { bankEccSecret, FINGERPRINT, fixture } from './parties.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-pgp-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

const save = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, 0o600)
  return path
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const outcome = await work.catch((error: unknown) => error)
  return outcome instanceof KeyRefused ? outcome.code : 'loaded'
}

const keyPath = join(folder, 'huida.sec.asc')
const passphrasePath = join(folder, 'passphrase')
const peer = (name: string, fingerprint: string) => ({ path: save(name, fixture(name)), fingerprint })

beforeAll(() => {
  save('huida.sec.asc', fixture('huida.sec.asc'))
  save('passphrase', fixture('huida.passphrase'))
})

describe('OpenPGP keys of our side', () => {
  it('load from armour with the passphrase of a file of its own', async () => {
    const next = {
      keyPath: save('next', fixture('huida-next.sec.asc')),
      passphrasePath: save('p', 'next pass\n'),
    }
    const own = await loadPgpOwnKeys({
      signing: { keyPath, passphrasePath },
      opening: [next, { keyPath, passphrasePath }],
    })
    expect(own.signingKey.getFingerprint().toUpperCase()).toBe(FINGERPRINT.huida)
    expect(own.openingKeys.map((key) => key.isDecrypted())).toEqual([true, true])
  })

  it('open too when only a signing key is named', async () => {
    const own = await loadPgpOwnKeys({ signing: { keyPath, passphrasePath } })
    expect(own.openingKeys).toEqual([own.signingKey])
  })

  it('load from binary, and under the protection of other programs', async () => {
    const binary = Buffer.from(
      (await readKey({ armoredKey: fixture('bank-ecc.sec.asc').toString() })).write(),
    )
    expect((await readPgpSecretKey(binary, undefined, 'binary')).isDecrypted()).toBe(true)
    const config = { s2kType: enums.s2k.iterated, s2kIterationCountByte: 10 } as const
    const locked = await encryptKey({ privateKey: bankEccSecret, passphrase: 'other', config })
    expect((await readPgpSecretKey(Buffer.from(locked.armor()), 'other', 'locked')).isDecrypted()).toBe(true)
    expect(await codeOf(readPgpSecretKey(Buffer.from(locked.armor()), 'wrong', 'locked'))).toBe(
      'WRONG_PASSPHRASE',
    )
  })

  it('are refused with the reason, and no secret in it', async () => {
    const wrong = save('wrong', 'not it\n')
    const refusal = await loadPgpOwnKeys({ signing: { keyPath, passphrasePath: wrong } }).catch(
      (error) => error,
    )
    expect(refusal).toMatchObject({ code: 'WRONG_PASSPHRASE' })
    expect(String(refusal)).not.toContain('not it')
    expect(await codeOf(loadPgpOwnKeys({ signing: { keyPath } }))).toBe('PASSPHRASE_MISSING')
    const bare = (name: string, bytes: Buffer | string) =>
      loadPgpOwnKeys({ signing: { keyPath: save(name, bytes) } })
    expect(await codeOf(bare('public', fixture('huida.pub.asc')))).toBe('NOT_A_KEY')
    expect(await codeOf(bare('text', 'no key at all'))).toBe('NOT_A_KEY')
    expect(await codeOf(bare('empty', ''))).toBe('NOT_A_KEY')
    expect(await codeOf(bare('cut', fixture('bank-ecc.sec.asc').subarray(0, 300)))).toBe('NOT_A_KEY')
    chmodSync(save('open', fixture('bank-ecc.sec.asc')), 0o644)
    expect(await codeOf(loadPgpOwnKeys({ signing: { keyPath: join(folder, 'open') } }))).toBe(
      'OPEN_PERMISSIONS',
    )
  })
})

describe('OpenPGP keys of a bank', () => {
  it('count only with the fingerprint that the agreement pins', async () => {
    const rsa = peer('bank-rsa.pub.asc', FINGERPRINT.bankRsa)
    const loaded = await loadPgpPeerKeys({
      recipient: rsa,
      trustedSigners: [rsa, peer('bank-ecc.pub.asc', FINGERPRINT.bankEcc.toLowerCase())],
    })
    expect(loaded.trustedSigners).toHaveLength(2)
    const swapped = peer('bank-rsa.pub.asc', FINGERPRINT.bankEcc)
    expect(await codeOf(loadPgpPeerKeys({ recipient: swapped, trustedSigners: [rsa] }))).toBe(
      'FINGERPRINT_DIFFERS',
    )
    expect(await codeOf(loadPgpPeerKeys({ recipient: rsa, trustedSigners: [swapped] }))).toBe(
      'FINGERPRINT_DIFFERS',
    )
    expect(await codeOf(loadPgpPeerKeys({ recipient: rsa, trustedSigners: [] }))).toBe('NOT_A_KEY')
  })

  it('are refused when they are weak', async () => {
    const dsa = readPgpPublicKey(
      fixture('bank-dsa.pub.asc'),
      '203AABBC5CA766CE4736730AE6BB36623A2F3D32',
      'dsa',
    )
    const rsa = readPgpPublicKey(
      fixture('bank-weak.pub.asc'),
      '164CCCC011F119E37D4248B02037538F4C706750',
      'rsa',
    )
    expect(await codeOf(dsa)).toBe('WEAK_KEY')
    await expect(rsa).rejects.toThrow(/1024/)
  })

  it('never bring a secret key with them', async () => {
    const key = await readPgpPublicKey(fixture('bank-ecc.sec.asc'), FINGERPRINT.bankEcc, 'ecc')
    expect(key.isPrivate()).toBe(false)
  })

  it('can be made for a bank that plays along', async () => {
    const made = await makePgpKeyPair({ name: 'Test', email: 'made@bank.test', at: AT, days: 30 })
    const key = await readPgpPublicKey(Buffer.from(made.publicKey), made.fingerprint, 'made')
    expect(await key.getExpirationTime()).toEqual(new Date('2026-07-01T08:00:00Z'))
    expect((await readPgpSecretKey(Buffer.from(made.secretKey), undefined, 'made')).isDecrypted()).toBe(true)
  })
})
