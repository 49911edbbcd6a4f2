/** The desk's tools around profiles: listed, checked by somebody who makes mistakes, and shown before anything is sent. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { run } from './command-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-profile-command-'))
afterAll(() => rmSync(folder, { recursive: true }))

const shippedText = (id: string): string =>
  readFileSync(new URL(`../../../formats/catalog/${id}.yaml`, import.meta.url), 'utf8')

/** A shipped profile with mistakes in it, under its own name. */
function spoiled(id: string, ...changes: readonly (readonly [string, string])[]): string {
  const path = join(folder, `${id}.yaml`)
  writeFileSync(
    path,
    changes.reduce((text, [from, to]) => text.replace(from, to), shippedText(id)),
  )
  return path
}

interface Problem {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly fieldZh: string
  readonly fieldEn: string
  readonly messageZh: string
  readonly messageEn: string
  readonly example?: string
}

async function problemsOf(path: string): Promise<readonly Problem[]> {
  const done = await run('profile', 'check', path, '--json')
  expect(done.code).toBe(3)
  return JSON.parse(done.stdout).files[0].problems
}

describe('check', () => {
  test('holds every shipped profile, several at once', async () => {
    const paths = [...loadCatalog().keys()].map(
      (id) => new URL(`../../../formats/catalog/${id}.yaml`, import.meta.url).pathname,
    )
    const done = await run('profile', 'check', ...paths, '--json')
    expect(done.code).toBe(0)
    expect(JSON.parse(done.stdout).files.every((each: { holds: boolean }) => each.holds)).toBe(true)
  })

  test('names the column of a wrong width in words, with a width that is right', async () => {
    const path = spoiled('rural-fixed', ['{ item: name, bytes: 60 }', '{ item: name, bytes: sixty }'])
    expect(await problemsOf(path)).toEqual([
      {
        path: 'request.row.3.bytes',
        line: expect.any(Number),
        column: 28,
        fieldZh: '请求文件 明细第 4 列（收款户名）的 bytes',
        fieldEn: 'request file, row column 4 (name), bytes',
        messageZh: '必须是正整数，只写数字',
        messageEn: 'must be a positive whole number, digits only',
        example: 'bytes: 60',
      },
    ])
  })

  test.each([
    ['charset: gb18030', 'charset: gb2312', 'charset', 'must be one of: gb18030, gbk, utf8'],
    ['newline: crlf', 'newlin: crlf', 'newlin', 'unknown entry "newlin"; did you mean "newline"?'],
    ['newline: crlf', '', 'newline', 'must be one of: crlf, lf, cr; it is missing'],
    ['item: account, bytes', 'item: acount, bytes', 'request.row.2.item', 'did you mean "account"?'],
    ['bytes: 32', 'byts: 32', 'request.row.2.byts', 'unknown entry "byts"; did you mean "bytes"?'],
    ['  codes:', '  codes:\n    E1: { reson: X }', 'result.codes.E1.reson', 'did you mean "reason"?'],
    ['  codes:', '  codes:\n    E1: [X]', 'result.codes.E1', 'must be a text; or must be a group of entries'],
    ['  style: full-list', '  style: full', 'result.style', 'did you mean "full-list"?'],
  ])('%s -> %s', async (from, to, path, message) => {
    const problems = await problemsOf(spoiled('rural-fixed', [from, to]))
    const found = problems.find((each) => each.path === path)
    expect(found?.messageEn ?? JSON.stringify(problems)).toContain(message)
    expect(found?.messageZh).toMatch(/\p{Script=Han}/u)
    expect(found?.line).toBeGreaterThan(0)
  })

  test('problems come in the order of the document', async () => {
    const path = spoiled('rural-fixed', ['bytes: 60', 'bytes: x'], ['fidelity: invented', 'fidelity: good'])
    const lines = (await problemsOf(path)).map(({ line }) => line)
    expect(lines).toEqual([...lines].sort((a, b) => a - b))
    expect(lines).toHaveLength(2)
  })

  test('speaks the language that it is asked for', async () => {
    const path = spoiled('rural-fixed', ['charset: gb18030', 'charset: gb2312'])
    const both = await run('profile', 'check', path)
    expect(both.stderr).toContain(':13:10 charset\n  charset：只能是：gb18030、gbk、utf8')
    expect(both.stderr).toContain('  charset: must be one of: gb18030, gbk, utf8')
    const zh = await run('profile', 'check', path, '--lang', 'zh')
    expect(zh.stderr).not.toContain('must be')
    const en = await run('profile', 'check', path, '--lang', 'en')
    expect(en.stderr).not.toMatch(/\p{Script=Han}/u)
  })

  test('what is no YAML is told as that', async () => {
    const path = join(folder, 'broken.yaml')
    writeFileSync(path, 'id: broken\n\tversion: 1\n')
    expect((await problemsOf(path))[0]?.messageZh).toContain('不是合法的 YAML')
  })

  test('a file that is not there is a mistake of the caller', async () => {
    expect((await run('profile', 'check', join(folder, 'none.yaml'))).code).toBe(2)
  })
})

