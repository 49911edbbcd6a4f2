/**
 * The invariants of reliability.md §3.4 after a run, from the ledger on one side and the banks' own books, the provider's
 * ledger and the platform's notes on the other. A violation is a sentence with ids.
 */
import { checkLaws, listAccepted, recountBatch } from '../../../gateway/ledger/conservation-store.ts'
import type { Outcome } from '../../../gateway/outcomes/outcome.ts'
import type { Db } from '../../../gateway/store/pool.ts'
import { checkDecided, checkNamesTaken, leftOpen, type PeopleView } from './check-people.ts'
import type { AccountBook, SimBank } from './sim-bank.ts'
import { linesById } from './sim-platform.ts'
import {
  type InstructionEnd,
  readAcceptedBatches,
  readEnds,
  readLeftWork,
  readSealedFiles,
} from './sim-store.ts'
import type { Violation } from './violation.ts'

/** Everything outside of the ledger that a run ended with. */
export interface OutsideView extends PeopleView {
  readonly now: Date
  readonly banks: readonly SimBank[]
  readonly outcomes: readonly Outcome[]
  readonly smsSent: ReadonlyMap<string, number>
  /** True when a bank may have made a part long after its sender had given it up, and even after the last sweep. */
  readonly isLate: boolean
}

/** Laws of the ledger by itself: cheap enough to be asked again and again within a run. */
export async function checkLedger(db: Db): Promise<Violation[]> {
  const broken: Violation[] = []
  for (const { batchId, shard, batchNo } of await listAccepted(db)) {
    for (const { state, counted, position } of await recountBatch(db, batchId, shard))
      broken.push({
        invariant: 'I1',
        what: `${batchNo} ${state}: ${counted.count} in facts, ${position.count} in the position`,
      })
  }
  for (const { law, broken: count } of await checkLaws(db))
    if (count > 0) broken.push({ invariant: 'laws', what: `${law}: ${count}` })
  return broken
}

/** What must hold at every moment between the ledger and the banks: nobody is paid twice. */
export function checkBooks(banks: readonly SimBank[]): Violation[] {
  return banks.flatMap(({ books, side, taken }) => [
    ...[...books].flatMap(([account, book]) => {
      const times = book.credits + book.failures
      return times > 1
        ? [{ invariant: 'I2', what: `${side.contracted.bank} executed …${account.slice(-4)} ${times} times` }]
        : []
    }),
    ...repeated(taken.map(({ name }) => name)).map((name) => ({
      invariant: 'I2',
      what: `${side.contracted.bank} was handed ${name} more than once`,
    })),
  ])
}

/** Everything that must hold when the world has healed and time went on. */
export async function checkEnd(db: Db, view: OutsideView): Promise<Violation[]> {
  const ends = await readEnds(db)
  return [
    ...(await checkLedger(db)),
    ...checkOutcomes(view, ends),
    ...checkDecided(view, ends),
    ...view.acts,
    ...(await checkNamesTaken(db, view)),
    ...checkFeed(view, ends),
    ...checkSms(view, ends),
    ...(await checkFiles(db, view)),
    ...(await checkLeft(db, view)),
    ...(await checkAccepted(db, view)),
  ]
}

/** I2 and I15: the ledger and the bank tell the same of every instruction, and everything is final or with a person. */
function checkOutcomes(view: OutsideView, ends: readonly InstructionEnd[]): Violation[] {
  const lines = linesById(view.batches)
  const books = new Map(view.banks.flatMap(({ books: own }) => [...own]))
  return ends.flatMap((end) => {
    const line = lines.get(end.instructionId)
    if (!line) return [{ invariant: 'I14', what: `nobody handed ${end.instructionId} in` }]
    const book = books.get(line.payeeAccount)
    const doubtful = view.contradicted.has(line.payeeAccount) || view.undecided.has(line.payeeAccount)
    const decided = view.decided.has(line.payeeAccount)
    const wrong = (view.attended && leftOpen(end, book)) || disagreement(end, book, doubtful, decided)
    return wrong ? [{ ...wrong, what: `${end.instructionId} at ${end.bank}: ${wrong.what}` }] : []
  })
}

const failedStates = new Set(['failed', 'correcting', 'treasury_pending', 'treasury_returned', 'reissued'])
const returnedStates = new Set([
  'returned',
  'correcting',
  'treasury_pending',
  'treasury_returned',
  'reissued',
])

function disagreement(
  { state, exceptions, amountFen }: InstructionEnd,
  book: AccountBook | undefined,
  doubtful: boolean,
  decided: boolean,
): Violation | undefined {
  const asked = exceptions.length > 0 ? `, ${exceptions.join(' ')} open` : ''
  if (state === 'conflict' || state === 'unknown')
    return doubtful ? undefined : { invariant: 'I2', what: `${state} although the bank was clear${asked}` }
  if (state === 'in_flight' || state === 'waiting') {
    if (exceptions.length > 0) return undefined
    return { invariant: 'I15', what: `${state} for ever, ${book ? 'executed' : 'not executed'} by the bank` }
  }
  if (state === 'held') return undefined
  // Lines of a file that the bank refused whole stand in no book, and a person let them fail.
  if (!book && decided && failedStates.has(state)) return undefined
  return book
    ? bookFlaw(state, book, amountFen, doubtful, asked)
    : { invariant: 'I2', what: `${state} although the bank never executed it` }
}

