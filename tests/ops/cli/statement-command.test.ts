/** `huida statement`: reads a bank's statement and matches what came back, without a database. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { charset } from '../../../formats/values/charset.ts'
import { composed, fixtureLines, headerFor, shipped } from '../../formats/fixture-files.ts'
import { expectHelp, runHuida } from './command-run.ts'

const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../fixtures/statements/${path}`, import.meta.url))
const mt940 = fixture('mt940/pages/MT940_43050166360800000777_20261123.txt')

const run = (...words: string[]) => runHuida(['statement', ...words])
const linesOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'huida-statement-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('huida statement read', () => {
  test('help begins with examples', async () => {
    await expectHelp('statement', 'read')
    await expectHelp('statement', 'match')
  })

  test('prints one JSON line an entry and a summary', async () => {
    const { code, stdout, stderr } = await run('read', '--profile', 'mt940', '--in', mt940)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = linesOf(stdout)
    expect(lines).toHaveLength(6)
    expect(lines[3]).toMatchObject({ entryRef: 'BK0004', kind: 'return', reason: { code: 'NAME_MISMATCH' } })
    expect(lines.at(-1)).toMatchObject({
      summary: { entryCount: 5, closingFen: 99999500, kinds: { payment: 2, fee: 1, return: 2 } },
    })
  })

  test('prints nothing of a file that must be refused, and every reason', async () => {
    const path = join(folder, 'bad.txt')
    const text = readFileSync(mt940, 'latin1').replace('CNY999995,', 'CNY999995,01').replace('231/2', '231/3')
    writeFileSync(path, text, 'latin1')
    const { code, stdout, stderr } = await run('read', '--profile', 'mt940', '--in', path)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^PAGE line 16 .*\nTOTAL line 31 what=closing/u)
    const asJson = await run('read', '--profile', 'mt940', '--in', path, '--json')
    expect(linesOf(asJson.stderr)).toMatchObject([{ code: 'PAGE' }, { code: 'TOTAL' }])
  })

  test('refuses the statement of another account', async () => {
    const { code, stderr } = await run('read', '--profile', 'mt940', '--in', mt940, '--account', '1')
    expect(code).toBe(3)
    expect(stderr).toContain('NOT_THIS_FILE')
  })

  test('says which profiles there are, and which file it cannot read', async () => {
    expect(await run('read', '--profile', 'mt', '--in', mt940)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('camt053, camt054, cib-530, mt940, treasury-2203'),
    })
    expect(await run('read', '--profile', 'mt940', '--in', join(folder, 'none'))).toMatchObject({ code: 2 })
  })
})

describe('huida statement match', () => {
  const profile = shipped('rural-fixed')
  const people = fixtureLines(4)
  const header = headerFor(profile, people)
  const request = (): string => join(folder, profile.fileName(header))
  const result = (): string => join(folder, profile.resultName(header, 'answer'))

  beforeAll(() => {
    writeFileSync(request(), composed(profile, people))
    const rows = people.map((line) => ({
      ...line,
      bankCode: line.seq === 4 ? '3031' : '0000',
      bankText: line.seq === 4 ? '户名不符' : '成功',
    }))
    const sum = (of: typeof rows): bigint => of.reduce((total, { amountFen }) => total + amountFen, 0n)
    const paid = rows.slice(0, 3)
    const totals = { rowCount: 4, rowTotalFen: sum(rows), paidCount: 3, paidTotalFen: sum(paid) }
    const writer = profile.resultWriter(header, totals, 'answer')
    writeFileSync(result(), Buffer.concat([writer.begin(), writer.write(rows), writer.end()]))
  })

  const statement = (entries: readonly string[], closing: string): string => {
    const path = join(folder, 'MT940_1_20261124.txt')
    const text = [
      ':20:A',
      ':25:1',
      ':28C:1',
      ':60F:C261121CNY10000,',
      ...entries,
      `:62F:C261124CNY${closing}`,
      '-',
      '',
    ]
    writeFileSync(path, charset('gb18030').encode(text.join('\n')))
    return path
  }
  const match = (path: string, ...more: string[]) =>
    run(
      ...['match', '--profile', 'mt940', '--in', path, '--bank-profile', 'rural-fixed'],
      ...['--request', request(), '--result', result(), ...more],
    )

  test('prints matches by serial and by amount, the lump, and what is left over', async () => {
    const total = `${header.totalFen / 100n},${`${header.totalFen % 100n}`.padStart(2, '0')}`
    const path = statement(
      [
        `:61:261121D${total}NTRFNONREF//D1`,
        ':86:批量代发',
        ':61:261121C654,23NTRFNONREF//R1',
        ':86:代发工资不成功退回款项',
        ':61:261123C500,NTRFNONREF//E1',
        ':86:020?00汇出退回?20原流水号:20261121000100000001 ?21账号户名不符',
        ':61:261123C1234,56NTRFNONREF//E2',
        `:86:020?00汇出退回?21账户已销户?31${people[1]?.payeeAccount}`,
        ':61:261123C7,NTRFNONREF//E3',
        ':86:汇出退回',
      ],
      '9906,99',
    )
    const { code, stdout, stderr } = await match(path)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(linesOf(stdout)).toMatchObject([
      {
        match: { serial: '20261121000100000001', by: 'serial', entry: { entryRef: 'E1', amountFen: 50000 } },
      },
      { match: { serial: '20261121000100000002', by: 'amount', entry: { entryRef: 'E2' } } },
      { leftover: { why: 'orphan-return', entry: { entryRef: 'E3' } } },
      { lump: { kind: 'reconciled', debit: { entryRef: 'D1' }, refund: { entryRef: 'R1' } } },
      { summary: { returns: 3, matched: 2, leftOver: 1, lumps: 1, paidLines: 3 } },
    ])
    for (const { payeeAccount, payeeName } of people) {
      expect(stdout).not.toContain(payeeAccount)
      expect(stdout).not.toContain(payeeName)
    }
  })

  test('prints nothing when the answer must be refused', async () => {
    const path = statement([], '10000,')
    const bad = join(folder, 'bad.RES')
    writeFileSync(bad, readFileSync(result()).subarray(0, 300))
    const { code, stdout, stderr } = await run(
      ...['match', '--profile', 'mt940', '--in', path, '--bank-profile', 'rural-fixed'],
      ...['--request', request(), '--result', bad],
    )
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain('TRUNCATED')
  })

  test('a window of no days leaves out what came later', async () => {
    const path = statement(
      [':61:261123C1234,56NTRFNONREF//E2', `:86:020?00退汇?31${people[1]?.payeeAccount}`],
      '11234,56',
    )
    expect(linesOf((await match(path, '--window-days', '0')).stdout)[0]).toMatchObject({
      leftover: { why: 'orphan-return' },
    })
  })
})
