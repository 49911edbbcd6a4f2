/**
 * A worker that stands still longer than its lease, as a blocked event loop or a paused machine does, while another
 * takes over: when it wakes up its writes are refused by the fence and its rename fails, so the bank has one file.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import { isStopped, type ServiceProcess } from '../support/service-process.ts'
import {
  arrivals,
  expectPaidOnce,
  fileNames,
  handOver,
  makeBatch,
  untilPaid,
} from '../support/stand-batch.ts'

const people = 12

let stand: ProcessStand
let second: ServiceProcess
beforeAll(async () => {
  stand = await startStand({ only: ['cmbc', 'yy-rcb'] })
  second = await stand.start()
})
afterAll(() => stand.close())

/** A first process that stopped itself at a point, with a batch in its hands; the second one stands still meanwhile. */
async function stoppedAt(stopAt: string, batch: ReturnType<typeof makeBatch>): Promise<ServiceProcess> {
  await stand.pause(second)
  const first = await stand.start({ HUIDA_DRILL: 'on', HUIDA_STOP_AT: stopAt })
  await handOver(stand, first.apiUrl, batch)
  await stand.until(`the first process stopped at ${stopAt}`, () => isStopped(first.pid))
  return first
}

/** Whatever it thought of its sending: it has come to its end. */
const hasEnded = (one: ServiceProcess): boolean =>
  one.said.some((line) => /"event":"send\.(done|put_off)"/.test(line))

describe('a sender that stands still past its lease', () => {
  it.each([
    ['F26: before its first byte', 'send:db.commit.after#1'],
    ['F26: before it asks for the leave to rename', 'send:bank.before-rename.before'],
    ['F31: with the leave to rename', 'send:bank.before-rename.after'],
  ])('%s is shut out, and the bank gets one file (%s)', async (_title, stopAt) => {
    const batch = makeBatch(`S-${stopAt.replaceAll(/\W/g, '-')}`, people)
    const first = await stoppedAt(stopAt, batch)
    await stand.leasesRunOut()
    second.signal('SIGCONT')
    await stand.until('the second process has sent it', async () => {
      const [name = ''] = await fileNames(stand, batch.batchNo)
      return arrivals(stand, name) > 0
    })
    first.signal('SIGCONT')
    await stand.until('the first process is through with its sending', async () => hasEnded(first))
    expect(await claims([batch.batchNo])).toEqual([2])
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
    expect((await first.stop()).code).toBe(0)
  })
})

describe('two processes with one schedule', () => {
  it('F32: that see a window open at the same moment send each file once', async () => {
    const third = await stand.start()
    // The rural bank is closed by now and opens on Monday morning; both sweeps wait for that.
    stand.turn(9 * 60)
    const batches = ['W-1', 'W-2', 'W-3'].map((batchNo) => makeBatch(batchNo, people, ['yy-rcb']))
    for (const [index, batch] of batches.entries())
      await handOver(stand, (index % 2 === 0 ? second : third).apiUrl, batch)
    await stand.until('all files wait for their window', async () => (await waiting()) === batches.length)
    stand.turn((2 * 24 + 14) * 60)
    for (const batch of batches) await untilPaid(stand, batch)
    await expectPaidOnce(stand, ...batches)
    expect(await claims(batches.map(({ batchNo }) => batchNo))).toEqual([1, 1, 1])
  })
})

async function waiting(): Promise<number> {
  const { rows } = await stand.db.query<{ n: number }>(
    `select count(*)::int as n from due_work w join bank_file f on f.file_id::text = w.subject
     where w.step = 'send' and w.due_at > $1 and f.state = 'sealed'`,
    [stand.now()],
  )
  return rows[0]?.n ?? 0
}

/** How often each batch's file began to be sent. */
async function claims(batchNos: readonly string[]): Promise<number[]> {
  const { rows } = await stand.db.query<{ n: number }>(
    `select count(*)::int as n from bank_file_event e join bank_file f using (file_id) join batch b using (batch_id)
     where b.batch_no = any ($1) and e.to_state = 'sending' group by b.batch_no order by b.batch_no`,
    [batchNos],
  )
  return rows.map(({ n }) => n)
}
