/** Arrival notices: one for each paid line whose payee left a phone number, whatever the SMS provider does (I10). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SmsProvider } from '../../../gateway/outcomes/sms-provider.ts'
import type { StepRun } from '../../../gateway/run-step.ts'
import { readSmsTotals } from '../../../ops/simulator/sms/sms-ledger.ts'
import { answer, layAnswer, rowsFor } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  acceptBatch,
  countsOf,
  expectConserved,
  fileOf,
  plainPeople,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'
import { dieIn, Killed, leasesRunOut, lookOnce, runOne, runOnly } from '../../support/step-runs.ts'

const quiet = { only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 }
const people = 40

let journey: Journey

/** The journey's own provider with small requests, so that a few people make many of them. */
function provider(over: Partial<SmsProvider> = {}): SmsProvider {
  const { sms } = journey.assembly
  if (!sms) throw new Error('no provider')
  return { ...sms, maxMessages: 4, ...over }
}

/** Applies an answer that pays everybody, and stops where notices are due. */
async function payEverybody(batchNo: string): Promise<SentBatch & { inboundId: number }> {
  const batch = await sendBatch(journey, batchNo, people)
  await layAnswer(journey, batch.file, { rows: rowsFor(batch.file, '0000') })
  for (let look = 0; look < 2; look++)
    await lookOnce(journey, journey.assembly.bankBook.byNo(batch.file.bankNo))
  await runOnly(journey, ['read', 'route'])
  const { rows } = await journey.assembly.db.query<{ inbound_id: number }>(
    'select inbound_id from inbound_file where file_id = $1',
    [batch.file.fileId],
  )
  return { ...batch, inboundId: rows[0]?.inbound_id ?? 0 }
}

const withPhone = (batch: SentBatch): number => batch.lines.filter((line) => line.phone !== undefined).length

/** A door that somebody else opens. */
function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const totals = () => readSmsTotals(journey.world.world.sms.ledgerFile)

