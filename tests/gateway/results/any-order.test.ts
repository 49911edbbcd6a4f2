/**
 * Answers in any order, in any pieces and as often as a bank likes: the ledger comes to the same (I5). Files are applied
 * by the real steps to a real database; only the bank's inbox is left out.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDueWork } from '../../../gateway/ledger/due-work-store.ts'
import { writeContent } from '../../../gateway/store/content-store.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import { enterInbound } from '../../../gateway/transfer/collect/inbound-store.ts'
import { sealAnswer, sealedNameOf, writeAnswer } from '../../support/bank-answers.ts'
import type { Journey } from '../../support/journey.ts'
import {
  countsOf,
  expectConserved,
  lineStates,
  type SentBatch,
  sendBatch,
} from '../../support/ledger-view.ts'
import { startOwnBank } from '../../support/own-bank.ts'
import { runOnly } from '../../support/step-runs.ts'

const result = `  style: full-list
  name: 'F_{date}_{sequence:NNN}.txt'
  lateName: 'L_{date}_{sequence:NNN}.txt'
  appended: [ { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH, '2': ACCOUNT_CLOSED, '5': NOT_CREDITED_YET, '9': RETURNED_LATE }
`

const bank = 'my-pieces-bank'
const people = 5
let journey: Journey
beforeAll(async () => {
  journey = await startOwnBank({ id: 'pieces-bank', title: '分批回盘的银行', result })
})
afterAll(() => journey.close())

/** What a bank says of a line in the course of days, and later returns. `?` is a code that nobody mapped. */
const fates = [
  { said: ['0'], late: [] },
  { said: ['1'], late: [] },
  { said: ['0'], late: ['2'] },
  { said: ['?', '0'], late: [] },
  { said: ['5', '1'], late: [] },
  { said: ['?', '5', '0'], late: ['1'] },
  { said: ['0', '1'], late: [] },
  { said: ['?'], late: [] },
  { said: [], late: [] },
] as const

interface Row {
  readonly seq: number
  readonly code: string
}

/** One file: rows of an answer, or later returns. */
interface Piece {
  readonly late: boolean
  readonly rows: readonly Row[]
}

/** Rows dealt out to as many files as there are numbers, then some files again. */
const course = fc
  .tuple(
    fc.array(fc.constantFrom(...fates), { minLength: people, maxLength: people }),
    fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }),
    fc.array(fc.nat(7), { maxLength: 3 }),
  )
  .map(([chosen, dealt, again]) => {
    const rowsOf = (late: boolean): Row[] =>
      chosen.flatMap((fate, at) => (late ? fate.late : fate.said).map((code) => ({ seq: at + 1, code })))
    const pieces = [false, true].flatMap((late) => {
      const files: Row[][] = [[], [], []]
      rowsOf(late).forEach((row, at) => {
        files[dealt[at + (late ? 20 : 0)] ?? 0]?.push(row)
      })
      return files.filter((rows) => rows.length > 0).map((rows): Piece => ({ late, rows }))
    })
    return [...pieces, ...again.flatMap((at) => pieces[at % Math.max(1, pieces.length)] ?? [])]
  })

const courses = course.chain((pieces) =>
  fc.record({
    inOrder: fc.constant(pieces),
    shuffled: fc.shuffledSubarray(pieces, { minLength: pieces.length, maxLength: pieces.length }),
  }),
)

let batches = 0

async function put(sent: SentBatch, { late, rows }: Piece, at: number): Promise<void> {
  const { db } = journey.assembly
  const written = await writeAnswer(journey, sent.file, { rows, late })
  const name = sealedNameOf(journey, bank, written.name)
  const sealed = await sealAnswer(journey, bank, written.content)
  await inTransaction(db, async (tx) => {
    const content = await writeContent(
      tx,
      (async function* () {
        yield sealed
      })(),
    )
    const remote = { kind: 'file', name, sizeBytes: sealed.length, modifiedAt: new Date(at) } as const
    const now = journey.clock.now()
    const entered = await enterInbound(tx, sent.file.bankNo, remote, content, now)
    if (entered) await addDueWork(tx, 'read', entered.inboundId, now)
  })
  await runOnly(journey, ['read', 'route'])
}

/** Where every line stands, and what the batch comes to, when all pieces are in. */
async function endOf(pieces: readonly Piece[]): Promise<unknown> {
  const sent = await sendBatch(journey, `O${++batches}`, people, bank)
  for (const [at, piece] of pieces.entries()) await put(sent, piece, at)
  // Returns that came before their answers wait a while.
  for (let look = 0; look < 2; look++) {
    journey.clock.turn(11)
    await runOnly(journey, ['read', 'route'])
  }
  await expectConserved(journey, sent.batchId)
  return { lines: await lineStates(journey, sent.batchId), counts: await countsOf(journey, sent.batchId) }
}

describe('the answers of a bank', () => {
  it('F59: come to the same in any order, in any pieces, however often (I5)', async () => {
    await fc.assert(
      fc.asyncProperty(courses, async ({ inOrder, shuffled }) => {
        expect(await endOf(shuffled)).toEqual(await endOf(inOrder))
      }),
      { numRuns: 12 },
    )
  })

  it('F59: that return a line before it was said to be paid wait for that word', async () => {
    const paid = [1, 2, 3, 4, 5].map((seq) => ({ seq, code: '0' }))
    const first = { late: false, rows: paid.slice(0, 3) }
    const rest = { late: false, rows: paid.slice(3) }
    const late = { late: true, rows: [{ seq: 5, code: '1' }] }
    const end = await endOf([first, late, rest])
    expect(end).toMatchObject({ lines: { 1: 'paid', 4: 'paid', 5: 'correcting' } })
    expect(await endOf([first, rest, late])).toEqual(end)
  })
})
