/** Parts of a batch: in order, repeatable, cut anywhere, and the same ledger however they came. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  digest,
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

describe('parts', () => {
  test('are taken in order, repeated without effect, and only the last one may be replaced', async () => {
    const all = lines('PARTS', 6)
    const [a, b, c] = [ndjson(all.slice(0, 2)), ndjson(all.slice(2, 4)), ndjson(all.slice(4))]
    await open(stand, 'PARTS', all)
    expect(await send(stand, 'PARTS', b, { part: 2 })).toEqual({
      kind: 'conflict',
      code: 'PART_OUT_OF_ORDER',
      expectedPart: 1,
    })
    const first = await send(stand, 'PARTS', a)
    expect(first).toMatchObject({
      kind: 'received',
      part: 1,
      lineCount: 2,
      amountFen: 20_001n,
      sha256: digest(a),
    })
    expect(await send(stand, 'PARTS', a)).toEqual(first)
    await send(stand, 'PARTS', c, { part: 2 })
    expect(await send(stand, 'PARTS', b, { part: 1 })).toEqual({
      kind: 'conflict',
      code: 'PART_TAKEN',
      lastPart: 2,
    })
    expect(await send(stand, 'PARTS', b, { part: 2 })).toMatchObject({ kind: 'received', part: 2 })
    expect(await send(stand, 'PARTS', c, { part: 3 })).toMatchObject({ kind: 'received', part: 3 })
    const sha256 = digest([a, b, c].map(digest).join(''))
    expect(await seal(stand, 'PARTS', all, a, { sha256 })).toMatchObject({
      kind: 'accepted',
      report: { count: 6, amountFen: BigInt(sumFen(all)), sha256 },
    })
    expect(
      await stand.rows(
        `select seq, instruction_id from instruction join batch using (batch_id) where batch_no = 'PARTS' order by seq`,
      ),
    ).toEqual(all.map((one, index) => ({ seq: index + 1, instruction_id: one.instructionId })))
  })

  test('of an unknown batch or with an odd number are not taken', async () => {
    expect(await send(stand, 'NOWHERE', ndjson([]))).toEqual({ kind: 'not-found' })
    for (const part of [0, -1, 1.5, Number.NaN]) {
      expect(await send(stand, 'PARTS', ndjson([]), { part })).toMatchObject({
        kind: 'refused',
        problems: [{ code: 'PART_NUMBER' }],
      })
    }
  })

  test('findings tell the line of the part and the part', async () => {
    const all = lines('PLACES', 4)
    await open(stand, 'PLACES', all)
    await send(stand, 'PLACES', ndjson(all.slice(0, 3)))
    const second = ndjson([line('PLACES', 3, { instructionId: 'PLACES-0000000' })])
    await send(stand, 'PLACES', second, { part: 2 })
    const sha256 = digest(digest(ndjson(all.slice(0, 3))) + digest(second))
    const result = await seal(stand, 'PLACES', all, second, { sha256 })
    expect('report' in result && result.report.findings).toMatchObject([
      { part: 2, line: 1, code: 'DUPLICATE_INSTRUCTION_ID' },
    ])
  })
})

test('parts split anywhere, in bodies that arrive in pieces of any size, give the same lines', async () => {
  const all = lines('SPLIT', 60).map((one, index) => (index % 7 === 3 ? { ...one, payeeName: '王𬭎' } : one))
  const staged = () =>
    stand.rows(`select s.seq, s.instruction_id, s.amount_fen, s.account_ref, s.person_ref, s.bank_no
      from staged_instruction s join batch using (batch_id) where batch_no = 'SPLIT' order by s.seq`)
  const held = () =>
    stand.rows(
      `select f.seq, f.code from line_finding f join batch using (batch_id) where batch_no = 'SPLIT' order by f.seq`,
    )
  await open(stand, 'SPLIT', all)
  await send(stand, 'SPLIT', ndjson(all))
  const [wanted, wantedHeld] = [await staged(), await held()]
  expect(wanted).toHaveLength(60)
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom('\n', '\r\n'),
      async (cuts, sizeBytes, lineEnd) => {
        await stand.rows(
          `delete from staged_instruction where batch_id in (select batch_id from batch where batch_no = 'SPLIT')`,
        )
        for (const table of ['batch_part', 'line_finding', 'sealed_block_small']) {
          await stand.rows(
            `delete from ${table} where batch_id in (select batch_id from batch where batch_no = 'SPLIT')`,
          )
        }
        const edges = [0, ...cuts.sort((a, b) => a - b), 60]
        for (const [index, from] of edges.slice(0, -1).entries()) {
          const content = ndjson(all.slice(from, edges[index + 1]))
            .toString()
            .replaceAll('\n', lineEnd)
          expect(
            await send(stand, 'SPLIT', Buffer.from(content), { part: index + 1, sizeBytes }),
          ).toMatchObject({ kind: 'received' })
        }
        expect(await staged()).toEqual(wanted)
        expect(await held()).toEqual(wantedHeld)
      },
    ),
    { numRuns: 25 },
  )
})
