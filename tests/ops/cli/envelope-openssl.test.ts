/** `huida envelope` with CMS against the real openssl command, both ways; what is refused leaves nothing behind. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AT, makeParty } from '../../crypto/cms/parties.ts'
import { startOpenssl } from '../../support/openssl.ts'
import { runHuida } from './command-run.ts'

const openssl = startOpenssl()
afterAll(() => openssl.end())
const file = (name: string): string => join(openssl.folder, name)
const content = randomBytes(300_007)
const seconds = Math.floor(AT.getTime() / 1000)
let outputs = 0

beforeAll(() => {
  openssl.save('us', makeParty({ commonName: 'huida' }))
  openssl.save('bank', makeParty({ commonName: 'bank' }))
  openssl.save('stranger', makeParty({ commonName: 'stranger' }))
  for (const name of ['us', 'bank', 'stranger']) chmodSync(file(`${name}.key`), 0o600)
  openssl.write('content', content)
})

/** Runs a subcommand; words with `@` before them are files of the folder. */
async function envelope(words: string) {
  const out = `out-${++outputs}`
  const named = `${words} --at ${AT.toISOString()} --out @${out}`.replaceAll(
    /(^| )@/g,
    `$1${openssl.folder}/`,
  )
  const run = await runHuida(['envelope', ...named.split(' ')])
  return { ...run, out }
}

const ours = '--scheme cms --key @us.key --cert @us.crt'
const bankOpens = 'cms -decrypt -binary -inkey bank.key -recip bank.crt'
const bankVerifies = `cms -verify -binary -CAfile us.crt -attime ${seconds} -purpose any`

describe('what huida seals', () => {
  test.each([
    ['CBC and PKCS#1 v1.5, in DER', '--cipher aes-256-cbc --key-transport pkcs1', 'DER'],
    ['OAEP, in PEM', '--cipher aes-256-cbc --format pem', 'PEM'],
    ['SHA-512', '--cipher aes-256-cbc --digest sha512', 'DER'],
  ])('openssl decrypts and verifies: %s', async (_title, options, form) => {
    const { code, out, stderr } = await envelope(`seal ${ours} --to @bank.crt --in @content ${options}`)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(statSync(file(out)).mode & 0o777).toBe(0o600)
    openssl.run(bankOpens, `-in ${out} -inform ${form} -out inner`)
    openssl.run(bankVerifies, '-in inner -inform DER -out opened')
    expect(openssl.read('opened').equals(content)).toBe(true)
  })

  test('openssl decrypts a file that is only encrypted, and verifies one that is only signed', async () => {
    const signed = await envelope(`seal ${ours} --layer sign --in @content`)
    openssl.run(bankVerifies, `-in ${signed.out} -inform DER -out opened`)
    expect(openssl.read('opened').equals(content)).toBe(true)
    const encrypted = await envelope('seal --scheme cms --layer encrypt --to @bank.crt --in @content')
    expect(encrypted.code).toBe(0)
    const opened = await envelope(
      `open --scheme cms --layer encrypt --key @bank.key --cert @bank.crt --in @${encrypted.out}`,
    )
    expect(openssl.read(opened.out).equals(content)).toBe(true)
  })

  test('openssl verifies a side file, and huida one of openssl', async () => {
    const made = await runHuida(
      ['envelope', 'seal', '--scheme', 'cms', '--layer', 'sign', '--key', file('us.key'), '--cert'].concat([
        file('us.crt'),
        '--in',
        file('content'),
        '--detached',
        file('side.p7s'),
        '--at',
        AT.toISOString(),
      ]),
    )
    expect(made).toMatchObject({ code: 0 })
    openssl.run(bankVerifies, '-content content -in side.p7s -inform DER -out opened')
    openssl.run('cms -sign -binary -outform DER -signer bank.crt -inkey bank.key -in content -out bank.p7s')
    const words = 'open --scheme cms --layer sign --from @bank.crt --detached @bank.p7s'
    const { code, out } = await envelope(`${words} --in @content`)
    expect(code).toBe(0)
    expect(openssl.read(out).equals(content)).toBe(true)
    openssl.write('other', Buffer.concat([content, Buffer.of(0)]))
    const refused = await envelope(`${words} --in @other`)
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('DIGEST_MISMATCH') })
    expect(existsSync(file(refused.out))).toBe(false)
  })
})

