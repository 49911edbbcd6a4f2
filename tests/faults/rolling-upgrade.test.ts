/**
 * Processes of the version before and of this one on one database: every migration since then only adds, and what an
 * old process did, statement by statement, is understood and finished by a new one.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bankFileMoves } from '../../gateway/dispatch/bank-file.ts'
import { moveFile } from '../../gateway/dispatch/bank-file-store.ts'
import { claimDueWork } from '../../gateway/ledger/due-work-store.ts'
import { instructionMoves } from '../../gateway/ledger/instruction-states.ts'
import { moveMoney } from '../../gateway/ledger/position-store.ts'
import { readContent } from '../../gateway/store/content-store.ts'
import { inTransaction } from '../../gateway/store/transaction.ts'
import { adoptObligations } from '../../gateway/transfer/owed/obligation-store.ts'
import { type Journey, startJourney } from '../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../support/ledger-view.ts'
import { runOnly } from '../support/step-runs.ts'

const folder = join(import.meta.dirname, '../../gateway/store/migrations')
/** The last migration of the version before. */
const lastOfOld = 22
const people = 15

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc'],
    failShare: 0,
    returnShare: 0,
    answerDelayMinutes: 20,
    lateAnswerHours: 0,
  })
})
afterAll(() => journey.close())

describe('the schema of this version', () => {
  const since = readdirSync(folder).filter((name) => Number(name.slice(0, 4)) > lastOfOld)

  it.each(since)('F33: %s takes nothing away from the version before', (name) => {
    const sql = readFileSync(join(folder, name), 'utf8').replaceAll(/--.*$/gm, '')
    const gone = [...sql.matchAll(/\bdrop\s+(?:table|column|view|function|sequence|index|schema)\s+(\w+)/gi)]
    // What was made since may go again: the version before never knew it.
    const known = since.map((other) => readFileSync(join(folder, other), 'utf8')).join('\n')
    const ofOld = gone.filter(([, own = '']) => !new RegExp(`\\bcreate [a-z ]*\\b${own}\\b`).test(known))
    expect(ofOld.map(([text]) => text)).toEqual([])
    expect(sql).not.toMatch(/\brename\b/i)
    expect(sql).not.toMatch(/\balter\s+column\s+\w+\s+(type|set\s+not\s+null|drop\s+default)/i)
    for (const [, column = ''] of sql.matchAll(/\badd\s+column\s+([^,;]+)/gi))
      expect(/not\s+null/i.test(column) && !/default/i.test(column), `${column} without a default`).toBe(
        false,
      )
  })
})

/** The claim of a worker of the version before: it knows nothing of holders. */
async function oldClaim(step: string, subject: number): Promise<bigint> {
  const { rows } = await journey.assembly.db.query<{ fence: bigint }>(
    `update due_work set leased_until = now() + make_interval(secs => 60), fence = nextval('fence_seq'), asked_again = false
     where step = $1 and subject = $2 and due_at <= $3 and (leased_until is null or leased_until < now()) returning fence`,
    [step, String(subject), journey.clock.now()],
  )
  const fence = rows[0]?.fence
  if (fence === undefined) throw new Error('nothing was due')
  return fence
}

/** Sends a file as the version before did: no brake is asked, and the result's time stands in the file's own row. */
async function sendAsBefore(batchId: number): Promise<void> {
  const { db, bankBook, channelOf } = journey.assembly
  const file = await fileOf(journey, batchId)
  const fence = await oldClaim('send', file.fileId)
  const at = journey.clock.now()
  const move = { at, fence, sender: fence } as const
  await inTransaction(db, async (tx) => {
    await tx.query(
      `update bank_file set send_fence = $2, send_attempt = $2, send_stage = 'uploading'
       where file_id = $1 and send_fence < $2`,
      [file.fileId, fence],
    )
    const cause = bankFileMoves.sealed.sending
    expect(await moveFile(tx, file.fileId, { ...move, from: 'sealed', to: 'sending', cause })).toBe(true)
    await moveMoney(tx, {
      batchId: file.batchId,
      bankNo: file.bankNo,
      from: 'waiting',
      to: 'in_flight',
      count: file.rowCount,
      amountFen: file.totalFen,
      cause: instructionMoves.waiting.in_flight,
      actor: 'huida',
      businessAt: at,
      fileId: file.fileId,
    })
  })
  const { contentId = 0n, sealedBytes = 0, sealedName = '' } = file
  const outcome = await channelOf(bankBook.byNo(file.bankNo)).send({
    name: sealedName,
    attempt: `${fence}`,
    sizeBytes: sealedBytes,
    content: () => readContent(db, contentId),
    beforeRename: async () =>
      void (await db.query(
        `update bank_file set send_stage = 'renaming' where file_id = $1 and send_fence = $2 and state = 'sending'`,
        [file.fileId, fence],
      )),
  })
  expect(outcome.kind).toBe('accepted')
  await inTransaction(db, async (tx) => {
    const cause = bankFileMoves.sending.sent
    expect(await moveFile(tx, file.fileId, { ...move, from: 'sending', to: 'sent', cause })).toBe(true)
    await tx.query('update bank_file set sent_at = $2, result_due_at = $3 where file_id = $1', [
      file.fileId,
      at,
      new Date(at.getTime() + 4 * 3_600_000),
    ])
    await tx.query('delete from due_work where step = $1 and subject = $2 and fence = $3', [
      'send',
      String(file.fileId),
      fence,
    ])
  })
}

describe('two versions at the same time', () => {
  it('F33: a file that an old process sent owes its result to the new one, and is paid', async () => {
    const { db } = journey.assembly
    const { batchId } = await acceptBatch(journey, 'V-1', plainPeople('V-1', 'cmbc', people))
    await runOnly(journey, ['plan', 'compose'])
    await sendAsBefore(batchId)
    expect(await adoptObligations(db)).toBe(1)
    await journey.settle()
    expect(await countsOf(journey, batchId)).toEqual({ paid: people })
    const { rows } =
      await db.query(`select kind, met_at is not null as met from obligation join bank_file using (file_id)
      where batch_id = ${batchId}`)
    expect(rows).toEqual([{ kind: 'result', met: true }])
    await expectConserved(journey, batchId)
  })

  it('F33: work in the hands of an old process is not taken from it while its lease lasts', async () => {
    const { db } = journey.assembly
    const { batchId } = await acceptBatch(journey, 'V-2', plainPeople('V-2', 'cmbc', people))
    await runOnly(journey, ['plan', 'compose'])
    const { fileId } = await fileOf(journey, batchId)
    // A holder of this version had it once and is gone; the old process leaves its number as it found it.
    await db.query(
      `update due_work set holder = 1, holder_until = now() where step = 'send' and subject = $1`,
      [String(fileId)],
    )
    await oldClaim('send', fileId)
    expect(await claimDueWork(db, 'send', String(fileId), journey.clock.now(), 60)).toBeUndefined()
  })
})
