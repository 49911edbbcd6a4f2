/**
 * One bank behind a broken line, another one well: the first bank's trouble is cut off by its own deadlines and never
 * delays the other; when the line is whole again its files go, too, and each once.
 */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { type ProcessStand, rewriteAgreement, startStand } from '../support/process-stand.ts'
import { expectPaidOnce, handOver, makeBatch, untilPaid } from '../support/stand-batch.ts'

const people = 12

let stand: ProcessStand
let proxy: FaultProxy
let apiUrl = ''
beforeAll(async () => {
  stand = await startStand({ only: ['cmbc', 'yy-rcb'] })
  const port = stand.prepared.banks.find(({ bank }) => bank === 'cmbc')?.port ?? 0
  proxy = await startFaultProxy(port)
  rewriteAgreement(stand, 'cmbc', (text) =>
    text.replace(`port: ${port}`, `port: ${proxy.port}`).replace('timeoutMs: 30000', 'timeoutMs: 3000'),
  )
  apiUrl = (await stand.start()).apiUrl
})
afterAll(async () => {
  await stand.close()
  await proxy.stop()
})

/** The troubled bank was tried and has not got its file. */
async function isStuck(batchNo: string): Promise<boolean> {
  const { rows } = await stand.db.query<{ stuck: boolean }>(
    `select exists (select from bank_file f join batch using (batch_id) join bank k on k.bank_no = f.bank_no
       join due_work w on w.step = 'send' and w.subject = f.file_id::text
       where batch_no = $1 and k.bank = 'cmbc' and f.sent_at is null and (w.tries > 0 or w.leased_until > now())) as stuck`,
    [batchNo],
  )
  return rows[0]?.stuck === true
}

async function isPaidAt(batchNo: string, bank: string): Promise<boolean> {
  const { rows } = await stand.db.query<{ paid: boolean }>(
    `select coalesce(bool_and(waiting_count + in_flight_count = 0 and paid_count > 0), false) as paid
     from position p join batch using (batch_id) join bank k on k.bank_no = p.bank_no where batch_no = $1 and k.bank = $2`,
    [batchNo, bank],
  )
  return rows[0]?.paid === true
}

describe('a bank whose line is broken', () => {
  it.each([
    ['F44: that swallows everything', { holeAfterBytes: 0 }],
    ['F46: that passes a kilobyte a second', { bytesPerS: 1000 }],
  ])('%s delays no other bank, and gets its file when the line is whole', async (title, fault) => {
    const batch = makeBatch(`L-${title.slice(0, 3)}`, people, ['cmbc', 'yy-rcb'])
    proxy.fault = fault
    await handOver(stand, apiUrl, batch)
    await stand.until('the other bank has paid', () => isPaidAt(batch.batchNo, 'yy-rcb'))
    await stand.until('the troubled one is still stuck', () => isStuck(batch.batchNo))
    proxy.fault = {}
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })
})