/** What the bank's book of one account says against a final state of ours. */
function bookFlaw(
  state: string,
  book: AccountBook,
  amountFen: bigint,
  doubtful: boolean,
  asked: string,
): Violation | undefined {
  const broken = (what: string): Violation => ({ invariant: 'I2', what: `${what}, ${state} here${asked}` })
  if (book.credits > 0 && book.creditedFen / BigInt(book.credits) !== amountFen)
    return broken('credited in another amount')
  if (doubtful) return undefined
  if (book.credits > book.returns) return state === 'paid' ? undefined : broken('paid by the bank')
  const fits = book.returns > 0 ? returnedStates : failedStates
  return fits.has(state)
    ? undefined
    : broken(book.returns > 0 ? 'returned at the bank' : 'failed at the bank')
}

/**
 * I9: the feed told every instruction's outcome, once each kind, in an order that a client can follow. What a person
 * decides after a contradiction may be what the bank had said before it, and is told again.
 */
function checkFeed(
  { outcomes, decided, batches }: OutsideView,
  ends: readonly InstructionEnd[],
): Violation[] {
  const told = new Map<string, Outcome['outcome'][]>()
  const lines = linesById(batches)
  for (const { instructionId, outcome } of outcomes)
    told.set(instructionId, [...(told.get(instructionId) ?? []), outcome])
  return ends.flatMap(({ instructionId, state }) => {
    const said = told.get(instructionId) ?? []
    const isDecided = decided.has(lines.get(instructionId)?.payeeAccount ?? '')
    const wrong = repeats(said, isDecided) || feedFlaw(state, said)
    return wrong
      ? [
          {
            invariant: 'I9',
            what: `${instructionId} is ${state}, the feed said ${said.join(' ') || 'nothing'}`,
          },
        ]
      : []
  })
}

function repeats(said: readonly Outcome['outcome'][], isDecided: boolean): boolean {
  const since = isDecided ? said.slice(said.lastIndexOf('conflicting') + 1) : said
  return repeated(since.filter((one) => one !== 'conflicting')).length > 0
}

function feedFlaw(state: string, said: readonly Outcome['outcome'][]): boolean {
  if (state === 'paid') return !said.includes('paid') || said.includes('returned')
  if (state === 'failed' || state === 'correcting' || state === 'reissued')
    return !said.includes('failed') && !said.includes('returned')
  if (state === 'returned') return !said.includes('paid') || !said.includes('returned')
  return false
}

/** I10: at most one message for each paid line, and one for each that stayed paid. */
function checkSms(
  { smsSent, batches, contradicted }: OutsideView,
  ends: readonly InstructionEnd[],
): Violation[] {
  const lines = linesById(batches)
  const twice = [...smsSent].filter(([, times]) => times > 1)
  const missing = ends.filter(({ instructionId, wasPaid, smsRef }) => {
    const line = lines.get(instructionId)
    return (
      wasPaid && line?.phone !== undefined && !contradicted.has(line.payeeAccount) && !smsSent.has(smsRef)
    )
  })
  return [
    ...twice.map(([ref, times]) => ({ invariant: 'I10', what: `${ref} was told ${times} times` })),
    ...missing.map(({ instructionId }) => ({ invariant: 'I10', what: `${instructionId} was never told` })),
  ]
}

/** I3, I8, I13: what the banks took is what we sealed, and nothing unfinished lies about. */
async function checkFiles(db: Db, { banks, isLate }: OutsideView): Promise<Violation[]> {
  const sealed = new Map((await readSealedFiles(db)).map((file) => [`${file.bank} ${file.sealedName}`, file]))
  return banks.flatMap(({ side, folder, taken }) => {
    const { bank } = side.contracted
    const wrong = taken.filter(
      (file) => sealed.get(`${bank} ${file.sealedName}`)?.sha256 !== file.sealedSha256,
    )
    const parts = folder.names('/in').filter((name) => name.endsWith('.part'))
    return [
      ...wrong.map(({ name }) => ({
        invariant: 'I8',
        what: `${bank} took ${name} in other bytes than we sealed`,
      })),
      ...(isLate ? [] : parts).map((name) => ({ invariant: 'I13', what: `${name} was left at ${bank}` })),
    ]
  })
}

/** I13, I15: nothing that could be done was left undone. */
async function checkLeft(db: Db, { now }: OutsideView): Promise<Violation[]> {
  return (await readLeftWork(db, now, ['collect', 'chase'])).map(({ step, subject, lastFault }) => ({
    invariant: 'I15',
    what: `${step} ${subject} was left undone ${lastFault}`,
  }))
}

/** I14: what was answered with acceptance is in the ledger, line for line and fen for fen. */
async function checkAccepted(db: Db, { batches }: OutsideView): Promise<Violation[]> {
  const kept = new Map((await readAcceptedBatches(db)).map((batch) => [batch.batchNo, batch]))
  return batches.flatMap(({ batchNo, lines, outcome, refusal }) => {
    if (outcome === 'open') return [{ invariant: 'I14', what: `${batchNo} was never answered` }]
    // A correction may be overtaken by a late word of the bank, which puts its instruction in doubt (R8).
    if (outcome === 'refused' && lines.every(({ replaces }) => replaces) && /^REPLACES_/.test(refusal))
      return []
    if (outcome === 'refused') return [{ invariant: 'I14', what: `${batchNo} was refused: ${refusal}` }]
    const fen = lines.reduce((sum, { amountFen }) => sum + amountFen, 0n)
    const batch = kept.get(batchNo)
    return batch?.lines === lines.length && batch.fen === fen
      ? []
      : [{ invariant: 'I14', what: `${batchNo} was accepted and is not there whole` }]
  })
}

const repeated = <T>(items: readonly T[]): T[] => [
  ...new Set(items.filter((one, at) => items.indexOf(one) !== at)),
]
