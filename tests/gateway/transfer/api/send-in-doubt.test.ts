/** What a bank's API says or fails to say of a sending: three outcomes, questions before any retry, one debit. */
import { afterEach, describe, expect, it } from 'vitest'
import { countsOf, expectConserved, fileOf, plainPeople } from '../../../support/ledger-view.ts'
import { claim, dieIn, Killed, leasesRunOut, runOne, runOnly } from '../../../support/step-runs.ts'
import { type ApiJourney, type ApiJourneyOptions, startApiJourney } from './api-stand.ts'

let journey: ApiJourney | undefined
afterEach(async () => {
  await journey?.close()
  journey = undefined
})

async function ready(options: ApiJourneyOptions) {
  const stand = await startApiJourney(options)
  journey = stand
  const bank = stand.assembly.bankBook.banks[0]?.bank ?? ''
  const sealed = await stand.handIn('D1', plainPeople('D1', bank, 6))
  if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
  await runOnly(stand, ['plan', 'compose'])
  const file = await fileOf(stand, sealed.batchId)
  const state = async (): Promise<string> => (await fileOf(stand, sealed.batchId)).state
  return { stand, batchId: sealed.batchId, file, state, send: () => runOne(stand, 'send', file.fileId) }
}

/** Purposes and outcomes of everything exchanged, in order. */
async function exchanged({ assembly }: ApiJourney): Promise<string[]> {
  const { rows } = await assembly.db.query<{ call: string }>(
    `select purpose || ' ' || coalesce(outcome, 'open') as call from api_exchange order by exchange_no`,
  )
  return rows.map(({ call }) => call)
}

const debits = ({ api }: ApiJourney): number => api.bank.sums().debit.count

describe('a submission that times out', () => {
  it.each(['json-sm', 'xml-post', 'form-post'] as const)(
    'F48: after it was executed is unknown, then found by a query, and debited once (%s)',
    async (shape) => {
      const { stand, batchId, state, send } = await ready({ shape })
      stand.api.manners.dropAfterTaking = 1
      await send()
      expect(await state()).toBe('unconfirmed')
      expect(await countsOf(stand, batchId)).toEqual({ in_flight: 6 })
      stand.clock.turn(2)
      await send()
      // The signed form says "in progress" and the others "taken": both are the bank's word that it has the file.
      expect(await state()).toBe('sent')
      expect((await exchanged(stand)).slice(0, 1)).toEqual(['send unanswered'])
      expect((await exchanged(stand)).filter((call) => call.startsWith('send'))).toHaveLength(1)
      expect(debits(stand)).toBe(1)
      await stand.settle()
      expect((await countsOf(stand, batchId)).in_flight ?? 0).toBe(0)
      expect(debits(stand)).toBe(1)
      await expectConserved(stand, batchId)
    },
  )

  it.each(['json-sm', 'xml-post', 'form-post'] as const)(
    'F49: before it was taken is sent again under the same number, and only after two denials a settle time apart (%s)',
    async (shape) => {
      const { stand, batchId, state, send } = await ready({ shape })
      stand.api.manners.dropBeforeTaking = 1
      await send()
      for (let minutes = 0; minutes < 30; minutes += 5) {
        expect(await state()).toBe('unconfirmed')
        stand.clock.turn(5)
        await send()
      }
      for (let tries = 0; tries < 4 && (await state()) !== 'sent'; tries++) {
        stand.clock.turn(10)
        await send()
      }
      expect(await state()).toBe('sent')
      const calls = await exchanged(stand)
      expect(calls.filter((call) => call.startsWith('send'))).toEqual(['send unanswered', 'send accepted'])
      expect(calls.filter((call) => call === 'query not-known').length).toBeGreaterThanOrEqual(2)
      expect(debits(stand)).toBe(1)
      await expectConserved(stand, batchId)
    },
  )
})

describe('an answer that proves nothing', () => {
  it.each(['clearText', 'htmlPages'] as const)(
    'F50: %s leaves the send unknown and is kept raw',
    async (spoilt) => {
      const { stand, batchId, state, send } = await ready({ shape: 'json-sm' })
      stand.api.manners[spoilt] = 1
      await send()
      expect(await state()).toBe('unconfirmed')
      expect(await exchanged(stand)).toEqual(['send unclear'])
      const { rows } = await stand.assembly.db.query<{ size_bytes: bigint }>(
        'select c.size_bytes from api_exchange join content c using (content_id)',
      )
      expect(Number(rows[0]?.size_bytes)).toBeGreaterThan(10)
      expect(await countsOf(stand, batchId)).toEqual({ in_flight: 6 })
      await expectConserved(stand, batchId)
    },
  )

  it('F55: 429 leaves the send unknown, and nobody calls the bank before Retry-After', async () => {
    const { stand, state, send } = await ready({ shape: 'json-sm' })
    Object.assign(stand.api.manners, { busy: 1, retryAfterS: 1200 })
    await send()
    expect(await exchanged(stand)).toEqual(['send busy'])
    const calls = stand.api.calls()
    for (let minutes = 0; minutes < 19; minutes += 3) {
      stand.clock.turn(3)
      if (minutes + 3 < 20) await send()
    }
    expect(stand.api.calls()).toBe(calls)
    stand.clock.turn(3)
    await send()
    expect(stand.api.calls()).toBe(calls + 1)
    expect(await state()).toBe('unconfirmed')
  })

  it('F51: the same submission twice is debited once, whoever repeats it', async () => {
    const { stand, batchId, file, state } = await ready({ shape: 'form-post' })
    const bank = stand.assembly.bankBook.banks[0]
    if (!bank) throw new Error('no bank')
    const real = stand.assembly.channelOf(bank)
    const twice = {
      ...real,
      send: async (one: Parameters<typeof real.send>[0]) => {
        await real.send(one)
        return real.send(one)
      },
    }
    await runOne(stand, 'send', file.fileId, { channelOf: () => twice })
    expect(await state()).toBe('sent')
    expect(debits(stand)).toBe(1)
    expect((await exchanged(stand)).filter((call) => call.startsWith('send'))).toHaveLength(1)
    await expectConserved(stand, batchId)
  })
})

