/**
 * Answers that a bank tells wrong, one misdeed a file, taken through every step of the gateway: what was paid is in the
 * bank's own ledger, whatever it says, and nothing that it says costs a fen (bank-formats.md section 19).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareLedgers } from '../../ops/demo/demo-law-store.ts'
import { readFaultScript } from '../../ops/simulator/misdeeds/fault-script.ts'
import { readBankLedgers } from '../../ops/simulator/world/read-bank-ledgers.ts'
import { type Journey, startJourney } from '../support/journey.ts'
import { countsOf, expectConserved, inboundOf, type SentBatch, sendBatch } from '../support/ledger-view.ts'

/** One file each, in this order: what the bank does, where its five lines end, what is opened for people. */
const files = [
  ['truncate-answer mendMinutes=60', { paid: 5 }, ['quarantined-file']],
  ['grow-answer minutes=60', { paid: 5 }, ['quarantined-file']],
  ['trailer-wrong', { in_flight: 5 }, ['quarantined-file']],
  ['bad-signature mendMinutes=60', { paid: 5 }, ['quarantined-file']],
  ['wrong-key', { in_flight: 5 }, ['quarantined-file']],
  ['clear-answer', { in_flight: 5 }, ['quarantined-file']],
  ['bomb', { in_flight: 5 }, ['quarantined-file']],
  ['poison-line', { in_flight: 5 }, ['quarantined-file']],
  ['extra-row', { paid: 5 }, ['not-in-file']],
  ['both-outcomes', { conflict: 1, paid: 4 }, ['conflicting']],
  ['unmapped-code', { unknown: 1, paid: 4 }, ['unmapped']],
  ['amount-wrong', { in_flight: 1, paid: 4 }, ['amount-differs']],
  ['drop-rows', { in_flight: 1, paid: 4 }, []],
  ['duplicate-rows', { paid: 5 }, []],
  ['reorder-rows', { paid: 5 }, []],
  ['answer-again', { paid: 5 }, []],
  ['answer-changed', { conflict: 1, paid: 4 }, ['same-name-new-content', 'conflicting']],
  ['leave-open', { paid: 5 }, ['same-name-new-content']],
  ['hold-answer', { paid: 5 }, []],
  ['answer-at-once', { paid: 5 }, []],
  ['never-answer', { in_flight: 5 }, []],
  ['refuse-totals', { in_flight: 5 }, ['file-refused']],
  ['return-late days=1', { correcting: 1, paid: 4 }, []],
  ['return-on-statement days=1', { correcting: 1, paid: 4 }, []],
  ['return-without-serial days=1', { correcting: 1, paid: 4 }, []],
  ['return-twice days=1', { correcting: 1, paid: 4 }, ['second-return']],
  ['return-too-much days=1', { paid: 5 }, ['amount-differs']],
] as const

const sent = new Map<string, SentBatch>()
let journey: Journey

const deedOf = (rule: string): string => rule.split(' ')[0] ?? rule

beforeAll(async () => {
  const script = readFaultScript(files.map(([rule], at) => `cmbc ${rule} file=${at + 1}`).join(','))
  if (script.kind === 'refused') throw new Error(script.problems.join('\n'))
  const behaviour = { failShare: 0, returnShare: 0, lateBank: 'none', faults: script.rules }
  journey = await startJourney({ only: ['cmbc'], ...behaviour })
  for (const [at, [rule]] of files.entries())
    sent.set(deedOf(rule), await sendBatch(journey, `M${at + 1}`, 5))
  for (const minutes of [25, 70, 4 * 24 * 60]) {
    journey.clock.turn(minutes)
    await journey.runQuiet()
  }
}, 180_000)
afterAll(() => journey.close())

function batchOf(deed: string): SentBatch {
  const batch = sent.get(deed)
  if (!batch) throw new Error(`no file was told by ${deed}`)
  return batch
}

/** Exceptions of a file, oldest first, without the ageing of what its bank still owes. */
async function exceptionsOf({ batchId, file }: SentBatch, state?: 'open'): Promise<string[]> {
  const { rows } = await journey.assembly.db.query<{ kind: string }>(
    `select e.kind from exception_item e left join inbound_file i using (inbound_id)
     where (e.batch_id = $1 or e.file_id = $2 or i.file_id = $2 or i.name = $3)
       and e.kind not in ('result-late', 'acknowledgement-late') and ($4::text is null or e.state = $4)
     order by e.exception_id`,
    [batchId, file.fileId, answerName(file.name), state ?? null],
  )
  return rows.map(({ kind }) => kind)
}

