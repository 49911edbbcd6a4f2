/** A batch is accepted whole or refused whole: totals, digests, duplicates, people and replacements. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SealResult, sealBatch } from '../../../gateway/intake/seal-batch.ts'
import {
  client,
  digest,
  handIn,
  type IntakeStand,
  line,
  lines,
  ndjson,
  open,
  openStand,
  seal,
  send,
} from './intake-stand.ts'

let stand: IntakeStand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const findings = (result: SealResult): unknown =>
  'report' in result
    ? result.report.findings.map((found) => [found.line, found.level, found.code, found.facts])
    : result

const leftovers = (batchNo: string): Promise<number> =>
  stand.count(
    `select (select count(*) from instruction where batch_id = b.batch_id) + (select count(*) from staged_instruction where batch_id = b.batch_id)
       + (select count(*) from sealed_block where batch_id = b.batch_id) + (select count(*) from position where batch_id = b.batch_id)
       + (select count(*) from due_work where step <> 'expire' and subject = b.batch_id::text) as n
     from batch b where batch_no = $1 order by batch_id desc limit 1`,
    [batchNo],
  )

describe('F11: what was sealed, declared and received has to agree', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['count', { count: 9 }, 'COUNT_DIFFERS'],
    ['amount', { amountFen: 1 }, 'AMOUNT_DIFFERS'],
    ['digest', { sha256: digest('other') }, 'DIGEST_DIFFERS'],
  ])('another %s refuses the batch and leaves no line behind', async (name, changes, code) => {
    const batchNo = `F11-${name}`
    const all = lines(batchNo, 5)
    const content = ndjson(all)
    await open(stand, batchNo, all)
    await send(stand, batchNo, content)
    const result = await seal(stand, batchNo, all, content, changes)
    expect(result).toMatchObject({
      kind: 'refused',
      report: { refused: { total: 1, byCode: { [code]: 1 } } },
    })
    expect(await leftovers(batchNo)).toBe(0)
    expect(await open(stand, batchNo, all, { voucherNo: 'again' })).toMatchObject({ kind: 'opened' })
  })

  test('fewer lines than declared refuse the batch', async () => {
    const all = lines('FEWER', 5)
    const content = ndjson(all.slice(0, 4))
    await open(stand, 'FEWER', all)
    await send(stand, 'FEWER', content)
    const result = await seal(stand, 'FEWER', all.slice(0, 4), content)
    expect(result).toMatchObject({
      kind: 'refused',
      report: { refused: { byCode: { COUNT_DIFFERS: 1, AMOUNT_DIFFERS: 1 } } },
    })
  })

  test('nothing received is refused', async () => {
    const all = lines('NOTHING', 2)
    await open(stand, 'NOTHING', all)
    expect(await seal(stand, 'NOTHING', all, ndjson(all))).toMatchObject({
      kind: 'refused',
      report: { count: 0 },
    })
  })

  test('a seal that cannot be read, or of an unknown batch, changes nothing', async () => {
    expect(await sealBatch(stand.needs, client, 'F11-count', { count: 1 }, 'k1')).toMatchObject({
      kind: 'invalid',
      problems: [{ code: 'SEAL_INVALID' }, {}],
    })
    expect(
      await sealBatch(
        stand.needs,
        client,
        'F11-count',
        { count: 1, amountFen: 1.5, sha256: digest('') },
        'k1',
      ),
    ).toMatchObject({ kind: 'invalid' })
    expect(
      await sealBatch(stand.needs, client, 'NOWHERE', { count: 1, amountFen: 1, sha256: digest('') }, 'k1'),
    ).toEqual({ kind: 'not-found' })
  })
})

test('F07: one bad line refuses the batch whole', async () => {
  const all = lines('POISON', 20)
  const content = ndjson([...all.slice(0, 19), line('POISON', 19, { bank: 'icbc' })])
  await open(stand, 'POISON', all)
  await send(stand, 'POISON', content)
  const result = await seal(stand, 'POISON', all, content)
  expect(result).toMatchObject({
    kind: 'refused',
    report: { refused: { total: 1, byCode: { BANK_UNKNOWN: 1 } } },
  })
  expect(findings(result)).toEqual([[20, 'refuse', 'BANK_UNKNOWN', {}]])
  expect(await leftovers('POISON')).toBe(0)
  expect(await send(stand, 'POISON', content)).toEqual({ kind: 'conflict', code: 'BATCH_SEALED' })
})

describe('F12: duplicate instruction ids', () => {
  test('inside a batch are listed with the first line that has the id', async () => {
    const all = [
      ...lines('IDS', 3),
      line('IDS', 3, { instructionId: 'IDS-0000001' }),
      line('IDS', 4, { instructionId: 'IDS-0000001' }),
    ]
    const result = await handIn(stand, 'IDS', all)
    expect(findings(result)).toEqual([
      [4, 'refuse', 'DUPLICATE_INSTRUCTION_ID', { firstSeq: 2 }],
      [5, 'refuse', 'DUPLICATE_INSTRUCTION_ID', { firstSeq: 2 }],
    ])
    expect(result).toMatchObject({ report: { duplicates: { instructionIds: 2, payments: 0 } } })
  })

  test('across batches of the client are listed with the batch that used the id', async () => {
    await handIn(stand, 'IDS-A', lines('IDS-A', 3))
    const all = [...lines('IDS-B', 2), line('IDS-B', 5, { instructionId: 'IDS-A-0000001' })]
    expect(findings(await handIn(stand, 'IDS-B', all))).toEqual([
      [3, 'refuse', 'DUPLICATE_INSTRUCTION_ID', { batchNo: 'IDS-A', otherSeq: 2 }],
    ])
  })
})

describe('P7: nobody is paid twice for the same programme and period', () => {
  const period = { period: 'P7' }

  test('two equal payments inside a batch refuse it', async () => {
    const twin = {
      payeeAccount: line('x', 1).payeeAccount,
      payeeIdNumber: line('x', 1).payeeIdNumber,
      amountFen: 10_001,
      bank: 'cmbc',
    }
    const all = [...lines('TWIN', 4), line('TWIN', 4, twin)]
    expect(findings(await handIn(stand, 'TWIN', all))).toEqual([
      [5, 'refuse', 'DUPLICATE_PAYMENT', { firstSeq: 2 }],
    ])
  })

  test('an equal payment in an earlier batch refuses the later one, unless somebody recorded that it is meant', async () => {
    await handIn(stand, 'P7-A', lines('P7-A', 4), period)
    const all = [line('P7-B', 10), line('P7-B', 2, { instructionId: 'P7-B-twice' })]
    expect(findings(await handIn(stand, 'P7-B', all, period))).toEqual([
      [2, 'refuse', 'DUPLICATE_PAYMENT', { batchNo: 'P7-A', otherSeq: 3 }],
    ])
    const overrides = [{ instructionId: 'P7-B-twice', reason: '补发2025年差额', by: '县财政局 复核岗' }]
    expect(await handIn(stand, 'P7-B', all, { ...period, overrides })).toMatchObject({ kind: 'accepted' })
    expect(await stand.rows('select instruction_id, decided_by from duplicate_override')).toEqual([
      { instruction_id: 'P7-B-twice', decided_by: '县财政局 复核岗' },
    ])
  })

  test('another period, another amount or another programme is no duplicate', async () => {
    const again = (batchNo: string) => lines(batchNo, 4)
    expect(await handIn(stand, 'P7-C', again('P7-C'), { period: 'P7-next' })).toMatchObject({
      kind: 'accepted',
    })
    const more = again('P7-D').map((one) => ({ ...one, amountFen: Number(one.amountFen) + 100_000 }))
    expect(await handIn(stand, 'P7-D', more, period)).toMatchObject({ kind: 'accepted' })
    const programme = { code: 'FARMLAND-OTHER', name: '其他' }
    expect(await handIn(stand, 'P7-E', again('P7-E'), { ...period, programme })).toMatchObject({
      kind: 'accepted',
    })
  })

  test('two batches that pay the same and are sealed at the same moment cannot both be accepted', async () => {
    const race = { period: 'P7-race' }
    for (const batchNo of ['RACE-A', 'RACE-B']) {
      await open(stand, batchNo, lines(batchNo, 10), race)
      await send(stand, batchNo, ndjson(lines(batchNo, 10)))
    }
    const results = await Promise.all(
      ['RACE-A', 'RACE-B'].map((batchNo) =>
        seal(stand, batchNo, lines(batchNo, 10), ndjson(lines(batchNo, 10))),
      ),
    )
    expect(results.map((result) => result.kind).sort()).toEqual(['accepted', 'refused'])
  })

  test('an override for an instruction that is not there is reported', async () => {
    const overrides = [{ instructionId: 'nobody', reason: '误填', by: '经办' }]
    const result = await handIn(stand, 'STRAY', lines('STRAY', 2), { overrides })
    expect(result).toMatchObject({ kind: 'accepted', report: { warnedByCode: { OVERRIDE_UNKNOWN: 1 } } })
  })
})

describe('P9: one person, one card', () => {
  test('one account for several people and several accounts of one person are reported before anything is sent', async () => {
    const all = [
      line('P9', 0),
      line('P9', 2, { payeeAccount: line('P9', 0).payeeAccount, amountFen: 777 }),
      line('P9', 4),
      line('P9', 6, { payeeIdNumber: line('P9', 4).payeeIdNumber }),
      line('P9', 8),
      line('P9', 8, { instructionId: 'P9-second', amountFen: 5 }),
    ]
    const result = await handIn(stand, 'P9', all)
    expect(result).toMatchObject({ kind: 'accepted', report: { warned: 4 } })
    expect(findings(result)).toEqual([
      [1, 'warn', 'ONE_ACCOUNT_SEVERAL_PEOPLE', { people: 2, firstSeq: 1 }],
      [2, 'warn', 'ONE_ACCOUNT_SEVERAL_PEOPLE', { people: 2, firstSeq: 1 }],
      [3, 'warn', 'ONE_PERSON_SEVERAL_ACCOUNTS', { accounts: 2, firstSeq: 3 }],
      [4, 'warn', 'ONE_PERSON_SEVERAL_ACCOUNTS', { accounts: 2, firstSeq: 3 }],
    ])
  })

  test('a programme that blocks them refuses the batch', async () => {
    const strict = await openStand({ checks: { oneAccountSeveralPeople: 'block' } })
    try {
      const all = [line('P9', 0), line('P9', 2, { payeeAccount: line('P9', 0).payeeAccount })]
      expect(await handIn(strict, 'P9', all)).toMatchObject({
        kind: 'refused',
        report: { refused: { total: 2 } },
      })
    } finally {
      await strict.close()
    }
  })
})

test('F02: a connection that dies at the commit leaves no line, no part and an open batch', async () => {
  const all = lines('DIES', 3)
  const content = ndjson(all)
  await open(stand, 'DIES', all)
  await stand.rows(`create function dies() returns trigger language plpgsql as
    $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`)
  const dyingAt = (table: string) =>
    stand.rows(
      `create constraint trigger dies after insert on ${table} deferrable initially deferred for each row execute function dies()`,
    )

  await dyingAt('batch_part')
  await expect(send(stand, 'DIES', content)).rejects.toThrow()
  await stand.rows('drop trigger dies on batch_part')
  expect(await leftovers('DIES')).toBe(0)
  expect(await send(stand, 'DIES', content)).toMatchObject({ kind: 'received' })

  await dyingAt('audit_event')
  await expect(seal(stand, 'DIES', all, content)).rejects.toThrow()
  await stand.rows('drop trigger dies on audit_event')
  expect(await stand.rows(`select state, report from batch where batch_no = 'DIES'`)).toEqual([
    { state: 'open', report: null },
  ])
  expect(await seal(stand, 'DIES', all, content)).toMatchObject({ kind: 'accepted' })
})
