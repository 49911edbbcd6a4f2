/** Reading a bank's answer on a desk: side files, kinds, fields that are encrypted, contents that travel wrapped. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './command-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-read-answer-'))
const profiles = join(folder, 'profiles')
afterAll(() => rmSync(folder, { recursive: true }))

const profileText = `
id: desk-bank
version: 1
title: 办公桌银行
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999 }
wrapping: { steps: [zlib, base64], maxPlainBytes: 1000000 }
request:
  name: 'Q_{date}_{sequence:NNN}.txt'
  header: [ { item: count }, { item: total } ]
  row:
    - { item: serial, bytes: 20 }
    - { item: account, maxBytes: 200, encrypted: true }
    - { item: name, maxBytes: 200, encrypted: true }
    - { item: amount }
result:
  style: intermediate-final
  name: 'A_{date}_{sequence:NNN}.txt'
  lateName: 'L_{date}_{sequence:NNN}.txt'
  intermediate: { name: 'I_{date}_{sequence:NNN}.txt', final: [failed] }
  sideFiles:
    - { name: '{name}.md5', proves: md5 }
    - { name: '{name}.sig', proves: signature }
    - { name: '{stem}.OK', proves: complete }
  header: [ { item: count }, { item: total } ]
  appended: [ { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

const key = join(folder, 'sm4.key')
const desk = ['--profile', join(profiles, 'desk-bank.yaml')] as const
const request = join(folder, 'Q_20261121_001.txt')

beforeAll(async () => {
  const { mkdirSync } = await import('node:fs')
  mkdirSync(profiles)
  writeFileSync(join(profiles, 'desk-bank.yaml'), profileText)
  writeFileSync(key, '0123456789abcdeffedcba9876543210\n', { mode: 0o600 })
  const people = ['张三', '李珅', '王䶮'].map((payeeName, at) =>
    JSON.stringify({
      instructionId: `${at}`,
      payeeName,
      payeeAccount: `621799999000000001${at}`,
      amountFen: 100 + at,
    }),
  )
  writeFileSync(join(folder, 'people.ndjson'), `${people.join('\n')}\n`)
  const header = { batchNo: 'T', programme: { code: 'F', name: '补贴' }, fundingAccount: '4305' }
  writeFileSync(join(folder, 'header.json'), JSON.stringify(header))
  const composed = await run(
    ...['file', 'compose', ...desk, '--field-key', key, '--date', '2026-11-21', '--out', folder],
    ...['--header', join(folder, 'header.json'), '--in', join(folder, 'people.ndjson')],
  )
  expect(composed).toMatchObject({ code: 0, stdout: 'Q_20261121_001.txt Q_20261121_001.txt.b64\n' })
})

const answer = (out: string, ...more: readonly string[]) =>
  run('file', 'answer', ...desk, '--field-key', key, '--in', request, '--out', join(folder, out), ...more)

const read = (path: string, ...more: readonly string[]) =>
  run('file', 'read', ...desk, '--field-key', key, '--in', join(folder, path), ...more)

const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('encrypted columns', () => {
  test('stand as ciphertext in the file and come back with the key', async () => {
    const text = readFileSync(request, 'latin1')
    expect(text).not.toContain('6217999990')
    expect((await answer('plain')).code).toBe(0)
    const done = await read('plain/A_20261121_001.txt', '--request', request)
    expect(rowsOf(done.stdout).map((row) => row.name)).toEqual(['张三', '李珅', '王䶮', undefined])
  })

  test('another key refuses the file, no key says that the columns stay plain', async () => {
    const other = join(folder, 'other.key')
    writeFileSync(other, 'f'.repeat(32), { mode: 0o600 })
    const path = join(folder, 'plain/A_20261121_001.txt')
    const wrong = await run('file', 'read', ...desk, '--field-key', other, '--in', path)
    expect(wrong).toMatchObject({ code: 3, stdout: '' })
    const none = await run('file', 'read', ...desk, '--in', path)
    expect(none.stderr).toContain('stay plain')
  })

  test('a profile without such columns takes no key', async () => {
    const path = join(folder, 'plain/A_20261121_001.txt')
    const done = await run('file', 'read', '--profile', 'rural-fixed', '--field-key', key, '--in', path)
    expect(done.code).toBe(2)
  })
})

describe('side files', () => {
  const name = 'A_20261121_001.txt'

  test('a digest that agrees is silent, a signature is named as unverified', async () => {
    await answer('sides')
    writeFileSync(join(folder, 'sides', `${name}.sig`), 'AAAA')
    const done = await read(`sides/${name}`, '--strict', '--lang', 'en')
    expect(done.code).toBe(0)
    expect(done.stderr).toBe(`the signature ${name}.sig was not verified\n`)
  })

  test('a digest in capitals beside the name agrees too', async () => {
    const md5 = createHash('md5')
      .update(readFileSync(join(folder, 'sides', name)))
      .digest('hex')
    writeFileSync(join(folder, 'sides', `${name}.md5`), `${md5.toUpperCase()} *${name}\n`)
    expect((await read(`sides/${name}`)).code).toBe(0)
  })

  test('a digest that differs refuses the answer', async () => {
    writeFileSync(join(folder, 'sides', `${name}.md5`), '0'.repeat(32))
    const done = await read(`sides/${name}`, '--json')
    expect(done).toMatchObject({ code: 3, stdout: '' })
    expect(JSON.parse(done.stderr.split('\n').at(-1) ?? '')).toMatchObject({
      code: 'SIDE_FILE',
      facts: { what: 'md5', stated: '0'.repeat(32) },
      messageZh: '附属文件缺失或与内容不符',
    })
  })

  test('a missing side file is told, and refuses only with --strict', async () => {
    const elsewhere = ['--side', join(folder, 'profiles'), '--lang', 'en'] as const
    const loose = await read(`sides/${name}`, ...elsewhere)
    expect(loose.code).toBe(0)
    expect(loose.stderr).toContain(`no side file A_20261121_001.OK (complete); not verified`)
    expect((await read(`sides/${name}`, ...elsewhere, '--strict')).code).toBe(3)
  })
})

describe('kinds', () => {
  test('an answer of the day leaves open what is not final in it', async () => {
    await answer('kinds', '--kind', 'intermediate', '--fail-share', '0')
    const { summary } = rowsOf((await read('kinds/I_20261121_001.txt')).stdout).at(-1)
    expect(summary).toMatchObject({ kind: 'intermediate', outcomes: { open: 3, paid: 0 } })
  })

  test('later returns list what comes back', async () => {
    const done = await answer('kinds', '--kind', 'late', '--fail-share', '1', '--json')
    expect(done.code).toBe(0)
    const { summary } = rowsOf((await read('kinds/L_20261121_001.txt')).stdout).at(-1)
    expect(summary).toMatchObject({ kind: 'late', outcomes: { returned: 3 } })
  })

  test('a kind that the bank does not send is a mistake of the caller', async () => {
    const done = await run(
      'file',
      'read',
      '--profile',
      'rural-fixed',
      '--kind',
      'intermediate',
      '--in',
      request,
    )
    expect(done.code).toBe(2)
    expect(done.stderr).toContain('its kinds are: answer, late')
  })
})

test('a wrapped request is taken like the plain one', async () => {
  const done = await run(
    ...['file', 'answer', ...desk, '--field-key', key, '--out', join(folder, 'wrapped'), '--json'],
    ...['--in', `${request}.b64`],
  )
  expect(JSON.parse(done.stdout)).toMatchObject({ name: 'A_20261121_001.txt', all: { count: 3 } })
})

test('composing encrypted fields again gives the same bytes', async () => {
  const again = join(folder, 'again')
  await run(
    ...['file', 'compose', ...desk, '--field-key', key, '--date', '2026-11-21', '--out', again],
    ...['--header', join(folder, 'header.json'), '--in', join(folder, 'people.ndjson')],
  )
  expect(readFileSync(join(again, 'Q_20261121_001.txt')).equals(readFileSync(request))).toBe(true)
})
