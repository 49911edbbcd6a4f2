/** `huida envelope` with OpenPGP against the real gpg command, both ways. */
import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AT } from '../../crypto/cms/parties.ts'
import { FINGERPRINT, FIXTURES } from '../../crypto/pgp/parties.ts'
import { startGnupg } from '../../support/gnupg.ts'
import { runHuida } from './command-run.ts'

const gpg = startGnupg(AT)
const at = (name: string): string => join(gpg.folder, name)
const content = randomBytes(100_003)
let outputs = 0

beforeAll(() => {
  gpg.run(['--import', join(FIXTURES, 'huida.pub.asc')])
  gpg.run(['--import', join(FIXTURES, 'bank-rsa.sec.asc')], 'bank pass')
  for (const name of [
    'huida.sec.asc',
    'huida.passphrase',
    'bank-rsa.pub.asc',
    'bank-ecc.pub.asc',
    'bank-rsa.sec.asc',
  ]) {
    copyFileSync(join(FIXTURES, name), at(name))
    chmodSync(at(name), 0o600)
  }
  writeFileSync(at('content'), content)
})
afterAll(() => gpg.end())

async function envelope(words: string) {
  const out = at(`out-${++outputs}`)
  const named = words.replaceAll(/(^| )@/g, `$1${gpg.folder}/`).split(' ')
  const run = await runHuida(['envelope', ...named, '--at', AT.toISOString(), '--out', out])
  return { ...run, out }
}

const ours = '--scheme pgp --key @huida.sec.asc --passphrase-file @huida.passphrase'

describe('what huida seals', () => {
  test.each(['', ' --format armor'])('gpg opens and verifies%s', async (form) => {
    const { code, out, stderr } = await envelope(
      `seal ${ours} --to @bank-rsa.pub.asc --fingerprint ${FINGERPRINT.bankRsa} --in @content${form}`,
    )
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { status } = gpg.outcome(['-o', 'opened', '--decrypt', out], 'bank pass')
    expect(status).toContain(`VALIDSIG ${FINGERPRINT.huida}`)
    expect(readFileSync(at('opened')).equals(content)).toBe(true)
  })

  test('gpg verifies what is only signed', async () => {
    const { code, out } = await envelope(`seal ${ours} --layer sign --in @content`)
    expect(code).toBe(0)
    expect(gpg.outcome(['-o', 'opened', '--decrypt', out]).status).toContain('GOODSIG')
    expect(readFileSync(at('opened')).equals(content)).toBe(true)
  })

  test('a key with another fingerprint than the one that was told is not used', async () => {
    const { code, out, stderr } = await envelope(
      `seal ${ours} --to @bank-rsa.pub.asc --fingerprint ${FINGERPRINT.bankEcc} --in @content`,
    )
    expect(code).toBe(1)
    expect(stderr).toContain('not the pinned one')
    expect(existsSync(out)).toBe(false)
  })
})

describe('what gpg seals', () => {
  const seal = (...options: string[]): void =>
    gpg.run(['-o', 'sealed', '-u', 'rsa@bank.test', ...options, 'content'], 'bank pass')

  test.each([[[]], [['--armor']]])('huida opens %s', async (form) => {
    seal('-r', 'huida@example.test', ...form, '--sign', '--encrypt')
    const { code, out, stderr } = await envelope(`open ${ours} --from @bank-rsa.pub.asc --in @sealed --json`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(readFileSync(out).equals(content)).toBe(true)
  })

  test('huida verifies what is only signed, and refuses another signer with nothing written', async () => {
    seal('--sign')
    const opened = await envelope('open --scheme pgp --layer sign --from @bank-rsa.pub.asc --in @sealed')
    expect(readFileSync(opened.out).equals(content)).toBe(true)
    const refused = await envelope('open --scheme pgp --layer sign --from @bank-ecc.pub.asc --in @sealed')
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringMatching(/^UNKNOWN_SIGNER: /) })
    expect(existsSync(refused.out)).toBe(false)
  })

  test('huida tells without a key for whom it is', async () => {
    seal('-r', 'huida@example.test', '--armor', '--sign', '--encrypt')
    const { stdout } = await runHuida(['envelope', 'inspect', '--in', at('sealed'), '--json'])
    const description = JSON.parse(stdout)
    expect(description).toMatchObject({ scheme: 'pgp', form: 'armor' })
    expect(description.layers).toMatchObject([
      { kind: 'encrypted', recipients: [{ id: expect.stringMatching(/^key id [0-9a-f]{16}$/) }] },
    ])
  })
})
