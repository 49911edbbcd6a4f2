/**
 * Takes matched returns through the same way as files of later returns: the paid line moves to returned, with the fact
 * of the statement's entry beside it. What cannot be matched beyond doubt changes nothing and becomes an exception.
 */
import type { Calendar } from '../../banks/calendar.ts'
import { findBankFile, lockBankFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import { findBatch } from '../../ledger/batch-store.ts'
import { copyRow } from '../../store/copy.ts'
import type { Tx } from '../../store/pool.ts'
import { type ExceptionKind, openException } from '../../transfer/exception-store.ts'
import { moveGroups } from '../apply-answer.ts'
import { appendSlice } from '../feed-store.ts'
import { type AnswerRef, copySides } from '../result-store.ts'
import * as sides from '../side-store.ts'
import { matchReturns, type ReturnVerdict, referencesOf } from './match-returns.ts'
import * as store from './return-store.ts'
import type { StatementRef } from './statement-store.ts'

/** By what returns are matched. */
export interface ReturnRules {
  readonly calendar: Calendar
  readonly windowDays: number
}

/** Matches what is new in a statement and records it; locks the files concerned, in their order. */
export async function applyReturns(tx: Tx, statement: StatementRef, rules: ReturnRules): Promise<void> {
  const returns = await store.readReturns(tx, statement)
  if (returns.length === 0) return
  const places = await findPlaces(tx, statement, returns, rules)
  const fileIds = [...new Set(places.map((place) => place.fileId))].sort((a, b) => a - b)
  for (const fileId of fileIds) await lockBankFile(tx, fileId)
  const lines = await store.readLines(tx, statement, places)
  const byKey = new Map(lines.map((line) => [line.key, line]))
  const matches: FoundMatch[] = []
  for (const verdict of matchReturns(returns, lines, rules)) {
    const line = verdict.kind === 'matched' ? byKey.get(verdict.line.key) : undefined
    if (verdict.kind === 'matched' && line) matches.push({ entry: verdict.entry, line, by: verdict.by })
    else await openVerdict(tx, statement, verdict, byKey)
  }
  await applyMatches(tx, statement, matches)
}

/** A return and the line that it takes back. */
export type FoundMatch = Omit<store.RecordedMatch, 'effect'>

/** Records matches and moves the money that came back; the files of the lines are locked. */
export async function applyMatches(
  tx: Tx,
  statement: StatementRef,
  found: readonly FoundMatch[],
): Promise<void> {
  const matches = found.map((match) => ({ ...match, effect: effectOn(match.line) }))
  await store.recordMatches(tx, statement, matches)
  await moveReturned(
    tx,
    statement,
    matches.filter(({ effect }) => effect === 'returned'),
  )
}

/** Every line that returns may take back, as it stands now. */
export async function findReturnLines(
  tx: Tx,
  statement: StatementRef,
  returns: readonly store.StoredReturn[],
  rules: ReturnRules,
): Promise<readonly store.StoredLine[]> {
  return store.readLines(tx, statement, await findPlaces(tx, statement, returns, rules))
}

const effectOn = ({ state }: store.StoredLine): store.RecordedMatch['effect'] =>
  state === 'failed' ? 'refund' : state === 'returned' ? 'told-before' : 'returned'

/** Working days are at most a few times as many days of the calendar; the matcher looks at the exact ones. */
const calendarDays = (workingDays: number): number => 3 * workingDays + 20

async function findPlaces(
  tx: Tx,
  statement: StatementRef,
  returns: readonly store.StoredReturn[],
  { windowDays }: ReturnRules,
): Promise<readonly store.LinePlace[]> {
  const places = await store.findNamedPlaces(tx, statement, returns)
  // What names a line is not looked for by its amount, and neither is what names nobody's account.
  const lines = await store.readLines(tx, statement, places)
  const named = new Set(lines.flatMap(({ serial, bankRef }) => [serial, ...referencesOf(bankRef)]))
  const unnamed = returns.filter(
    ({ originalRef, accountRef }) =>
      accountRef !== undefined && (originalRef === undefined || !named.has(originalRef)),
  )
  if (unnamed.length === 0) return places
  const days = unnamed.map((entry) => entry.bookedOn).sort()
  const [first = '', last = ''] = [days[0], days.at(-1)]
  const from = new Date(Date.parse(`${first}T00:00:00Z`) - calendarDays(windowDays) * 86_400_000)
  const files = await store.findFilesBetween(tx, statement, from.toISOString().slice(0, 10), last)
  for (const file of files) places.push(...(await store.findEqualPlaces(tx, file, unnamed)))
  return places
}

const exceptionKinds = {
  orphan: 'orphan-return',
  unpaid: 'orphan-return',
  ambiguous: 'ambiguous-return',
  repeated: 'second-return',
  matched: 'orphan-return',
  'amount-differs': 'amount-differs',
  'account-differs': 'account-differs',
} as const satisfies Record<ReturnVerdict['kind'], ExceptionKind>

async function openVerdict(
  tx: Tx,
  statement: StatementRef,
  verdict: ReturnVerdict<store.StoredReturn>,
  byKey: ReadonlyMap<string, store.StoredLine>,
): Promise<void> {
  const { entry, kind } = verdict
  const key = 'line' in verdict ? verdict.line?.key : undefined
  const line = key === undefined ? undefined : byKey.get(key)
  await openException(tx, {
    kind: exceptionKinds[kind],
    bankNo: statement.bankNo,
    inboundId: statement.inboundId,
    lineNo: entry.lineNo,
    ...(line === undefined ? {} : { batchId: line.batchId, seq: line.seq, fileId: line.fileId }),
    facts: {
      why: kind,
      entryRef: entry.entryRef,
      bookedOn: entry.bookedOn,
      statedFen: `${entry.amountFen}`,
      ...(line === undefined ? {} : { oursFen: `${line.amountFen}` }),
      ...(verdict.kind === 'ambiguous'
        ? { serials: verdict.lines.slice(0, 20).map((one) => one.serial) }
        : {}),
    },
    at: statement.at,
  })
}

/** File by file, since the rules for side lines are statements over the lines of one file. */
async function moveReturned(
  tx: Tx,
  statement: StatementRef,
  matches: readonly store.RecordedMatch[],
): Promise<void> {
  const fileIds = [...new Set(matches.map(({ line }) => line.fileId))].sort((a, b) => a - b)
  for (const fileId of fileIds) {
    const ofFile = matches.filter(({ line }) => line.fileId === fileId)
    await moveReturnedOf(tx, statement, fileId, ofFile)
  }
}

async function moveReturnedOf(
  tx: Tx,
  statement: StatementRef,
  fileId: number,
  matches: readonly store.RecordedMatch[],
): Promise<void> {
  const file = await findBankFile(tx, fileId)
  const batch = file && (await findBatch(tx, file.batchId))
  if (!file || !batch) throw new Fault('INTERNAL', { reason: 'a matched line without its file', fileId })
  const answer: AnswerRef = { shard: batch.shard, file, inboundId: statement.inboundId, at: statement.at }
  await store.clearSides(tx)
  await copySides(tx, sideRows(matches))
  const moved = await sides.recordReturned(tx, answer)
  await moveGroups(tx, answer, moved)
  const count = moved.reduce((sum, group) => sum + group.count, 0)
  if (count !== matches.length || moved.some((group) => group.from !== 'paid'))
    throw new Fault('INTERNAL', { reason: 'a matched line was not paid any more', fileId })
  await appendSlice(tx, {
    client: batch.client,
    batchId: file.batchId,
    kind: 'later',
    inboundId: statement.inboundId,
    loSeq: file.loSeq,
    hiSeq: file.hiSeq,
  })
}

async function* sideRows(matches: readonly store.RecordedMatch[]): AsyncIterable<Buffer> {
  for (const { entry, line } of matches)
    yield Buffer.from(
      copyRow([
        line.seq,
        entry.lineNo,
        'returned',
        'returned',
        entry.reasonId,
        line.amountFen,
        line.accountRef,
        null,
      ]),
    )
}
