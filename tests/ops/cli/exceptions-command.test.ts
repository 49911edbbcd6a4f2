/** `huida exceptions`: what needs a person is listed with its reason and without personal data. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHelp, runHuida } from './command-run.ts'
import { type LedgerStand, openLedger } from './ledger-stand.ts'

let ledger: LedgerStand
beforeAll(async () => {
  ledger = await openLedger('EXC', 5)
})
afterAll(() => ledger.close())

const run = (...words: string[]) => runHuida(['exceptions', ...words], { DATABASE_URL: ledger.url })

describe('huida exceptions', () => {
  test('help begins with examples', () => expectHelp('exceptions'))

  test('says so when nothing waits for a person', async () => {
    expect(await run()).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('没有待处理的异常'),
    })
  })

  test('names queue, bank, line and reason, and narrows by bank and kind', async () => {
    await ledger.rows(`insert into exception_item (kind, bank_no, line_no, facts, opened_at)
      select 'unmapped', bank_no, 7, '{"bankCode": "8888"}', '2026-11-20T02:00:00Z' from bank where bank = 'cmbc'`)
    const { stdout } = await run()
    expect(stdout).toContain('unmapped')
    expect(stdout).toContain('"bankCode":"8888"')
    const { items } = JSON.parse((await run('--json', '--bank', 'cmbc', '--kind', 'unmapped')).stdout)
    expect(items).toMatchObject([{ kind: 'unmapped', bank: 'cmbc', lineNo: 7, facts: { bankCode: '8888' } }])
    expect(JSON.parse((await run('--json', '--kind', 'orphan')).stdout).items).toEqual([])
  })
})
