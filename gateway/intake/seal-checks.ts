/** Runs the checks of a whole batch under its programme's policy: what was declared, duplicates, people, replacements. */
import { createHash } from 'node:crypto'
import { money } from '../../formats/values/money.ts'
import type { Tx } from '../store/pool.ts'
import * as duplicates from './duplicate-store.ts'
import { addTallies, emptyTally, type Problem, problem, type Tally } from './finding.ts'
import { recordHits, type SetCheck } from './hit-store.ts'
import type { ControlTotals } from './intake-report.ts'
import { type CheckLevels, findingLevel } from './line-identity.ts'
import type { IntakeBatch } from './open-store.ts'
import type { Part } from './part-store.ts'
import { linkParents, readReplacedRange, replacementChecks } from './replacement-store.ts'
import { indexOwnIds, type Stage } from './stage-store.ts'

/** What was received in all parts: one part's own digest, or the digest over the parts' hex digests in order. */
export function receivedTotals(parts: readonly Part[]): ControlTotals {
  const digests = parts.map((part) => part.sha256.toString('hex'))
  const [only = ''] = digests
  return {
    count: parts.reduce((sum, part) => sum + part.lineCount, 0),
    amountFen: money(parts.reduce((sum, part) => sum + part.amountFen, 0n)),
    sha256: digests.length === 1 ? only : createHash('sha256').update(digests.join('')).digest('hex'),
  }
}

/** Control totals, first of all hand-overs: header, seal and content have to agree. */
export function compareTotals(batch: IntakeBatch, received: ControlTotals, sealed: ControlTotals): Problem[] {
  const problems: Problem[] = []
  if (received.count !== batch.declaredCount || received.count !== sealed.count) {
    const facts = { declared: batch.declaredCount, sealed: sealed.count, received: received.count }
    problems.push(problem('COUNT_DIFFERS', facts))
  }
  if (received.amountFen !== batch.declaredFen || received.amountFen !== sealed.amountFen) {
    const facts = {
      declared: `${batch.declaredFen}`,
      sealed: `${sealed.amountFen}`,
      received: `${received.amountFen}`,
    }
    problems.push(problem('AMOUNT_DIFFERS', facts))
  }
  if (received.sha256 !== sealed.sha256) {
    problems.push(problem('DIGEST_DIFFERS', { sealed: sealed.sha256, received: received.sha256 }))
  }
  return problems
}

/** What the checks of a batch came to; `replaces` when the parents of replacing lines were linked and locked. */
export interface CheckedBatch {
  readonly tally: Tally
  readonly range: { readonly least: string; readonly most: string } | undefined
  readonly replaces: boolean
}

/** Checks the lines of a batch against each other and against what was accepted before. */
export async function checkBatch(
  tx: Tx,
  client: string,
  batch: IntakeBatch,
  stage: Stage,
  levels: CheckLevels,
): Promise<CheckedBatch> {
  await duplicates.lockGuards(tx, client, batch)
  const range = await duplicates.readIdRange(tx, stage)
  if (!range) return { tally: emptyTally, range, replaces: false }
  const checks = [
    ...(await idChecks(tx, client, stage, range)),
    ...(await paymentChecks(tx, client, batch, stage, levels)),
    ...peopleChecks(stage, levels),
  ]
  const replaced = await readReplacedRange(tx, stage)
  if (replaced) {
    await linkParents(tx, stage, await duplicates.findOverlapping(tx, client, replaced))
    checks.push(...replacementChecks)
  }
  let tally = await strayOverrides(tx, stage)
  for (const check of checks) tally = addTallies(tally, await recordHits(tx, batch.batchId, check))
  return { tally, range, replaces: replaced !== undefined }
}

async function idChecks(
  tx: Tx,
  client: string,
  stage: Stage,
  range: { least: string; most: string },
): Promise<SetCheck[]> {
  const unique = stage.own && (await indexOwnIds(tx, stage))
  const before = await duplicates.findOverlapping(tx, client, range)
  return [
    ...(unique ? [] : [duplicates.repeatedIds(stage)]),
    ...(before.batchIds.length > 0 ? [duplicates.usedIds(stage, before)] : []),
  ]
}

async function paymentChecks(
  tx: Tx,
  client: string,
  batch: IntakeBatch,
  stage: Stage,
  levels: CheckLevels,
): Promise<SetCheck[]> {
  const level = findingLevel(levels.duplicatePayment)
  if (!level) return []
  const before = await duplicates.findSiblings(tx, batch)
  return [
    duplicates.repeatedPayments(stage, level),
    ...(before.batchIds.length > 0 ? [duplicates.madePayments(stage, level, client, before)] : []),
  ]
}

function peopleChecks(stage: Stage, levels: CheckLevels): SetCheck[] {
  const shared = findingLevel(levels.oneAccountSeveralPeople)
  const scattered = findingLevel(levels.onePersonSeveralAccounts)
  return [
    ...(shared ? [duplicates.sharedAccounts(stage, shared)] : []),
    ...(scattered ? [duplicates.scatteredPeople(stage, scattered)] : []),
  ]
}

async function strayOverrides(tx: Tx, stage: Stage): Promise<Tally> {
  const stray = await duplicates.countStrayOverrides(tx, stage)
  return stray === 0 ? emptyTally : { ...emptyTally, warn: { lines: 0, byCode: { OVERRIDE_UNKNOWN: stray } } }
}
