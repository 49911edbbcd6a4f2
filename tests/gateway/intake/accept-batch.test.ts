/** An approved batch comes in whole: ledger rows, sealed fields, holds, positions and due work. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFieldSealer } from '../../../crypto/field-sealing.ts'
import { bankNo, batchId } from '../../../gateway/ledger/batch.ts'
import { openLines } from '../../../gateway/ledger/payee-store.ts'
import {
  handIn,
  type IntakeStand,
  line,
  lines,
  ndjson,
  open,
  openStand,
  seal,
  send,
  sumFen,
  type TestLine,
} from './intake-stand.ts'

let stand: IntakeStand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

test('an accepted batch has one row a line, a position at each bank and a plan that is due', async () => {
  const all = lines('WHOLE', 40)
  const result = await handIn(stand, 'WHOLE', all)
  expect(result).toMatchObject({
    kind: 'accepted',
    report: { count: 40, held: 0, warned: 0, refused: { total: 0 }, findings: [] },
  })
  const [batch] = await stand.rows(`select * from batch where batch_no = 'WHOLE'`)
  expect(batch).toMatchObject({
    state: 'accepted',
    shard: 0,
    min_instruction_id: 'WHOLE-0000000',
    max_instruction_id: 'WHOLE-0000039',
  })
  const [sum] = await stand.rows(
    'select count(*)::int as n, sum(amount_fen)::bigint as fen from instruction where batch_id = $1',
    [batch?.batch_id],
  )
  expect(sum).toEqual({ n: 40, fen: BigInt(sumFen(all)) })
  const positions = await stand.rows(
    'select accepted_count, waiting_count, held_count from position where batch_id = $1',
    [batch?.batch_id],
  )
  expect(positions).toEqual([
    { accepted_count: 20, waiting_count: 20, held_count: 0 },
    { accepted_count: 20, waiting_count: 20, held_count: 0 },
  ])
  expect(
    await stand.count(`select count(*)::int as n from due_work where step = 'plan' and subject = $1`, [
      String(batch?.batch_id),
    ]),
  ).toBe(1)
  expect(await stand.count('select count(*)::int as n from staged_instruction')).toBe(0)
  expect(
    await stand.count(
      `select count(*)::int as n from audit_event where act = 'batch.accepted' and subject = 'WHOLE'`,
    ),
  ).toBe(1)
})

test('personal fields lie sealed in blocks, in order, and nowhere in clear', async () => {
  const all = lines('SEALED', 30).map(
    (one): TestLine => ({ ...one, phone: '13352291745', household: 'H-0001' }),
  )
  await handIn(stand, 'SEALED', all)
  const [batch] = await stand.rows(`select batch_id, shard from batch where batch_no = 'SEALED'`)
  const id = batchId(Number(batch?.batch_id))
  const sealer = createFieldSealer(stand.needs.fieldKey)
  const bank = stand.needs.bankBook.byCode('cmbc')
  const opened = []
  for await (const block of openLines(
    stand.needs.db,
    sealer,
    { batchId: id, shard: 0 },
    bank?.bankNo ?? bankNo(0),
    1,
    30,
  ))
    opened.push(...block)
  expect(opened.map(({ seq, amountFen, ...rest }) => rest)).toEqual(
    all.filter((one) => one.bank === 'cmbc').map(({ amountFen, bank: _bank, region, ...rest }) => rest),
  )
  const clear = await stand.rows(`select * from instruction where batch_id = $1`, [id])
  expect(
    JSON.stringify(clear, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
  ).not.toContain(String(all[0]?.payeeAccount))
})

test('F09: a name that its bank cannot write is held with a correction request, and never becomes a question mark', async () => {
  const all = [
    ...lines('HELD', 3),
    line('HELD', 3, { payeeName: '王𬭎' }),
    line('HELD', 5, { payeeName: '阿'.repeat(90) }),
  ]
  const result = await handIn(stand, 'HELD', all)
  expect(result).toMatchObject({ kind: 'accepted', report: { held: 2, refused: { total: 0 } } })
  const id = result.kind === 'accepted' ? result.batchId : 0
  expect(
    await stand.rows(
      'select seq, state, reason_code, reason_class from instruction_state where batch_id = $1 order by seq',
      [id],
    ),
  ).toEqual([
    { seq: 4, state: 'held', reason_code: 'CHARSET', reason_class: 'C' },
    { seq: 5, state: 'held', reason_code: 'TOO_LONG', reason_class: 'C' },
  ])
  expect(
    await stand.rows('select seq, wanted, fields, state from correction where batch_id = $1 order by seq', [
      id,
    ]),
  ).toEqual([
    { seq: 4, wanted: 'corrected-data', fields: ['payeeName'], state: 'open' },
    { seq: 5, wanted: 'corrected-data', fields: ['payeeName'], state: 'open' },
  ])
  expect(await stand.count('select sum(held_count)::int as n from position where batch_id = $1', [id])).toBe(
    2,
  )
  expect(
    await stand.count(
      `select sum(count)::int as n from position_move where batch_id = $1 and to_state = 'held'`,
      [id],
    ),
  ).toBe(2)
  const report = result.kind === 'accepted' ? result.report : undefined
  expect(report?.findings.map((found) => [found.line, found.level, found.code])).toEqual([
    [4, 'hold', 'NAME_CHARSET'],
    [5, 'hold', 'NAME_TOO_LONG'],
  ])
  expect(report?.findings[0]?.messageZh).toBe('姓名有该行字符集没有的字')
})

test('a big batch that is refused leaves no table of its own behind', async () => {
  const all = [...lines('BIG', 3), line('BIG', 3, { instructionId: 'BIG-0000000' })]
  const content = ndjson(all)
  const declared = { count: 100_000, amountFen: sumFen(all) }
  expect(await open(stand, 'BIG', all, { declared })).toMatchObject({ kind: 'opened' })
  const own = () =>
    stand.count(`select count(*)::int as n from pg_class where relname ~ '_b[0-9]+$' and relkind = 'r'`)
  expect(await own()).toBe(3)
  expect(await send(stand, 'BIG', content)).toMatchObject({ kind: 'received', lineCount: 4 })
  const result = await seal(stand, 'BIG', all, content)
  const byCode = { COUNT_DIFFERS: 1, DUPLICATE_INSTRUCTION_ID: 1 }
  expect(result).toMatchObject({ kind: 'refused', report: { refused: { total: 2, byCode } } })
  expect(await own()).toBe(0)
})

test('twenty thousand lines are taken on one thread', async () => {
  const all = lines('MANY', 20_000)
  const result = await handIn(stand, 'MANY', all)
  expect(result).toMatchObject({
    kind: 'accepted',
    report: { count: 20_000, amountFen: BigInt(sumFen(all)) },
  })
})
