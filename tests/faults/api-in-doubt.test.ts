/**
 * Two gateways before one bank API, in real processes: the first stands still with a file in its hands, the second finds
 * the sending in doubt and asks the bank; whatever the first does when it wakes up, the bank debits the file once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFaultScript } from '../../ops/simulator/misdeeds/fault-script.ts'
import { readBankTotals } from '../../ops/simulator/world/read-bank-ledgers.ts'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import { isStopped, type ServiceProcess } from '../support/service-process.ts'
import { expectPaidOnce, fileNames, handOver, makeBatch, untilPaid } from '../support/stand-batch.ts'

const bank = 'icbc-api'
const people = 6

let stand: ProcessStand
let second: ServiceProcess
beforeAll(async () => {
  const script = readFaultScript(`${bank} break-after-taking call=1`)
  if (script.kind === 'refused') throw new Error(script.problems.join('\n'))
  stand = await startStand({ only: [], api: true, faults: script.rules })
  second = await stand.start()
})
afterAll(() => stand.close())

const debits = async (): Promise<number | undefined> =>
  (await readBankTotals(stand.banksFolder)).find((one) => one.bank === bank)?.debits.count

/** How calls that hand a file over ended, and questions about it, in order. */
async function calls(batchNo: string): Promise<string[]> {
  const { rows } = await stand.db.query<{ call: string }>(
    `select e.purpose || ' ' || coalesce(e.outcome, 'open') as call from api_exchange e
       join bank_file using (file_id) join batch using (batch_id) where batch_no = $1 order by exchange_no`,
    [batchNo],
  )
  return rows.map(({ call }) => call)
}

async function stateOf(batchNo: string): Promise<string> {
  const [name = ''] = await fileNames(stand, batchNo)
  const { rows } = await stand.db.query<{ state: string }>('select state from bank_file where name = $1', [
    name,
  ])
  return rows[0]?.state ?? ''
}

/** A first process that stopped itself in the middle of a sending; its lease runs out and the second one goes on. */
async function overtaken(stopAt: string, batch: ReturnType<typeof makeBatch>): Promise<ServiceProcess> {
  await stand.pause(second)
  const first = await stand.start({ HUIDA_DRILL: 'on', HUIDA_STOP_AT: stopAt })
  await handOver(stand, first.apiUrl, batch)
  await stand.until(`the first process stopped at ${stopAt}`, () => isStopped(first.pid))
  expect(await stateOf(batch.batchNo)).toBe('sending')
  await stand.leasesRunOut()
  second.signal('SIGCONT')
  return first
}

const hasEnded = (one: ServiceProcess): boolean =>
  one.said.some((line) => /"event":"send\.(done|put_off)"/.test(line))

describe('two gateways before one bank API', () => {
  it('F48: of which one lost the answer to its sending and slept ask, and the bank debits once', async () => {
    const batch = makeBatch('D-answer', people, [bank])
    const first = await overtaken('send:bank.send.after', batch)
    // Answers of this bank are asked for, first after a minute and then every ten.
    stand.turn(2)
    await stand.until(
      'the second has the word of the bank',
      async () => (await stateOf(batch.batchNo)) !== 'sending',
    )
    first.signal('SIGCONT')
    await stand.until('the first is through with its sending', async () => hasEnded(first))
    stand.turn(11)
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
    expect(await debits()).toBe(1)
    const said = await calls(batch.batchNo)
    expect(said[0]).toBe('send unanswered')
    expect(said.filter((call) => call.startsWith('send'))).toHaveLength(1)
    expect((await first.stop()).code).toBe(0)
  })

  it('F48: of which one slept with the leave to send and is overtaken send once', async () => {
    const batch = makeBatch('D-leave', people, [bank])
    const first = await overtaken('send:bank.before-rename.after', batch)
    await stand.until('the second has sent it', async () => (await debits()) === 2)
    first.signal('SIGCONT')
    await stand.until('the first is through with its sending', async () => hasEnded(first))
    stand.turn(11)
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
    expect(await debits()).toBe(2)
    expect((await calls(batch.batchNo)).filter((call) => call.startsWith('send'))).toEqual(['send accepted'])
    expect((await first.stop()).code).toBe(0)
  })
})
