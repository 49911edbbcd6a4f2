/** Batches that were opened and never sealed: F02. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expireBatch, openForMs } from '../../../gateway/intake/expire-batch.ts'
import { openBatch } from '../../../gateway/intake/open-batch.ts'
import { receivePart } from '../../../gateway/intake/receive-part.ts'
import { runStep } from '../../../gateway/run-step.ts'
import { digestingNdjson } from '../../../ops/demo/batch-ndjson.ts'
import { generateLines } from '../../../ops/demo/people.ts'
import { type Journey, startJourney } from '../../support/journey.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney()
})
afterAll(() => journey.close())

async function openUnsealed(batchNo: string, count: number): Promise<number> {
  const needs = { ...journey.assembly, spoolFolder: journey.assembly.scratchFolder, threads: 0 }
  const lines = generateLines({
    people: 5,
    seed: 1,
    banks: [{ code: 'ccb', share: 1 }],
    batchNo,
    region: '430621',
  })
  const header = {
    batchNo,
    programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
    period: '2026',
    region: '430621',
    fundingAccount: '43050166360800000999',
    dueBy: '2026-12-04',
    approvals: [{ role: 'finance', by: '县财政局', at: '2026-11-20T09:00:00+08:00' }],
    declared: { count, amountFen: count },
  }
  const opened = await openBatch(needs, 'platform', header, `open-${batchNo}`)
  if (opened.kind !== 'opened') throw new Error(opened.kind)
  async function* body(): AsyncGenerator<Buffer> {
    yield* digestingNdjson(lines).chunks
  }
  await receivePart(needs, 'platform', batchNo, 1, body(), 'ndjson', 'identity')
  return opened.batchId
}

describe('a batch that nobody seals', () => {
  it.each([
    ['small', 5],
    ['with tables of its own', 200_000],
  ])('F02: leaves nothing staged after seven days (%s)', async (_name, count) => {
    const { db } = journey.assembly
    const id = await openUnsealed(`E-${count}`, count)
    const step = () => runStep(expireBatch, journey.assembly, 'expire', String(id))
    expect(await step()).toEqual({ kind: 'idle' })
    journey.clock.turn(openForMs / 60_000)
    expect((await step()).kind).toBe('done')
    const { rows } = await db.query('select state from batch where batch_id = $1', [id])
    expect(rows).toEqual([{ state: 'cancelled' }])
    const staged = await db.query('select 1 from staged_instruction where batch_id = $1', [id])
    const tables = await db.query('select 1 from pg_class where relname = $1', [`instruction_b${id}`])
    expect([staged.rowCount, tables.rowCount]).toEqual([0, 0])
  })
})
