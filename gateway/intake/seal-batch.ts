/**
 * Seals a batch: compares totals and digest, checks the lines as a whole, and accepts or refuses all of them in one
 * transaction. After acceptance nothing of the batch is ever edited (law 8).
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { money } from '../../formats/values/money.ts'
import { recordAct } from '../audit-store.ts'
import { Fault } from '../faults.ts'
import { addDueWork, dropDueWork } from '../ledger/due-work-store.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { type BatchEnd, endBatch, holdLines, makeRoom, openPositions } from './accept-store.ts'
import { toProblem } from './batch-header.ts'
import {
  addTallies,
  type DescribedFinding,
  describeFinding,
  emptyTally,
  type Problem,
  problem,
  type Tally,
} from './finding.ts'
import { answerKey, claimKey, type KeyedRequest, releaseKey } from './idempotency-store.ts'
import type { IntakeNeeds } from './intake-needs.ts'
import {
  type ControlTotals,
  type IntakeReport,
  makeReport,
  readReport,
  readTally,
  reportToJson,
} from './intake-report.ts'
import { findLatestBatch, type IntakeBatch, lockBatch, readBatch } from './open-store.ts'
import { readFindings, readParts } from './part-store.ts'
import { replaceParents } from './replacement-store.ts'
import { checkBatch, compareTotals, receivedTotals } from './seal-checks.ts'
import { analyzeStage, dropStage, enterLedger, stageOf } from './stage-store.ts'

/** What became of a seal. `invalid`: the request itself cannot be read; nothing happened. */
export type SealResult =
  | { readonly kind: 'accepted'; readonly batchId: number; readonly report: IntakeReport }
  | { readonly kind: 'refused'; readonly batchId: number; readonly report: IntakeReport }
  | { readonly kind: 'invalid'; readonly problems: readonly DescribedFinding[] }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'conflict'; readonly code: 'KEY_REUSED' | 'SEALED_DIFFERENTLY' | 'BATCH_CANCELLED' }