const statesOf = async (inboundId: number): Promise<Record<string, number>> => {
  const { rows } = await journey.assembly.db.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from sms_request where inbound_id = $1 group by 1 order by 1',
    [inboundId],
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

/** Notifies until nothing is left to do; gives how often it was put off. */
async function notifyToTheEnd(inboundId: number, sms = provider()): Promise<number> {
  for (let putOff = 0; putOff < 200; putOff++) {
    const run = await runOne(journey, 'notify', inboundId, { sms })
    if (run.kind !== 'put-off') return putOff
    journey.clock.turn(11)
  }
  throw new Error('the notices never ended')
}

describe('notices with a provider that drops and refuses calls', () => {
  beforeAll(async () => {
    journey = await startJourney({ ...quiet, sms: { smsDropShare: 0.3, smsBusyShare: 0.3 } })
  })
  afterAll(() => journey.close())

  it('F73: reach everybody exactly once, and the money does not wait for them', async () => {
    const batch = await payEverybody('N1')
    expect(await countsOf(journey, batch.batchId)).toEqual({ paid: people })
    expect(await notifyToTheEnd(batch.inboundId)).toBeGreaterThan(2)
    expect(await statesOf(batch.inboundId)).toEqual({ accepted: people / 4 })
    expect(await totals()).toMatchObject({ messages: withPhone(batch), duplicateRefs: 0 })
    await expectConserved(journey, batch.batchId)
  })
})

describe('notices', () => {
  beforeAll(async () => {
    journey = await startJourney(quiet)
  })
  afterAll(() => journey.close())

  it('whose answer was never recorded are asked about and not sent again', async () => {
    const batch = await payEverybody('N2')
    const before = await totals()
    const dying = provider({
      send: async (...request) => {
        await provider().send(...request)
        throw new Killed('after the provider took it')
      },
    })
    await dieIn(journey, 'notify', batch.inboundId, { sms: dying })
    expect(await statesOf(batch.inboundId)).toEqual({ planned: people / 4 - 1, sending: 1 })
    await leasesRunOut(journey)
    await notifyToTheEnd(batch.inboundId)
    const after = await totals()
    expect(after.messages - before.messages).toBe(withPhone(batch))
    expect(after.duplicateRefs).toBe(0)
  })

  it('F73: of a worker who sleeps before the call are not asked for again once he wakes up', async () => {
    const batch = await payEverybody('N6')
    const before = await totals()
    const asked = latch()
    const woken = latch()
    const successor = provider({
      maxMessages: people,
      send: async (...request) => {
        const outcome = await provider().send(...request)
        asked.open()
        await woken.opened
        return outcome
      },
    })
    let later: Promise<StepRun> | undefined
    const sleeper = provider({
      maxMessages: people,
      send: async (...request) => {
        await leasesRunOut(journey)
        journey.clock.turn(3)
        later = runOne(journey, 'notify', batch.inboundId, { sms: successor })
        await asked.opened
        return provider().send(...request)
      },
    })
    const overtaken = await runOne(journey, 'notify', batch.inboundId, { sms: sleeper })
    expect(overtaken).toMatchObject({ kind: 'put-off', fault: { code: 'LEASE_LOST' } })
    // What he records on waking must not undo the call that his successor is in the middle of.
    expect(await statesOf(batch.inboundId)).toEqual({ sending: 1 })
    woken.open()
    expect(await later).toMatchObject({ kind: 'done' })
    expect((await totals()).messages - before.messages).toBe(withPhone(batch))
    expect((await totals()).duplicateRefs).toBe(0)
  })

  it('F73: that are slow on their way are waited for, although the provider knows nothing of them yet', async () => {
    const batch = await payEverybody('N7')
    const before = await totals()
    let early: StepRun | undefined
    const slow = provider({
      send: async (...request) => {
        await leasesRunOut(journey)
        early = await runOne(journey, 'notify', batch.inboundId, { sms: provider() })
        await provider().send(...request)
        throw new Error('its answer is lost, too')
      },
    })
    await runOne(journey, 'notify', batch.inboundId, { sms: slow })
    expect(early).toMatchObject({ kind: 'put-off', fault: { code: 'SMS_UNCONFIRMED' } })
    journey.clock.turn(1)
    await notifyToTheEnd(batch.inboundId)
    expect((await totals()).messages - before.messages).toBe(withPhone(batch))
    expect((await totals()).duplicateRefs).toBe(0)
  })

  it('that never left are sent when the provider says that it knows nothing of them', async () => {
    const batch = await payEverybody('N3')
    const before = await totals()
    const dying = provider({
      send: async () => {
        throw new Killed('before the call')
      },
    })
    await dieIn(journey, 'notify', batch.inboundId, { sms: dying })
    await leasesRunOut(journey)
    await notifyToTheEnd(batch.inboundId)
    expect((await totals()).messages - before.messages).toBe(withPhone(batch))
  })

  it('are not asked for people without a phone, and the request ends without a call', async () => {
    const lines = plainPeople('N4', 'cmbc', 4).map(({ phone: _phone, ...line }) => line)
    const { batchId } = await acceptBatch(journey, 'N4', lines)
    await journey.runQuiet()
    const before = await totals()
    const file = await fileOf(journey, batchId)
    await answer(journey, file, { rows: rowsFor(file, '0000') })
    expect(await totals()).toEqual(before)
    const { rows: requests } = await journey.assembly.db.query(
      `select state, message_count from sms_request order by inbound_id desc limit 1`,
    )
    expect(requests).toEqual([{ state: 'accepted', message_count: 0 }])
  })

  it('are planned once, however often the step runs, and only for lines that were paid', async () => {
    const batch = await sendBatch(journey, 'N5', people)
    const before = await totals()
    const rows = rowsFor(batch.file, '0000').map((row) =>
      row.seq % 2 === 0 ? { ...row, code: '3031', text: '户名不符' } : row,
    )
    await answer(journey, batch.file, { rows })
    const paidWithPhone = batch.lines.filter((line, at) => at % 2 === 0 && line.phone !== undefined).length
    expect((await totals()).messages - before.messages).toBe(paidWithPhone)
    await journey.assembly.db.query(
      `insert into due_work (step, subject, due_at) select 'notify', inbound_id::text, $1 from inbound_file`,
      [journey.clock.now()],
    )
    await runOnly(journey, ['notify'])
    expect((await totals()).messages - before.messages).toBe(paidWithPhone)
    expect((await totals()).duplicateRefs).toBe(0)
  })
})
