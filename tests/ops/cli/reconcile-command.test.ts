/** `huida reconcile`: the laws of the ledger, recounted from facts; a ledger that was tampered with is found out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handIn, lines } from '../../gateway/intake/intake-stand.ts'
import { expectHelp, runHuida } from './command-run.ts'
import { type LedgerStand, openLedger } from './ledger-stand.ts'

let ledger: LedgerStand
beforeAll(async () => {
  ledger = await openLedger('SUM', 30)
  await handIn(ledger, 'OTHER', lines('OTHER', 10))
})
afterAll(() => ledger.close())

const run = (...words: string[]) => runHuida(['reconcile', ...words], { DATABASE_URL: ledger.url })

/** Changes a position as somebody with rights on the database could, past the checks that guard it. */
async function tamper(change: string): Promise<void> {
  await ledger.rows('alter table position drop constraint if exists conservation_count')
  await ledger.rows('alter table position drop constraint if exists conservation_fen')
  await ledger.rows(`update position set ${change} from batch b where b.batch_id = position.batch_id and batch_no = 'SUM'
    and bank_no = (select bank_no from bank where bank = 'cmbc')`)
}

describe('huida reconcile', () => {
  test('help begins with examples', () => expectHelp('reconcile'))

  test('a ledger whose facts and positions agree holds, law by law', async () => {
    const { code, stdout } = await run()
    expect(code).toBe(0)
    expect(stdout).toContain('资金守恒 conservation')
    expect(stdout).toContain('平 holds (2 批 batches)')
    expect(stdout).toContain('一笔不入两个文件 noLineInTwoLiveFiles')
    expect(stdout).not.toContain('BROKEN')
    const json = JSON.parse((await run('--json')).stdout)
    expect(json).toMatchObject({ holds: true, batchCount: 2, disagreements: [] })
    expect(json.laws.length).toBeGreaterThanOrEqual(6)
  })

  test.each([
    ['--by', 'li'],
    ['--file', 'req_1.txt'],
    ['--bank', 'cmbc', '--file', 'req_1.txt'],
    ['--bank', 'cmbc', '--file', 'req_1.txt', '--is', 'absent', '--by', 'li'],
    ['--bank', 'cmbc', '--file', 'req_1.txt', '--is', 'lost', '--by', 'li', '--evidence', 'x'],
    ['--bank', 'cmbc', '--batch', 'SUM', '--is', 'absent', '--by', 'li', '--evidence', 'x'],
    ['--bank', 'cmbc', '--resume', '--by', 'li'],
  ])('a comparison that is asked for by halves is a mistake of the caller: %s', async (...words) => {
    expect(await run(...words)).toMatchObject({ code: 2, stdout: '' })
  })

  test('a number that no accepted batch has is refused', async () => {
    expect(await run('--batch', 'NONE')).toMatchObject({ code: 3, stdout: '' })
  })

  test('a position that was edited past the checks breaks the law, and its batch, bank and state are named', async () => {
    await tamper(
      'waiting_count = waiting_count - 1, waiting_fen = waiting_fen - 10001, paid_count = 1, paid_fen = 10001',
    )
    const { code, stdout, stderr } = await run()
    expect(code).toBe(4)
    expect(stderr).toContain('账不平')
    expect(stdout).toMatch(/SUM +cmbc +待发 waiting +15 \/ 1502\.25 +14 \/ 1402\.24/)
    expect(stdout).toMatch(/SUM +cmbc +已发放 paid +0 \/ 0\.00 +1 \/ 100\.01/)
  })

  test('one fen too much is enough', async () => {
    await tamper('waiting_count = 15, waiting_fen = 150226, paid_count = 0, paid_fen = 0')
    const { code, stdout } = await run('--json')
    expect(code).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({
      holds: false,
      disagreements: [
        {
          ...{ batchNo: 'SUM', client: 'finance-platform', bank: 'cmbc', state: 'waiting' },
          counted: { count: 15, amountFen: 150225 },
          position: { count: 15, amountFen: 150226 },
        },
      ],
    })
  })

  test('another batch is still in order by itself', async () => {
    expect((await run('--batch', 'OTHER')).code).toBe(0)
    expect((await run('--batch', 'SUM')).code).toBe(4)
  })
})
