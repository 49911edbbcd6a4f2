/** `huida exceptions`: what needs a person is listed with its reason and without personal data, shown, and ended. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHelp, runHuida } from './command-run.ts'
import { type LedgerStand, openLedger } from './ledger-stand.ts'

let ledger: LedgerStand
beforeAll(async () => {
  ledger = await openLedger('EXC', 5)
})
afterAll(() => ledger.close())

const run = (...words: string[]) =>
  runHuida(['exceptions', ...words], {
    DATABASE_URL: ledger.url,
    HUIDA_AGREEMENTS: 'ops/examples/agreements',
    HUIDA_PROGRAMMES: 'ops/examples/programmes.yaml',
    HUIDA_PROFILES: 'ops/examples/profiles',
  })

const opened = async (kind: string): Promise<string> => {
  await ledger.rows(`insert into exception_item (kind, bank_no, facts, opened_at)
    select '${kind}', bank_no, '{"name": "R_1.txt"}', '2026-11-20T02:00:00Z' from bank where bank = 'cmbc'`)
  const [row] = await ledger.rows('select max(exception_id)::text as id from exception_item')
  return String(row?.['id'])
}

const who = ['--by', 'li.wei', '--reason', 'seen before', '--evidence', 'their desk, call of 2026-11-24']

describe('huida exceptions', () => {
  test.each([[], ['list'], ['show'], ['resolve'], ['raise']])('help of %s begins with examples', (...words) =>
    expectHelp('exceptions', ...words),
  )

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

describe('huida exceptions show and resolve', () => {
  test('tells what may be done, does it with name and evidence, and shows who did', async () => {
    const id = await opened('repeated')
    expect((await run('show', id)).stdout).toMatch(/dismiss .*可 yes/)
    const done = await run('resolve', id, '--act', 'dismiss', ...who, '--reference', 'CALL-7')
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`exception ${id} is resolved`) })
    const shown = await run('show', id)
    expect(shown.stdout).toContain('li.wei')
    expect(shown.stdout).toContain('CALL-7')
    const { items } = JSON.parse((await run('list', '--resolved', '--json')).stdout)
    expect(items).toMatchObject([{ exceptionId: Number(id), state: 'resolved' }])
  })

  test('refuses with 3, every reason and what would be possible, and with 2 what was asked wrongly', async () => {
    const id = await opened('result-late')
    const refused = await run('resolve', id, '--act', 'paid', ...who)
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('ACT_NOT_FOR_KIND')
    expect(refused.stderr).toContain('可用处置 / possible: dismiss')
    expect((await run('resolve', '999999', '--act', 'dismiss', ...who)).code).toBe(3)
    expect((await run('show', '999999')).code).toBe(3)
    expect(await run('resolve', id, '--act', 'failed', ...who)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason-code'),
    })
    expect((await run('resolve', id, '--act', 'pay', ...who)).code).toBe(2)
    expect((await run('resolve', id, '--act', 'dismiss', '--by', 'li.wei')).code).toBe(2)
    expect((await run('raise', '--by', 'li.wei', '--reason', 'x')).code).toBe(2)
    expect(
      await run('raise', '--instruction', 'EXC-0000001', '--by', 'li.wei', '--reason', 'x'),
    ).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('LINE_NOT_OPEN'),
    })
  })

  test('answers JSON with what a refusal was for', async () => {
    const id = await opened('quarantined-file')
    const asked = await run('resolve', id, '--act', 'read-again', ...who, '--json')
    expect(asked.code).toBe(3)
    expect(JSON.parse(asked.stdout)).toMatchObject({
      kind: 'refused',
      refusals: [{ code: 'INBOUND_NOT_QUARANTINED' }],
      allowed: ['dismiss'],
    })
  })
})
