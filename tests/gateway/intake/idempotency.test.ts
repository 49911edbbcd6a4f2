/** One batch however often it is asked for: by key, by number, at once, and after a lost answer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBatch } from '../../../gateway/intake/open-batch.ts'
import { sealBatch } from '../../../gateway/intake/seal-batch.ts'
import {
  client,
  digest,
  handIn,
  header,
  type IntakeStand,
  line,
  lines,
  ndjson,
  open,
  openStand,
  seal,
  send,
  sumFen,
} from './intake-stand.ts'

let stand: IntakeStand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const batches = (batchNo: string): Promise<number> =>
  stand.count('select count(*)::int as n from batch where batch_no = $1', [batchNo])

test('F05: fifty simultaneous calls with one key open one batch, and all are told the same number', async () => {
  const head = header('FIFTY', lines('FIFTY', 3))
  const results = await Promise.all(
    Array.from({ length: 50 }, () => openBatch(stand.needs, client, head, 'key-fifty')),
  )
  expect(results.filter((result) => result.kind === 'opened')).toHaveLength(1)
  expect(results.filter((result) => result.kind === 'existing')).toHaveLength(49)
  expect(new Set(results.map((result) => 'batchId' in result && result.batchId)).size).toBe(1)
  expect(await batches('FIFTY')).toBe(1)
})

test('F05: fifty simultaneous calls with keys of their own open one batch, too', async () => {
  const head = header('FIFTY-KEYS', lines('FIFTY-KEYS', 3))
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => openBatch(stand.needs, client, head, `own-key-${index}`)),
  )
  expect(results.filter((result) => result.kind === 'opened')).toHaveLength(1)
  expect(await batches('FIFTY-KEYS')).toBe(1)
})

test('F03: a caller that never saw the answer gets the same batch again', async () => {
  const all = lines('LOST', 3)
  const first = await open(stand, 'LOST', all)
  const again = await open(stand, 'LOST', all)
  expect(first).toMatchObject({ kind: 'opened' })
  expect(again).toMatchObject({ kind: 'existing', batchNo: 'LOST', state: 'open' })
  expect('batchId' in again && again.batchId).toBe('batchId' in first && first.batchId)
})

test('F04: the same key with another body is refused, changes nothing and is audited', async () => {
  const all = lines('REUSED', 3)
  await openBatch(stand.needs, client, header('REUSED', all), 'key-reused')
  const other = await openBatch(stand.needs, client, header('REUSED-2', all), 'key-reused')
  expect(other).toEqual({ kind: 'conflict', code: 'KEY_REUSED' })
  expect(await batches('REUSED-2')).toBe(0)
  expect(
    await stand.count(`select count(*)::int as n from audit_event where act = 'idempotency-key.reused'`),
  ).toBe(1)
  const sealed = { count: 3, amountFen: sumFen(all), sha256: digest('') }
  expect(await sealBatch(stand.needs, client, 'REUSED', sealed, 'key-reused')).toEqual({
    kind: 'conflict',
    code: 'KEY_REUSED',
  })
})

test('F06: the same number under a new key points to the batch when the header is the same, however ordered', async () => {
  const head = header('NUMBER', lines('NUMBER', 3))
  await openBatch(stand.needs, client, head, 'number-1')
  const turned = Object.fromEntries(Object.entries(head).reverse())
  expect(await openBatch(stand.needs, client, turned, 'number-2')).toMatchObject({
    kind: 'existing',
    batchNo: 'NUMBER',
  })
})

test('F06: the same number with another header is a conflict, and its key stays free', async () => {
  const all = lines('TAKEN', 3)
  await openBatch(stand.needs, client, header('TAKEN', all), 'taken-1')
  const other = header('TAKEN', all, { region: '430600' })
  expect(await openBatch(stand.needs, client, other, 'taken-2')).toEqual({
    kind: 'conflict',
    code: 'BATCH_NO_TAKEN',
  })
  expect(await openBatch(stand.needs, client, header('TAKEN-2', all), 'taken-2')).toMatchObject({
    kind: 'opened',
  })
})

test('a second seal with the same values gives the same report, with others a conflict', async () => {
  const all = lines('TWICE', 5)
  const content = ndjson(all)
  const first = await handIn(stand, 'TWICE', all)
  expect(await seal(stand, 'TWICE', all, content)).toEqual(first)
  const request = { count: 5, amountFen: sumFen(all), sha256: digest(content) }
  expect(await sealBatch(stand.needs, client, 'TWICE', request, 'another-key')).toEqual(first)
  expect(await sealBatch(stand.needs, client, 'TWICE', { ...request, count: 6 }, 'third-key')).toEqual({
    kind: 'conflict',
    code: 'SEALED_DIFFERENTLY',
  })
  expect(
    await stand.count(
      `select count(*)::int as n from audit_event where act = 'batch.accepted' and subject = 'TWICE'`,
    ),
  ).toBe(1)
})

test('ten simultaneous seals accept the batch once', async () => {
  const all = lines('TEN', 50)
  const content = ndjson(all)
  await open(stand, 'TEN', all)
  await send(stand, 'TEN', content)
  const request = { count: 50, amountFen: sumFen(all), sha256: digest(content) }
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      sealBatch(stand.needs, client, 'TEN', request, `ten-${index % 5}`),
    ),
  )
  expect(new Set(results.map((result) => result.kind))).toEqual(new Set(['accepted']))
  expect(
    await stand.count(
      `select count(*)::int as n from instruction join batch using (batch_id) where batch_no = 'TEN'`,
    ),
  ).toBe(50)
})

test('a small batch comes with its lines in one call, and the call can be repeated', async () => {
  const all = [...lines('INLINE', 4), line('INLINE', 4, { payeeName: '王𬭎', bank: 'cmbc' })]
  const head = header('INLINE', all, { instructions: all })
  const first = await openBatch(stand.needs, client, head, 'inline')
  expect(first).toMatchObject({ kind: 'accepted', report: { count: 5, held: 1 } })
  expect(await openBatch(stand.needs, client, head, 'inline')).toEqual(first)
  expect(await openBatch(stand.needs, client, head, 'inline-2')).toMatchObject({
    kind: 'existing',
    state: 'accepted',
    report: { count: 5 },
  })
  const other = header('INLINE', all, { instructions: all.slice(1) })
  expect(await openBatch(stand.needs, client, other, 'inline-3')).toEqual({
    kind: 'conflict',
    code: 'BATCH_NO_TAKEN',
  })
})

test('a small batch with a bad line is refused whole with its report, and its number may be used again', async () => {
  const all = lines('INLINE-BAD', 3)
  const bad = [...all.slice(0, 2), line('INLINE-BAD', 2, { amountFen: -1 })]
  const head = header('INLINE-BAD', all, { instructions: bad })
  const first = await openBatch(stand.needs, client, head, 'inline-bad')
  expect(first).toMatchObject({
    kind: 'refused',
    report: { refused: { byCode: { AMOUNT_NOT_POSITIVE: 1, AMOUNT_DIFFERS: 1 } } },
  })
  expect(await openBatch(stand.needs, client, head, 'inline-bad')).toEqual(first)
  const good = header('INLINE-BAD', all, { instructions: all })
  expect(await openBatch(stand.needs, client, good, 'inline-good')).toMatchObject({ kind: 'accepted' })
})

test.each<[string, Record<string, unknown>, string]>([
  ['no batch number', { batchNo: undefined }, 'batchNo'],
  ['a batch number with a slash', { batchNo: 'a/b' }, 'batchNo'],
  ['a float as the declared amount', { declared: { count: 1, amountFen: 1.5 } }, 'declared.amountFen'],
  ['a declared amount above 2^53 - 1', { declared: { count: 1, amountFen: 2 ** 53 } }, 'declared.amountFen'],
  ['a declared count of zero', { declared: { count: 0, amountFen: 1 } }, 'declared.count'],
  ['no approval', { approvals: [] }, 'approvals'],
  ['a day that the calendar lacks', { dueBy: '2026-02-30' }, 'dueBy'],
  ['an unknown member', { currency: 'CNY' }, ''],
  [
    'more lines than a header may carry',
    { instructions: Array.from({ length: 5001 }, () => ({})) },
    'instructions',
  ],
])('a header with %s is refused by field', async (_name, changes, field) => {
  const result = await openBatch(stand.needs, client, header('HEAD', lines('HEAD', 1), changes), 'head')
  expect(result.kind === 'refused' && result.problems[0]?.field).toBe(field)
  expect(await batches('HEAD')).toBe(0)
})

test('a programme without rules and a key that cannot be kept are refused', async () => {
  const head = header('PROGRAMME', lines('PROGRAMME', 1), { programme: { code: 'OTHER', name: '其他' } })
  expect(await openBatch(stand.needs, client, head, 'programme')).toMatchObject({
    kind: 'refused',
    problems: [{ code: 'PROGRAMME_UNKNOWN' }],
  })
  expect(await openBatch(stand.needs, client, head, '')).toMatchObject({
    kind: 'refused',
    problems: [{ code: 'KEY_INVALID' }],
  })
  expect(await openBatch(stand.needs, client, head, 'a key with spaces')).toMatchObject({ kind: 'refused' })
})
