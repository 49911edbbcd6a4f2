/**
 * Receives one part of an open batch: spooled first, then loaded in one transaction, so that it is there whole or
 * not at all. The same content again gives the same answer; other content may replace only the last part.
 */

import type { Queryable, Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { BodyRefused } from './body-refused.ts'
import { withChecker } from './checker-turns.ts'
import type { ChunkChecker } from './chunk-checker.ts'
import { type DescribedFinding, describeFinding, type Problem, problem } from './finding.ts'
import { defaultMaxBodyBytes, type IntakeNeeds } from './intake-needs.ts'
import { readTally } from './intake-report.ts'
import { loadPart, type PartContent } from './load-part.ts'
import { findLatestBatch, type IntakeBatch, lockBatch } from './open-store.ts'
import { deletePart, type Part, readFindings, readParts } from './part-store.ts'
import { type SpooledBody, spoolBody } from './spool-body.ts'
import { deleteLinesFrom, stageOf } from './stage-store.ts'

/** What became of a part. `refused`, `held` and `warned` count lines; a batch with refused lines will be refused. */
export type PartResult =
  | {
      readonly kind: 'received'
      readonly part: number
      readonly lineCount: number
      readonly amountFen: bigint
      /** Of the decoded content, lower-case hex. */
      readonly sha256: string
      readonly refused: number
      readonly held: number
      readonly warned: number
      readonly findings: readonly DescribedFinding[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly DescribedFinding[] }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'conflict'; readonly code: 'BATCH_SEALED' }
  | { readonly kind: 'conflict'; readonly code: 'PART_OUT_OF_ORDER'; readonly expectedPart: number }
  | { readonly kind: 'conflict'; readonly code: 'PART_TAKEN'; readonly lastPart: number }

/**
 * Takes a part of a batch of `client`. The caller tells `body` from a dead connection only by letting it throw.
 * Throws a Fault when disk or database fail; then nothing has changed and the part may be sent again.
 */
export async function receivePart(
  needs: IntakeNeeds,
  client: string,
  batchNo: string,
  part: number,
  body: AsyncIterable<Buffer>,
  format: 'ndjson' | 'csv',
  encoding: 'identity' | 'gzip',
): Promise<PartResult> {
  if (!Number.isSafeInteger(part) || part < 1 || part > 1_000_000) return refused(problem('PART_NUMBER'))
  const batch = await findLatestBatch(needs.db, client, batchNo)
  if (!batch) return { kind: 'not-found' }
  if (batch.state !== 'open') return { kind: 'conflict', code: 'BATCH_SEALED' }
  try {
    return await spoolAndLoad(needs, batch, part, body, format, encoding)
  } catch (error) {
    if (error instanceof BodyRefused) return refused(error.problem)
    throw error
  }
}

async function spoolAndLoad(
  needs: IntakeNeeds,
  batch: IntakeBatch,
  part: number,
  body: AsyncIterable<Buffer>,
  format: 'ndjson' | 'csv',
  encoding: 'identity' | 'gzip',
): Promise<PartResult> {
  const limits = { encoding, maxBytes: needs.maxBodyBytes ?? defaultMaxBodyBytes, folder: needs.spoolFolder }
  const spooled: SpooledBody = await spoolBody(body, limits)
  const content: PartContent = { ...spooled, part, format }
  try {
    return await withChecker(needs, batch, spooled.sizeBytes, (checker) =>
      loadSpooled(needs, batch, content, checker),
    )
  } finally {
    await spooled.discard()
  }
}

const refused = (found: Problem): PartResult => ({
  kind: 'refused',
  problems: [describeFinding(found, 'refuse', undefined)],
})

const loadSpooled = (
  needs: IntakeNeeds,
  batch: IntakeBatch,
  content: PartContent,
  checker: ChunkChecker,
): Promise<PartResult> =>
  inTransaction(needs.db, (tx) => loadInOrder(tx, batch, content, checker), { statementTimeoutMs: 0 })

async function loadInOrder(
  tx: Tx,
  seen: IntakeBatch,
  content: PartContent,
  checker: ChunkChecker,
): Promise<PartResult> {
  const batch = await lockBatch(tx, seen.batchId)
  if (batch?.state !== 'open') return { kind: 'conflict', code: 'BATCH_SEALED' }
  const parts = await readParts(tx, batch.batchId)
  const existing = parts.find(({ part }) => part === content.part)
  if (existing?.sha256.toString('hex') === content.sha256) return received(tx, batch, existing)
  const last = parts.at(-1)
  if (existing && existing !== last) return { kind: 'conflict', code: 'PART_TAKEN', lastPart: parts.length }
  if (existing) await removePart(tx, batch, existing)
  else if (content.part !== parts.length + 1) {
    return { kind: 'conflict', code: 'PART_OUT_OF_ORDER', expectedPart: parts.length + 1 }
  }
  const loaded = await loadPart(
    tx,
    batch,
    content,
    startAfter(parts.filter((part) => part !== existing)),
    checker,
  )
  return received(tx, batch, loaded)
}

async function removePart(tx: Queryable, batch: IntakeBatch, part: Part): Promise<void> {
  await deleteLinesFrom(tx, stageOf(batch), part.firstSeq)
  await deletePart(tx, batch.batchId, part.part)
}

const startAfter = (parts: readonly Part[]): { firstSeq: number; amountFen: bigint } => ({
  firstSeq: parts.reduce((count, part) => count + part.lineCount, 1),
  amountFen: parts.reduce((sum, part) => sum + part.amountFen, 0n),
})

async function received(tx: Queryable, batch: IntakeBatch, part: Part): Promise<PartResult> {
  const tally = readTally(part.tally)
  return {
    kind: 'received',
    part: part.part,
    lineCount: part.lineCount,
    amountFen: part.amountFen,
    sha256: part.sha256.toString('hex'),
    refused: tally.refuse.lines,
    held: tally.hold.lines,
    warned: tally.warn.lines,
    findings: await readFindings(tx, batch.batchId, part.part),
  }
}