const answerName = (requestName: string): string => `${requestName.replace('req_', 'res_')}.pgp`

/** Where the lines end, and what people are asked. */
async function expectEnd(deed: string): Promise<void> {
  const [, counts, kinds] = files.find(([rule]) => deedOf(rule) === deed) ?? ['', {}, []]
  expect(await countsOf(journey, batchOf(deed).batchId)).toEqual(counts)
  expect(await exceptionsOf(batchOf(deed))).toEqual(kinds)
}

describe('an answer that a bank tells wrong', () => {
  it('F56: cut in the middle is quarantined with none of it applied, and the whole one counts', async () => {
    await expectEnd('truncate-answer')
    const forms = await inboundOf(journey, answerName(batchOf('truncate-answer').file.name))
    expect(forms.map(({ applied_count }) => applied_count)).toEqual([0, 5])
  })

  it('F56: that leaves rows out leaves their lines in flight', () => expectEnd('drop-rows'))

  it('F57: that grows counts when it is whole', async () => {
    const { batchId } = batchOf('grow-answer')
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5 })
    // Where two looks fell between two of its growths it was quarantined first, and the whole one ended that.
    expect(await exceptionsOf(batchOf('grow-answer'), 'open')).toEqual([])
  })

  it('F58: laid out again, or with a row twice, counts once', async () => {
    await expectEnd('answer-again')
    await expectEnd('duplicate-rows')
  })

  it('F58: changed under its name is told to people and never undoes a payment', () =>
    expectEnd('answer-changed'))

  it('F59: in another order, at once, after a later one or in two tellings ends the same', async () => {
    for (const deed of ['reorder-rows', 'answer-at-once', 'hold-answer', 'leave-open']) await expectEnd(deed)
  })

  it('F60: whose totals do not add up is quarantined', () => expectEnd('trailer-wrong'))

  it('F61: that states another amount leaves the line as it was', () => expectEnd('amount-wrong'))

  it('F62: with a row that nobody asked for keeps that row for people', () => expectEnd('extra-row'))

  it('F63: that says both of one line makes a conflict and moves no money', () => expectEnd('both-outcomes'))

  it('F66: with a code of no table leaves the line unknown', () => expectEnd('unmapped-code'))

  it('F69: with a row that cannot be read is kept whole for people, none of it applied', () =>
    expectEnd('poison-line'))

  it('F70: that unpacks without end is refused', () => expectEnd('bomb'))

  it('F71: sealed by a stranger, spoiled or in clear text is quarantined, and a right one counts', async () => {
    for (const deed of ['bad-signature', 'wrong-key', 'clear-answer']) await expectEnd(deed)
  })

  it('F72: that never comes is asked after, and nothing becomes final by itself', async () => {
    await expectEnd('never-answer')
    const { rows } = await journey.assembly.db.query(
      `select kind from exception_item where kind = 'result-late' and file_id = $1`,
      [batchOf('never-answer').file.fileId],
    )
    expect(rows).toEqual([{ kind: 'result-late' }])
  })

  it('and is no answer to any line when the bank refused the file whole', () => expectEnd('refuse-totals'))
})

describe('money that comes back', () => {
  it('F64: is returned, told in a file or on the statement, with its serial or without', async () => {
    for (const deed of ['return-late', 'return-on-statement', 'return-without-serial']) await expectEnd(deed)
  })

  it('F65: twice, or more than was paid, is an exception', async () => {
    for (const deed of ['return-twice', 'return-too-much']) await expectEnd(deed)
  })
})

describe("the bank's own ledger", () => {
  it('I2: has every line credited once, whatever was said, and every difference is one that we hold open', async () => {
    await expectConserved(journey, ...[...sent.values()].map(({ batchId }) => batchId))
    const differences = await compareLedgers(journey.assembly.db, readBankLedgers(journey.banksFolder))
    const told = files.filter(([rule]) => rule !== 'refuse-totals').length
    expect(differences).toMatchObject({ creditCount: told * 5, paidNotCredited: 0, creditedTwice: 0 })
    // The return of a fen too much was a real return, which people have in their hands.
    expect(differences.returnsDiffer).toBe(1)
  })
})