describe('preview', () => {
  test('puts a ruler of bytes and the columns of a fixed layout under every line', async () => {
    const { stdout } = await run('profile', 'preview', 'rural-fixed')
    const lines = stdout.split('\n')
    expect(lines.filter((line) => line.endsWith(' 176 bytes'))).toHaveLength(5)
    const at = lines.findIndex((line) => line.startsWith('D00000004'))
    expect(lines[at + 2]?.startsWith('||2 流水 |3 收款账号')).toBe(true)
    expect(stdout).toContain('4         收款户名    name       42-101   60')
  })

  test('the ruler counts bytes of the output charset where a character has four of them', async () => {
    const { stdout } = await run('profile', 'preview', 'rural-fixed')
    const lines = stdout.split('\n')
    const ruler = (start: string) => lines[lines.findIndex((line) => line.startsWith(start)) + 1] ?? ''
    expect(ruler('D00000001').indexOf('50')).toBe(49)
    expect(ruler('D00000005').indexOf('50')).toBe(47)
  })

  test.each([...loadCatalog().keys()])('%s shows both ways, and reads its own answers', async (id) => {
    const done = await run('profile', 'preview', id, '--json')
    expect(done.code).toBe(0)
    const shown = JSON.parse(done.stdout)
    expect(shown.request.name).toMatch(/^[A-Za-z0-9._-]+$/)
    expect(shown.answers.length).toBeGreaterThan(0)
    for (const answer of shown.answers) expect(answer.refusals).toEqual([])
    expect((await run('profile', 'preview', id)).code).toBe(0)
  })

  test('an answer shows every outcome that the codes know', async () => {
    const { stdout } = await run('profile', 'preview', 'rural-fixed', '--json')
    const outcomes = JSON.parse(stdout).answers[0].rows.map((row: { outcome: string }) => row.outcome)
    expect(outcomes).toEqual(['paid', 'failed', 'returned', 'open', 'unknown'])
  })

  test('says which sample person the bank cannot take, and whole answers that refuse a file', async () => {
    const { stdout } = await run('profile', 'preview', 'cmbc-batch', '--lang', 'en')
    expect(stdout).toContain("payeeName: character 2 is U+2CB4E (○𬭎), which the bank's charset gbk lacks")
    expect(stdout).toContain('whole file refused: FILE_TOTALS\nTOTAL_NOT_MATCH')
  })

  test('takes a file and people of its own', async () => {
    const people = join(folder, 'people.ndjson')
    writeFileSync(
      people,
      '{"instructionId":"1","payeeName":"欧阳建国","payeeAccount":"6217999990000000017","amountFen":7}\n',
    )
    const path = spoiled('cmbc-batch')
    const { stdout } = await run('profile', 'preview', path, '--people', people)
    expect(stdout).toContain('00000001|6217999990000000017|欧阳建国|7|补贴|耕地地力补贴')
  })
})

describe('list and codes', () => {
  test('list tells every profile with its limits, settings, names and source', async () => {
    const listed = JSON.parse((await run('profile', 'list', '--json')).stdout)
    const payments = listed.filter((each: { kind: string }) => each.kind === 'payment')
    expect(payments.map((each: { id: string }) => each.id)).toEqual([...loadCatalog().keys()])
    const rural = listed.find((each: { id: string }) => each.id === 'rural-fixed')
    expect(rural).toMatchObject({
      layout: 'fixed',
      charset: 'gb18030',
      resultStyle: 'full-list',
      answerKinds: ['answer', 'late'],
      fidelity: 'invented',
      limits: { maxRows: 100_000, maxFilesPerDay: 999 },
      settings: { orgCode: 'ORG001' },
      documents: {
        request: 'DF_ORG001_20261121_001.txt',
        sideFiles: ['DF_ORG001_20261121_001.OK'],
        answers: [
          { kind: 'answer', name: 'DF_ORG001_20261121_001.RES', sideFiles: [] },
          { kind: 'late', name: 'TH_ORG001_20261121_001.RES', sideFiles: [] },
        ],
      },
    })
    expect((await run('profile', 'list')).stdout).toContain('rural-fixed')
  })

  test('statements stand beside the payments', async () => {
    const listed = JSON.parse((await run('profile', 'list', '--json')).stdout)
    expect(listed.find((each: { id: string }) => each.id === 'mt940')?.kind).toBe('statement')
  })

  test('codes says what each code means', async () => {
    const codes = JSON.parse((await run('profile', 'codes', 'rural-fixed', '--json')).stdout)
    expect(codes).toContainEqual({
      code: '3031',
      reason: 'NAME_MISMATCH',
      class: 'C',
      outcome: 'failed',
      titleZh: '户名不符',
      byText: false,
    })
    expect((await run('profile', 'codes', 'rural-fixed')).stdout).toContain('NAME_MISMATCH')
  })
})