test('keys come from PKCS#12 with a passphrase file too', async () => {
  openssl.write('pass', 'a-passphrase\n')
  openssl.run('pkcs12 -export -inkey us.key -in us.crt -out us.p12 -passout file:pass')
  for (const name of ['pass', 'us.p12']) chmodSync(file(name), 0o600)
  const key = '--scheme cms --key @us.p12 --passphrase-file @pass'
  const sealed = await envelope(`seal ${key} --to @us.crt --in @content`)
  const opened = await envelope(`open ${key} --from @us.crt --in @${sealed.out}`)
  expect(opened.code).toBe(0)
  expect(openssl.read(opened.out).equals(content)).toBe(true)
})

const fromBank = `open ${ours} --from @bank.crt`

function sealedByBank(sign: string, encrypt: string, form = '-outform DER'): void {
  const signer = '-signer bank.crt -inkey bank.key'
  openssl.run('cms -sign -binary -nodetach -outform DER', signer, sign, '-in content -out inner')
  openssl.run('cms -encrypt -binary', form, encrypt, '-in inner -out sealed us.crt')
}

describe('what openssl seals', () => {
  test.each([
    ['in DER', '', '-aes-256-gcm', '-outform DER', '--key-transport pkcs1'],
    ['streamed', '-stream', '-aes-256-gcm -stream', '-outform DER', '--key-transport pkcs1'],
    ['in PEM', '', '-aes-256-cbc', '-outform PEM', '--cipher aes-256-cbc --key-transport pkcs1'],
  ])('huida opens: %s', async (_title, sign, encrypt, form, options) => {
    sealedByBank(sign, encrypt, form)
    const { code, out, stderr } = await envelope(`${fromBank} ${options} --in @sealed --json`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(openssl.read(out).equals(content)).toBe(true)
    expect(statSync(file(out)).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['a stranger trusted instead', '--from @stranger.crt', 'UNKNOWN_SIGNER', (sealed: Buffer) => sealed],
    ['an altered byte', '--from @bank.crt', 'UNDECRYPTABLE', (sealed: Buffer) => flippedAt(sealed, 9000)],
    ['a cut file', '--from @bank.crt', 'TRUNCATED', (sealed: Buffer) => sealed.subarray(0, 200_000)],
    [
      'more behind it',
      '--from @bank.crt',
      'TRAILING_BYTES',
      (sealed: Buffer) => Buffer.concat([sealed, sealed]),
    ],
    [
      'another recipient',
      '--key-transport pkcs1 --from @bank.crt',
      'WRONG_RECIPIENT',
      (sealed: Buffer) => sealed,
    ],
  ])('huida refuses with nothing written: %s', async (title, trust, code, damage) => {
    sealedByBank('', '-aes-256-gcm')
    openssl.write('damaged', damage(openssl.read('sealed')))
    const key =
      title === 'another recipient'
        ? '--key @stranger.key --cert @stranger.crt'
        : '--key @us.key --cert @us.crt'
    const run = await envelope(`open --scheme cms ${key} ${trust} --key-transport pkcs1 --in @damaged`)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toMatch(new RegExp(`^${code}: [一-鿿].* / [A-Z]`))
    expect(
      readdirSync(openssl.folder).filter((name) => name.startsWith(run.out) || /part|scratch/.test(name)),
    ).toEqual([])
  })

  test('huida tells without a key what it is', async () => {
    sealedByBank('', '-aes-256-gcm -stream')
    const { code, stdout } = await runHuida(['envelope', 'inspect', '--in', file('sealed'), '--json'])
    expect(code).toBe(0)
    const { layers, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({ scheme: 'cms', form: 'der', sizeBytes: openssl.read('sealed').length })
    expect(layers).toMatchObject([
      {
        kind: 'encrypted',
        type: 'authEnvelopedData',
        cipher: 'aes256Gcm',
        sizeBytes: openssl.read('inner').length,
      },
    ])
    expect(layers[0].recipients[0].id).toMatch(/^issuer huida serial [0-9a-f]+$/)
    const inner = JSON.parse(
      (await runHuida(['envelope', 'inspect', '--in', file('inner'), '--json'])).stdout,
    )
    expect(inner.layers).toMatchObject([
      { kind: 'signed', sizeBytes: content.length, signers: [{ digest: 'sha256', at: expect.any(String) }] },
    ])
    expect(inner.layers[0].certificates[0].subject).toContain('bank')
  })
})

function flippedAt(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
  return changed
}