describe('a submission that proves not to have left', () => {
  it('S01: gives the money back when the server shows a key that is not pinned, with no byte sent', async () => {
    const pin = Buffer.alloc(32, 7).toString('base64')
    const { stand, batchId, state, send } = await ready({ shape: 'json-sm', channel: { serverPins: [pin] } })
    expect(await send()).toMatchObject({ kind: 'put-off', fault: { code: 'HOST_KEY_CHANGED' } })
    expect(await state()).toBe('sealed')
    expect(stand.api.calls()).toBe(0)
    expect(await exchanged(stand)).toEqual(['send not-sent'])
    expect(await countsOf(stand, batchId)).toEqual({ waiting: 6 })
    await expectConserved(stand, batchId)
  })

  it('F27: is taken back without a question when its worker died before the call was written down', async () => {
    const { stand, batchId, file, state, send } = await ready({ shape: 'xml-post' })
    const bank = stand.assembly.bankBook.banks[0]
    if (!bank) throw new Error('no bank')
    const real = stand.assembly.channelOf(bank)
    const dying: typeof real = {
      ...real,
      send: async (one) => {
        await one.beforeRename?.()
        throw new Killed('before the call')
      },
    }
    await dieIn(stand, 'send', file.fileId, { channelOf: () => dying })
    await leasesRunOut(stand)
    expect(await send()).toMatchObject({ kind: 'put-off' })
    expect(await state()).toBe('sealed')
    expect(stand.api.calls()).toBe(0)
    await expectConserved(stand, batchId)
  })

  it('F31: can write down nothing, and so send nothing, once a later worker has taken over', async () => {
    const { stand, file, state } = await ready({ shape: 'xml-post' })
    const bank = stand.assembly.bankBook.banks[0]
    if (!bank) throw new Error('no bank')
    const real = stand.assembly.channelOf(bank)
    const frozen: typeof real = {
      ...real,
      send: (one) =>
        real.send({
          ...one,
          beforeRename: async () => {
            await one.beforeRename?.()
            await leasesRunOut(stand)
            const later = await claim(stand, 'send', file.fileId)
            await stand.assembly.db.query('update bank_file set send_fence = $2 where file_id = $1', [
              file.fileId,
              later.fence,
            ])
          },
        }),
    }
    await runOne(stand, 'send', file.fileId, { channelOf: () => frozen })
    expect(stand.api.calls()).toBe(0)
    expect(await exchanged(stand)).toEqual([])
    expect(await state()).toBe('sending')
  })
})

describe('a worker that dies while a submission is under way', () => {
  it('F27: leaves a question and not a second submission', async () => {
    const { stand, batchId, file, state, send } = await ready({ shape: 'json-sm' })
    const bank = stand.assembly.bankBook.banks[0]
    if (!bank) throw new Error('no bank')
    const real = stand.assembly.channelOf(bank)
    const dying: typeof real = {
      ...real,
      send: async (one) => {
        await real.send(one)
        throw new Killed('after the answer')
      },
    }
    await dieIn(stand, 'send', file.fileId, { channelOf: () => dying })
    await stand.assembly.db.query('update api_exchange set outcome = null, ended_at = null')
    await leasesRunOut(stand)
    stand.clock.turn(2)
    await send()
    expect(await state()).toBe('sent')
    expect(debits(stand)).toBe(1)
    expect(await exchanged(stand)).toEqual(['send open', 'query in-progress'])
    await expectConserved(stand, batchId)
  })
})

describe('a definite refusal', () => {
  it('puts the money back to waiting, with the code of the bank for a person', async () => {
    const { stand, batchId, state, send } = await ready({
      shape: 'xml-post',
      channel: { codes: { accepted: [], inProgress: [], notKnown: [], refused: ['0'] } },
    })
    expect(await send()).toMatchObject({
      kind: 'put-off',
      fault: { code: 'REMOTE_REFUSED', facts: { code: '0' } },
    })
    expect(await state()).toBe('sealed')
    expect(await countsOf(stand, batchId)).toEqual({ waiting: 6 })
    stand.clock.turn(15)
    await send()
    const { rows } = await stand.assembly.db.query(
      `select state, facts ->> 'code' as code from exception_item where kind = 'file-refused'`,
    )
    expect(rows).toEqual([{ state: 'open', code: '0' }])
    await expectConserved(stand, batchId)
  })
})
