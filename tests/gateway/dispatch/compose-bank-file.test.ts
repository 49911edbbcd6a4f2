/** Composing: the same plan makes the same content, one sendable version of it, and leaves nothing lying about. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composeBankFile } from '../../../gateway/dispatch/compose-bank-file.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../../support/ledger-view.ts'
import { claim, dieIn, dyingAtStatement, leasesRunOut, runOne, runOnly } from '../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc', 'yy-rcb'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

async function planned(batchNo: string, bank = 'cmbc') {
  const { batchId } = await acceptBatch(journey, batchNo, plainPeople(batchNo, bank, 8))
  await runOnly(journey, ['plan'])
  return { batchId, fileId: (await fileOf(journey, batchId)).fileId }
}

const query = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await journey.assembly.db.query<Row>(sql, values)).rows

const digestOf = async (fileId: number): Promise<string | undefined> =>
  (
    await query<{ digest: string }>(
      `select encode(content_sha256, 'hex') as digest from bank_file where file_id = $1`,
      [fileId],
    )
  )[0]?.digest

/** Kept bytes that nothing refers to. */
const leftovers = async (): Promise<number> =>
  (
    await query(
      `select from content c where not exists (select from bank_file f where f.content_id = c.content_id)
         and not exists (select from inbound_file i where i.content_id = c.content_id)`,
    )
  ).length

/** As if the file had never been composed. */
const forget = (fileId: number) =>
  query(
    `with undone as (update bank_file set state = 'planned' where file_id = $1)
    insert into due_work (step, subject, due_at) values ('compose', $1::int::text, '2026-01-01') on conflict do nothing`,
    [fileId],
  )

describe('composing', () => {
  it.each(['cmbc', 'yy-rcb'])('F15: twice for %s makes the same content', async (bank) => {
    const { batchId, fileId } = await planned(`E-${bank}`, bank)
    await runOne(journey, 'compose', fileId)
    const first = { digest: await digestOf(fileId), file: await fileOf(journey, batchId) }
    await forget(fileId)
    await runOne(journey, 'compose', fileId)
    expect(await digestOf(fileId)).toBe(first.digest)
    const second = await fileOf(journey, batchId)
    expect(second.contentId).not.toBe(first.file.contentId)
    expect(second.sideFiles).toEqual(first.file.sideFiles)
    await query('delete from content where content_id = $1', [first.file.contentId])
  })

  it.each(['update bank_file set state', 'update bank_file set content_sha256', 'insert into due_work'])(
    'F15: that dies at "%s" leaves nothing behind and is done again',
    async (point) => {
      const { batchId, fileId } = await planned(`E${point.length}`)
      await dyingAtStatement(journey, point, () => dieIn(journey, 'compose', fileId, {}))
      expect((await fileOf(journey, batchId)).state).toBe('planned')
      expect(await leftovers()).toBe(0)
      expect(
        readdirSync(journey.assembly.scratchFolder).filter((name) => name.startsWith('scratch-')),
      ).toEqual([])
      await leasesRunOut(journey)
      await runOne(journey, 'compose', fileId)
      expect((await fileOf(journey, batchId)).state).toBe('sealed')
      expect(await countsOf(journey, batchId)).toEqual({ waiting: 8 })
      await expectConserved(journey, batchId)
    },
  )

  it('F16: by two workers at once leaves one sendable version', async () => {
    const { batchId, fileId } = await planned('E1')
    const held = await claim(journey, 'compose', fileId)
    const ends = await Promise.allSettled(
      [0, 1].map(() => composeBankFile(journey.assembly, String(fileId), held)),
    )
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await fileOf(journey, batchId)).state).toBe('sealed')
    expect(await leftovers()).toBe(0)
  })

  it('F16: of a file that is sealed or on its way leaves its bytes as they are', async () => {
    const { batchId, fileId } = await planned('E2')
    await runOnly(journey, ['compose', 'send'])
    const { contentId, state } = await fileOf(journey, batchId)
    expect(state).toBe('sent')
    await query(`insert into due_work (step, subject, due_at) values ('compose', $1, '2026-01-01')`, [
      String(fileId),
    ])
    expect((await runOne(journey, 'compose', fileId)).kind).toBe('done')
    expect(await fileOf(journey, batchId)).toMatchObject({ contentId, state: 'sent' })
  })

  it('stops when the lines do not add up to the plan, and nothing can be sent', async () => {
    const { batchId, fileId } = await planned('E3')
    await query('update bank_file set total_fen = total_fen + 1 where file_id = $1', [fileId])
    expect(await runOne(journey, 'compose', fileId)).toMatchObject({
      kind: 'put-off',
      fault: { code: 'CONTROL_TOTALS' },
    })
    expect(await fileOf(journey, batchId)).toMatchObject({ state: 'planned', contentId: undefined })
    expect(await leftovers()).toBe(0)
  })
})