const sealSchema = z.strictObject({
  count: z.int().positive(),
  amountFen: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** True for an idempotency key that can be kept: 1 to 255 visible characters. */
export const isKey = (key: string): boolean => /^[\x21-\x7e]{1,255}$/.test(key)

/**
 * Seals the batch of `client` under `batchNo` with what the client counted itself. The same values again give the
 * same report; a key answers only for the request that it first came with. Throws a Fault when the database fails.
 */
export async function sealBatch(
  needs: IntakeNeeds,
  client: string,
  batchNo: string,
  request: unknown,
  idempotencyKey: string,
): Promise<SealResult> {
  if (!isKey(idempotencyKey)) return invalid([describeFinding(problem('KEY_INVALID'), 'refuse', undefined)])
  const parsed = sealSchema.safeParse(request)
  if (!parsed.success)
    return invalid(parsed.error.issues.map((issue) => ({ ...toProblem(issue), code: 'SEAL_INVALID' })))
  const sealed: ControlTotals = { ...parsed.data, amountFen: money(BigInt(parsed.data.amountFen)) }
  const sha256 = createHash('sha256')
    .update(`seal ${batchNo} ${sealed.count} ${sealed.amountFen} ${sealed.sha256}`)
    .digest()
  const keyed = { client, key: idempotencyKey, sha256 }
  return inTransaction(needs.db, (tx) => sealUnderKey(tx, needs, batchNo, sealed, keyed), {
    statementTimeoutMs: 0,
  })
}

const invalid = (problems: readonly DescribedFinding[]): SealResult => ({ kind: 'invalid', problems })

async function sealUnderKey(
  tx: Tx,
  needs: IntakeNeeds,
  batchNo: string,
  sealed: ControlTotals,
  keyed: KeyedRequest,
): Promise<SealResult> {
  const claim = await claimKey(tx, keyed)
  if (claim.kind === 'reused') {
    await recordAct(tx, needs.clock.now(), keyed.client, 'idempotency-key.reused', batchNo, { act: 'seal' })
    return { kind: 'conflict', code: 'KEY_REUSED' }
  }
  const seen =
    claim.kind === 'answered'
      ? await readBatch(tx, claim.batchId)
      : await findLatestBatch(tx, keyed.client, batchNo)
  const result = seen
    ? await sealOnce(tx, needs, keyed.client, seen, sealed)
    : ({ kind: 'not-found' } as const)
  if (result.kind === 'accepted') await answerKey(tx, keyed, 200, result.batchId)
  else if (result.kind === 'refused') await answerKey(tx, keyed, 422, result.batchId)
  else if (claim.kind === 'new') await releaseKey(tx, keyed)
  return result
}

async function sealOnce(
  tx: Tx,
  needs: IntakeNeeds,
  client: string,
  seen: IntakeBatch,
  sealed: ControlTotals,
): Promise<SealResult> {
  await makeRoom(tx)
  const batch = await lockBatch(tx, seen.batchId)
  if (!batch) return { kind: 'not-found' }
  switch (batch.state) {
    case 'open':
      return sealOpen(tx, needs, client, batch, sealed)
    case 'cancelled':
      return { kind: 'conflict', code: 'BATCH_CANCELLED' }
    case 'accepted':
    case 'refused':
      return sealedBefore(batch, batch.state, sealed)
    default:
      return batch.state satisfies never
  }
}

function sealedBefore(batch: IntakeBatch, kind: 'accepted' | 'refused', sealed: ControlTotals): SealResult {
  const report = readReport(batch.report)
  const same =
    report.sealed.count === sealed.count &&
    report.sealed.amountFen === sealed.amountFen &&
    report.sealed.sha256 === sealed.sha256
  return same ? { kind, batchId: batch.batchId, report } : { kind: 'conflict', code: 'SEALED_DIFFERENTLY' }
}

/** Checks and ends an open batch that the caller's transaction has locked. */
export async function sealOpen(
  tx: Tx,
  needs: IntakeNeeds,
  client: string,
  batch: IntakeBatch,
  sealed: ControlTotals,
): Promise<Extract<SealResult, { kind: 'accepted' | 'refused' }>> {
  const programme = needs.bankBook.programme(batch.programmeCode)
  if (!programme)
    throw new Fault('CONFIGURATION_INVALID', { programme: batch.programmeCode, reason: 'its rules are gone' })
  const stage = stageOf(batch)
  const parts = await readParts(tx, batch.batchId)
  const received = receivedTotals(parts)
  const problems = compareTotals(batch, received, sealed)
  await analyzeStage(tx, stage)
  const checked = await checkBatch(tx, client, batch, stage, programme.checks)
  const tally = [
    ...parts.map((part) => readTally(part.tally)),
    checked.tally,
    tallyProblems(problems),
  ].reduce(addTallies, emptyTally)
  const found = problems.map((one) => describeFinding(one, 'refuse', undefined))
  const report = makeReport(batch.batchNo, received, sealed, tally, [
    ...found,
    ...(await readFindings(tx, batch.batchId)),
  ])
  const kind: BatchEnd['state'] = report.refused.total === 0 ? 'accepted' : 'refused'
  const at = needs.clock.now()
  if (kind === 'accepted') await accept(tx, client, batch, checked.replaces, at)
  else await dropStage(tx, stage)
  const end = { state: kind, contentSha256: received.sha256, reportJson: reportToJson(report), at }
  await endBatch(tx, batch.batchId, { ...end, range: kind === 'accepted' ? checked.range : undefined })
  await dropDueWork(tx, 'expire', batch.batchId)
  await recordAct(tx, at, client, `batch.${kind}`, batch.batchNo, actFacts(batch, report))
  return { kind, batchId: batch.batchId, report }
}

function tallyProblems(problems: readonly Problem[]): Tally {
  return {
    ...emptyTally,
    refuse: { lines: 0, byCode: Object.fromEntries(problems.map(({ code }) => [code, 1])) },
  }
}

const actFacts = (batch: IntakeBatch, report: IntakeReport): Record<string, unknown> => ({
  batchId: batch.batchId,
  count: report.count,
  amountFen: `${report.amountFen}`,
  sha256: report.sha256,
  held: report.held,
  warned: report.warnedByCode,
  refused: report.refused.byCode,
})

async function accept(
  tx: Tx,
  client: string,
  batch: IntakeBatch,
  replaces: boolean,
  at: Date,
): Promise<void> {
  const stage = stageOf(batch)
  await openPositions(tx, stage)
  await holdLines(tx, stage, client, at)
  await enterLedger(tx, stage)
  if (replaces) await replaceParents(tx, batch.batchId, client, at)
  await addDueWork(tx, 'plan', batch.batchId, at)
}
