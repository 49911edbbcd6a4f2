/** Asking a bank for a result: pages, queries that are counted, answers in progress, and results that change. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { deskSuffix } from '../../../../ops/simulator/api/api-desk.ts'
import { xmlDoorCodes } from '../../../../ops/simulator/api/xml-door.ts'
import { bankFolders } from '../../../../ops/simulator/bank/bank-desk.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  inboundOf,
  plainPeople,
} from '../../../support/ledger-view.ts'
import { type ApiJourney, type ApiJourneyOptions, startApiJourney } from './api-stand.ts'

let journey: ApiJourney | undefined
afterEach(async () => {
  await journey?.close()
  journey = undefined
})

async function sent(options: ApiJourneyOptions, people: number) {
  const stand = await startApiJourney(options)
  journey = stand
  const bank = stand.assembly.bankBook.banks[0]?.bank ?? ''
  const sealed = await stand.handIn('Q1', plainPeople('Q1', bank, people))
  if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
  await stand.runQuiet()
  return { stand, batchId: sealed.batchId }
}

async function queries({ assembly }: ApiJourney, purpose: 'query' | 'page'): Promise<string[]> {
  const { rows } = await assembly.db.query<{ outcome: string | null }>(
    'select outcome from api_exchange where purpose = $1 order by exchange_no',
    [purpose],
  )
  return rows.map(({ outcome }) => outcome ?? 'open')
}

describe('a result in pages', () => {
  it('is fetched to its last page and read as one', async () => {
    const { stand, batchId } = await sent({ shape: 'json-sm' }, 45)
    stand.clock.turn(25)
    await stand.runQuiet()
    expect(await queries(stand, 'page')).toEqual(['accepted', 'accepted'])
    expect((await countsOf(stand, batchId)).in_flight ?? 0).toBe(0)
    const [inbound] = await inboundOf(stand, 'CMB_20261120_001.result')
    expect(inbound).toMatchObject({ state: 'closed', row_count: 45 })
  })

  it('that breaks off between two pages is not read at all, and asked for again', async () => {
    const { stand, batchId } = await sent({ shape: 'json-sm' }, 45)
    stand.clock.turn(25)
    const { manners } = stand.api
    let asked = 0
    Object.defineProperty(manners, 'dropBeforeTaking', { get: () => (++asked === 2 ? 1 : 0), set: () => {} })
    await stand.runQuiet()
    expect(await inboundOf(stand, 'CMB_20261120_001.result')).toEqual([])
    expect(await countsOf(stand, batchId)).toEqual({ in_flight: 45 })
    await stand.settle()
    expect((await countsOf(stand, batchId)).in_flight ?? 0).toBe(0)
    await expectConserved(stand, batchId)
  })
})

describe('a bank that answers five queries', () => {
  it('F52: is asked no sixth time while it says "in progress", and nothing becomes final by itself', async () => {
    const { stand, batchId } = await sent(
      {
        shape: 'form-post',
        channel: { queries: { firstAfterMinutes: 60, everyMinutes: 60, most: 5, forDays: 10 } },
      },
      6,
    )
    stand.api.manners.inProgress = 100
    for (let hour = 0; hour < 12; hour++) {
      stand.clock.turn(60)
      await stand.runQuiet()
    }
    expect(await queries(stand, 'query')).toEqual(Array.from({ length: 5 }, () => 'in-progress'))
    expect(await countsOf(stand, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(stand, batchId)
  })

  it('has a query counted whose process died in the middle', async () => {
    const { stand } = await sent(
      {
        shape: 'form-post',
        channel: { queries: { firstAfterMinutes: 1, everyMinutes: 1, most: 2, forDays: 10 } },
      },
      6,
    )
    await stand.assembly.db.query(
      `insert into api_exchange (bank_no, file_id, purpose, begun_at) select bank_no, file_id, 'query', $1 from bank_file`,
      [stand.clock.now()],
    )
    for (let minute = 0; minute < 5; minute++) {
      stand.clock.turn(2)
      await stand.runQuiet()
    }
    // One of both was used by the process that died, and the other one is kept back for the deadline.
    expect(await queries(stand, 'query')).toEqual(['open'])
    stand.clock.turn(240)
    await stand.runQuiet()
    expect(await queries(stand, 'query')).toEqual(['open', 'accepted'])
  })
})

describe('a result that is late', () => {
  it('F72: is asked for with the query that was kept back, and people are told once that none is left', async () => {
    const { stand, batchId } = await sent(
      {
        shape: 'form-post',
        channel: { queries: { firstAfterMinutes: 10, everyMinutes: 10, most: 3, forDays: 10 } },
      },
      4,
    )
    stand.api.manners.inProgress = 100
    const asked: number[] = []
    for (const minutes of [15, 15, 15, 195, 60, 240, 1440]) {
      stand.clock.turn(minutes)
      await stand.runQuiet()
      asked.push((await queries(stand, 'query')).length)
    }
    expect(asked).toEqual([1, 2, 2, 3, 3, 3, 3])
    const { rows } = await stand.assembly.db.query<{ kind: string; n: number }>(
      'select kind, count(*)::int as n from exception_item group by 1 order by 1',
    )
    expect(rows).toEqual([
      { kind: 'queries-used-up', n: 1 },
      { kind: 'result-late', n: 1 },
    ])
    expect(await countsOf(stand, batchId)).toEqual({ in_flight: 4 })
  })

  it('F52: is asked for at once although it is not its turn', async () => {
    const { stand, batchId } = await sent(
      { shape: 'json-sm', channel: { queries: { firstAfterMinutes: 2880, everyMinutes: 2880 } } },
      4,
    )
    stand.clock.turn(239)
    await stand.runQuiet()
    expect(await queries(stand, 'query')).toEqual([])
    stand.clock.turn(1)
    await stand.runQuiet()
    expect(await queries(stand, 'query')).toEqual(['accepted'])
    expect((await countsOf(stand, batchId)).in_flight ?? 0).toBe(0)
  })
})

describe('a bank that refuses a file which it had taken', () => {
  it('says so by a later query: the file is refused, people are told once, and the money stays', async () => {
    // The agreement reads the code with which this bank ends a question as its refusal of the file.
    const { stand, batchId } = await sent(
      { shape: 'xml-post', channel: { codes: { refused: [xmlDoorCodes.queries] } } },
      4,
    )
    stand.api.manners.mostQueries = 0
    for (let look = 0; look < 3; look++) {
      stand.clock.turn(30)
      await stand.runQuiet()
    }
    const { rows } = await stand.assembly.db.query(
      `select f.state, e.kind, e.facts ->> 'code' as code from bank_file f join exception_item e using (file_id)`,
    )
    expect(rows).toEqual([{ state: 'refused', kind: 'file-refused', code: xmlDoorCodes.queries }])
    expect(await queries(stand, 'query')).toEqual(['refused'])
    expect(await countsOf(stand, batchId)).toEqual({ in_flight: 4 })
    await expectConserved(stand, batchId)
  })
})

describe('a result that a bank gives again', () => {
  it('F58: is taken once when it is the same', async () => {
    const { stand, batchId } = await sent({ shape: 'xml-post' }, 6)
    stand.clock.turn(25)
    await stand.runQuiet()
    const name = 'QPAYPER_4301000001_20261120_001.xml'
    expect(await inboundOf(stand, name)).toHaveLength(1)
    await stand.assembly.db.query(`update bank_file set state = 'answered'`)
    stand.clock.turn(15)
    await stand.runQuiet()
    expect(await queries(stand, 'query')).toEqual(['accepted', 'accepted'])
    expect(await inboundOf(stand, name)).toHaveLength(1)
    expect(await exceptionsOf(stand, name)).toEqual([])
    expect((await countsOf(stand, batchId)).in_flight ?? 0).toBe(0)
  })

  it('F59: under the same name with rows that were open before is read anew, without an alarm', async () => {
    const { stand, batchId } = await sent({ shape: 'xml-post' }, 6)
    const name = 'QPAYPER_4301000001_20261120_001.xml'
    const answer = join(bankFolders(join(stand.banksFolder, 'icbc')).out, `${name}${deskSuffix}`)
    stand.clock.turn(25)
    await stand.api.bank.work()
    const whole = readFileSync(answer, 'latin1')
    writeFileSync(answer, whole.replace('<Result>7</Result>', '<Result>0</Result>'), 'latin1')
    await stand.runQuiet()
    expect((await countsOf(stand, batchId)).in_flight).toBe(1)
    writeFileSync(answer, whole, 'latin1')
    stand.clock.turn(15)
    await stand.runQuiet()
    expect((await countsOf(stand, batchId)).in_flight ?? 0).toBe(0)
    expect(await inboundOf(stand, name)).toHaveLength(2)
    expect(await exceptionsOf(stand, name)).toEqual([])
    await expectConserved(stand, batchId)
  })
})
