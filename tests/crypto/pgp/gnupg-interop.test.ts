import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signPgpDetached, verifyPgpDetached } from '../../../crypto/pgp/detached-signature.ts'
import { startGnupg } from '../../support/gnupg.ts'
import { AT, bytesOf, leftInScratch, sourceOf } from '../cms/parties.ts'
import {
  bank,
  bankEcc,
  contentOf,
  FINGERPRINT,
  FIXTURES,
  huida,
  huidaSecret,
  ours,
  scratchFolder,
} from './parties.ts'

const gpg = startGnupg(AT)
const fileAt = (name: string): string => join(gpg.folder, name)
const content = randomBytes(100_007)
const now = () => AT

beforeAll(() => {
  gpg.run(['--import', join(FIXTURES, 'huida.pub.asc'), join(FIXTURES, 'huida-next.pub.asc')])
  gpg.run(['--import', join(FIXTURES, 'bank-rsa.sec.asc')], 'bank pass')
  gpg.run(['--import', join(FIXTURES, 'bank-ecc.sec.asc')])
  writeFileSync(fileAt('content'), content)
})

afterAll(() => {
  gpg.end()
  rmSync(scratchFolder, { recursive: true, force: true })
})

const written = [
  { title: 'by RSA', options: '-u rsa@bank.test' },
  { title: 'by Curve25519', options: '-u ecc@bank.test' },
  { title: 'in armour', options: '-u ecc@bank.test --armor' },
  { title: 'without compression', options: '-u rsa@bank.test -z 0' },
  { title: 'with zip', options: '-u rsa@bank.test --compress-algo zip' },
  { title: 'with zlib', options: '-u rsa@bank.test --compress-algo zlib' },
  { title: 'with SHA-512 and AES-128', options: '-u rsa@bank.test --digest-algo SHA512 --cipher-algo AES' },
  { title: 'for a key of Curve25519', options: '-u ecc@bank.test -r huida-next@example.test', only: true },
  { title: 'for several', options: '-u ecc@bank.test -r huida-next@example.test' },
  { title: 'for nobody named', options: '-u ecc@bank.test --throw-keyids' },
  { title: 'by two keys', options: '-u rsa@bank.test -u ecc@bank.test' },
  { title: 'as RFC 4880 says', options: '-u rsa@bank.test --rfc4880' },
]

describe('what gpg wrote', () => {
  it.each(written)('is opened by us: $title', async ({ options, only }) => {
    const recipients = only === true ? [] : ['-r', 'huida@example.test']
    const args = ['-o', 'sealed', ...recipients, ...options.split(' '), '--sign', '--encrypt', 'content']
    gpg.run(args, 'bank pass')
    const sealed = readFileSync(fileAt('sealed'))
    for (const pieceBytes of [sealed.length, 4099]) {
      expect((await contentOf(ours(), sealed, AT, pieceBytes)).equals(content)).toBe(true)
    }
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('is verified by us when it is a side file', async () => {
    const trust = { trustedSigners: [bank, bankEcc], at: AT }
    for (const form of [[], ['--armor']]) {
      for (const signer of ['rsa@bank.test', 'ecc@bank.test']) {
        gpg.run(['-o', 'side', '-u', signer, ...form, '--detach-sign', 'content'], 'bank pass')
        await verifyPgpDetached(sourceOf(content, 10_000), readFileSync(fileAt('side')), trust)
      }
    }
  })
})

describe('what we wrote', () => {
  const keys = [
    { title: 'RSA', recipientKey: bank, passphrase: 'bank pass' },
    { title: 'Curve25519', recipientKey: bankEcc, passphrase: '' },
  ]
  const forms = [false, true].flatMap((armored) => keys.map((key) => ({ ...key, armored })))

  it.each(forms)('is opened and verified by gpg ($title, armoured: $armored)', async (form) => {
    const sealed = await bytesOf(
      ours({ recipientKey: form.recipientKey }, { armored: form.armored, now }).seal(
        sourceOf(content, 10_000),
      ),
    )
    writeFileSync(fileAt('sealed'), sealed)
    const { code, status } = gpg.outcome(['-o', 'out', '--decrypt', 'sealed'], form.passphrase)
    expect(status).toContain(`VALIDSIG ${FINGERPRINT.huida}`)
    expect(status).toContain('DECRYPTION_OKAY')
    expect(code).toBe(0)
    expect(readFileSync(fileAt('out')).equals(content)).toBe(true)
  })

  it.each([false, true])('is verified by gpg as a side file (armoured: %s)', async (armored) => {
    const signing = { signingKey: huidaSecret, at: AT, armored }
    const side = await signPgpDetached(sourceOf(content, 10_000), signing)
    writeFileSync(fileAt('side'), side)
    const { code, status } = gpg.outcome(['--verify', 'side', 'content'])
    expect(status).toContain(`VALIDSIG ${FINGERPRINT.huida}`)
    expect(code).toBe(0)
    await verifyPgpDetached(sourceOf(content), side, { trustedSigners: [huida], at: AT })
  })
})
