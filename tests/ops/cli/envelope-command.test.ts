/** `huida envelope` on a desk: the Chinese family, real messages, steps, wrong words; no other program is needed. */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeGmKeyPair } from '../../../crypto/gm/gm-keyring.ts'
import { makeKeyPair } from '../../../crypto/keyring.ts'
import { certificateIn, cfcaContent, cfcaSigned } from '../../crypto/gm/fixtures.ts'
import { expectHelp, runHuida } from './command-run.ts'
import { pem } from './pem-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-envelope-'))
const at = (name: string): string => join(folder, name)
const content = randomBytes(70_001)
let outputs = 0

beforeAll(async () => {
  const save = (name: string, pair: { privateKeyPem: string; certificatePem: string }): void => {
    writeFileSync(at(`${name}.key`), pair.privateKeyPem, { mode: 0o600 })
    writeFileSync(at(`${name}.crt`), pair.certificatePem)
  }
  for (const name of ['us', 'bank', 'next']) save(name, makeGmKeyPair({ commonName: name, days: 30 }))
  save('rsa', await makeKeyPair({ commonName: 'rsa', days: 30 }))
  writeFileSync(at('content'), content)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function envelope(words: string) {
  const out = at(`out-${++outputs}`)
  const named = `${words} --out ${out}`.replaceAll(/(^| )@/g, `$1${folder}/`)
  const run = await runHuida(['envelope', ...named.split(' ')])
  return { ...run, out }
}

const sealing = 'seal --scheme gm --key @us.key --cert @us.crt --to @bank.crt --in @content'
const opening = 'open --scheme gm --key @bank.key --cert @bank.crt --from @us.crt'

describe('huida envelope', () => {
  test.each([['seal'], ['open'], ['inspect']])('help of %s begins with examples', (name) =>
    expectHelp('envelope', name),
  )

  test.each([
    ['the usual layout', ''],
    ['SignedAndEnvelopedData', '--layout gmt0010-signed-enveloped'],
    ['the framed file', '--layout detached-sm4'],
    ['C1C3C2 and another id', '--key-transport c1c3c2 --user-id ALICE123@YAHOO.COM'],
    ['signed attributes', '--signs attributes --content-types pkcs7'],
    ['compressed before and in Base64 after', '--layer gzip,sign,encrypt,base64'],
    ['only signed', '--layer sign'],
  ])('seals and opens 国密: %s', async (_title, options) => {
    const flags = options === '' ? '' : ` ${options}`
    const sealed = await envelope(sealing + flags)
    expect({ code: sealed.code, stderr: sealed.stderr }).toMatchObject({ code: 0 })
    const opened = await envelope(`${opening} --in ${sealed.out}${flags} --json`)
    expect(opened).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(opened.out).equals(content)).toBe(true)
    expect(JSON.parse(opened.stdout)).toMatchObject({
      sizeBytes: content.length,
      signedBy: expect.stringMatching(/^sha256:/),
    })
    expect(statSync(opened.out).mode & 0o777).toBe(0o600)
  })

  test('opens with any of several keys and trusts any of several signers, while one is rotated', async () => {
    const { out } = await envelope(sealing)
    const several = 'open --scheme gm --key @next.key --cert @next.crt --key @bank.key --cert @bank.crt'
    const opened = await envelope(`${several} --from @next.crt --from @us.crt --in ${out}`)
    expect(opened.code).toBe(0)
    expect(readFileSync(opened.out).equals(content)).toBe(true)
  })

  test('verifies the real message that the kit of CFCA signed, in Base64, DER and PEM', async () => {
    writeFileSync(at('cfca.crt'), certificateIn(cfcaSigned, 0x189))
    writeFileSync(at('cfca.der'), cfcaSigned)
    writeFileSync(at('cfca.b64'), cfcaSigned.toString('base64'))
    writeFileSync(at('cfca.pem'), pem('PKCS7', cfcaSigned))
    for (const form of ['der', 'b64', 'pem']) {
      const { code, out, stderr } = await envelope(
        `open --scheme gm --layer sign --from @cfca.crt --at 2025-06-01T00:00:00Z --in @cfca.${form}`,
      )
      expect({ code, stderr }).toMatchObject({ code: 0 })
      expect(readFileSync(out).equals(cfcaContent)).toBe(true)
      const seen = await runHuida(['envelope', 'inspect', '--in', at(`cfca.${form}`)])
      expect(seen.stdout).toMatch(/^gm \((der|base64|pem)\), \d+ bytes/)
      expect(seen.stdout).toContain('sm3')
    }
  })

  test('a side file in hex verifies, and not over another content', async () => {
    const side = at('content.sig')
    const words = `--scheme gm --layer sign --detached ${side} --in`
    const signed = await runHuida([
      'envelope',
      'seal',
      ...words.split(' '),
      at('content'),
      '--key',
      at('us.key'),
      '--cert',
      at('us.crt'),
    ])
    expect(signed.code).toBe(0)
    expect(readFileSync(side, 'latin1')).toMatch(/^[0-9a-f]{128}\n$/)
    const verify = (name: string) =>
      runHuida(['envelope', 'open', ...words.split(' '), at(name), '--from', at('us.crt')])
    expect((await verify('content')).code).toBe(0)
    const rooted = (root: string) =>
      runHuida([
        'envelope',
        'open',
        ...words.split(' '),
        at('content'),
        '--from',
        at('us.crt'),
        '--trust',
        at(root),
      ])
    expect((await rooted('us.crt')).code).toBe(0)
    expect(await rooted('bank.crt')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^CHAIN_BROKEN: /),
    })
    writeFileSync(at('other'), 'other')
    expect(await verify('other')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^BAD_SIGNATURE: /),
    })
  })

  test('a refusal ends with 3, code and sentences, and leaves nothing behind', async () => {
    const before = readdirSync(folder).length
    const run = await envelope(`${opening} --in @content`)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toMatch(/^[A-Z_]+: .*[一-鿿].* \/ [A-Z]/)
    expect(readdirSync(folder)).toHaveLength(before)
  })

  test('a file that is there already is never overwritten', async () => {
    const words = `${sealing} --out ${at('content')}`.replaceAll(/(^| )@/g, `$1${folder}/`)
    expect(await runHuida(['envelope', ...words.split(' ')])).toMatchObject({ code: 2 })
    expect(readFileSync(at('content')).equals(content)).toBe(true)
  })

  test.each([
    ['encrypting before compressing', `${sealing} --layer sign,encrypt,gzip`, /压缩.*compress/],
    ['encrypting without signing', `${sealing} --layer encrypt`, /签名.*sign/],
    ['a word that is no layer', `${sealing} --layer sing`, /sing is none of/],
    ['a form of another family', `${sealing} --format armor`, /--format armor/],
    ['a cipher of another family', `${sealing} --cipher aes-256-gcm`, /--cipher aes-256-gcm/],
    ['a file that is not there', `${sealing.replace('@content', '@nothing')}`, /cannot read/],
    [
      'CBC without a signature',
      'seal --scheme cms --layer encrypt --cipher aes-256-cbc --to @rsa.crt --in @content',
      /AES-256-GCM/,
    ],
    [
      'a key without its certificate',
      'seal --scheme gm --key @us.key --to @bank.crt --in @content',
      /--cert/,
    ],
  ])('wrong words end with 2: %s', async (_title, words, sentence) => {
    const { code, stderr, out } = await envelope(words)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(2)
    expect(existsSync(out)).toBe(false)
  })

  test('a key that others may read is refused without a word of it', async () => {
    chmodSync(at('next.key'), 0o644)
    const { code, stderr } = await envelope(
      sealing.replace('us.key', 'next.key').replace('us.crt', 'next.crt'),
    )
    chmodSync(at('next.key'), 0o600)
    expect(code).toBe(1)
    expect(stderr).toContain('KEY_UNREADABLE')
    expect(stderr).not.toContain('PRIVATE KEY')
  })

  test.each([
    ['an empty file', '', 'TRUNCATED'],
    ['text', 'just text', 'MALFORMED'],
    ['PEM without an end', '-----BEGIN CMS-----\nMIIB', 'TRUNCATED'],
    ['a marker of DER alone', '0\x80', 'TRUNCATED'],
  ])('inspect refuses %s', async (_title, text, code) => {
    writeFileSync(at('odd'), text, 'latin1')
    const run = await runHuida(['envelope', 'inspect', '--in', at('odd')])
    expect(run).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^${code}: `)),
    })
  })

  test('inspect tells what a framed file is', async () => {
    const { out } = await envelope(`${sealing} --layout detached-sm4`)
    const { stdout } = await runHuida(['envelope', 'inspect', '--in', out])
    expect(stdout).toContain('gm (frame)')
  })
})
