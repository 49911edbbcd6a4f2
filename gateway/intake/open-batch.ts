/**
 * Opens a batch, exactly once however often it is asked: by idempotency key, and by the client's own batch number.
 * A header that brings its instructions is opened, loaded and sealed in one transaction.
 */
import { createHash } from 'node:crypto'
import { money } from '../../formats/values/money.ts'
import { recordAct } from '../audit-store.ts'
import { addDueWork } from '../ledger/due-work-store.ts'
import type { Tx } from '../store/pool.ts'
import { inTransaction } from '../store/transaction.ts'
import { makeRoom } from './accept-store.ts'
import { type BatchHeader, checkHeader, headerDigest, inlineBody } from './batch-header.ts'
import { BodyRefused } from './body-refused.ts'
import { withChecker } from './checker-turns.ts'
import { openForMs } from './expire-batch.ts'
import { type DescribedFinding, describeFinding, type Problem, problem } from './finding.ts'
import { answerKey, claimKey, type KeyedRequest, releaseKey } from './idempotency-store.ts'
import type { IntakeNeeds } from './intake-needs.ts'
import { type IntakeReport, readReport } from './intake-report.ts'
import { loadPart } from './load-part.ts'
import { findStandingBatch, type IntakeBatch, insertBatch, insertOverrides, readBatch } from './open-store.ts'
import { isKey, sealOpen } from './seal-batch.ts'
import { createOwnTables, stageOf } from './stage-store.ts'

/**
 * What became of opening a batch. `existing`: it is there already, from the same key or with the same content.
 * `accepted` only when the header brought its instructions. `KEY_REUSED`: the key belongs to another request;
 * `BATCH_NO_TAKEN`: the number belongs to other content.
 */
export type OpenResult =
  | { readonly kind: 'opened'; readonly batchId: number; readonly batchNo: string }
  | {
      readonly kind: 'existing'
      readonly batchId: number
      readonly batchNo: string
      readonly state: IntakeBatch['state']
      readonly report?: IntakeReport
    }
  | { readonly kind: 'accepted'; readonly batchId: number; readonly report: IntakeReport }
  | {
      readonly kind: 'refused'
      readonly problems: readonly DescribedFinding[]
      readonly report?: IntakeReport
    }
  | { readonly kind: 'conflict'; readonly code: 'KEY_REUSED' | 'BATCH_NO_TAKEN' }

interface Request {
  readonly header: BatchHeader
  readonly headerSha256: Buffer
  readonly body: Buffer | undefined
  readonly keyed: KeyedRequest
}

/** Opens a batch of `client`; `header` is parsed JSON. Throws a Fault when the database fails; asking again is safe. */
export async function openBatch(
  needs: IntakeNeeds,
  client: string,
  header: unknown,
  idempotencyKey: string,
): Promise<OpenResult> {
  if (!isKey(idempotencyKey)) return refused(problem('KEY_INVALID'))
  const checked = checkHeader(header)
  if (checked.kind === 'flawed') return { kind: 'refused', problems: checked.problems }
  const request = toRequest(client, checked.header, idempotencyKey)
  if (!needs.bankBook.programme(checked.header.programme.code))
    return refused(problem('PROGRAMME_UNKNOWN', {}, 'programme.code'))
  try {
    return await inTransaction(needs.db, (tx) => openUnderKey(tx, needs, request), { statementTimeoutMs: 0 })
  } catch (error) {
    if (error instanceof BodyRefused) return refused(error.problem)
    throw error
  }
}

function toRequest(client: string, header: BatchHeader, key: string): Request {
  const headerSha256 = headerDigest(header)
  const body = inlineBody(header)
  const sha256 = createHash('sha256')
    .update('open ')
    .update(headerSha256)
    .update(body ?? '')
    .digest()
  return { header, headerSha256, body, keyed: { client, key, sha256 } }
}

const refused = (found: Problem): OpenResult => ({
  kind: 'refused',
  problems: [describeFinding(found, 'refuse', undefined)],
})

async function openUnderKey(tx: Tx, needs: IntakeNeeds, request: Request): Promise<OpenResult> {
  const { keyed, header } = request
  const claim = await claimKey(tx, keyed)
  if (claim.kind === 'reused') {
    await recordAct(tx, needs.clock.now(), keyed.client, 'idempotency-key.reused', header.batchNo, {
      act: 'open',
    })
    return { kind: 'conflict', code: 'KEY_REUSED' }
  }
  if (claim.kind === 'answered') return answered(await readBatch(tx, claim.batchId), request)
  const batch = await insertBatch(tx, keyed.client, header, request.headerSha256)
  const result = batch ? await fillBatch(tx, needs, batch, request) : await knownBatch(tx, request)
  if (result.kind === 'conflict') await releaseKey(tx, keyed)
  return result
}

/** The same request as before: the same answer as before, or what has become of the batch since. */
function answered(batch: IntakeBatch | undefined, request: Request): OpenResult {
  if (!batch) return { kind: 'conflict', code: 'KEY_REUSED' }
  const report = batch.report === null ? undefined : readReport(batch.report)
  if (request.body && report && batch.state === 'refused')
    return { kind: 'refused', problems: report.findings, report }
  if (request.body && report && batch.state === 'accepted')
    return { kind: 'accepted', batchId: batch.batchId, report }
  return existing(batch, report)
}

const existing = (batch: IntakeBatch, report: IntakeReport | undefined): OpenResult => ({
  kind: 'existing',
  batchId: batch.batchId,
  batchNo: batch.batchNo,
  state: batch.state,
  ...(report && { report }),
})

/** The number is taken: the same content points to the batch that has it, other content is refused. */
async function knownBatch(tx: Tx, request: Request): Promise<OpenResult> {
  const { keyed, header, headerSha256, body } = request
  const batch = await findStandingBatch(tx, keyed.client, header.batchNo)
  const sameLines = !body || batch?.contentSha256?.equals(createHash('sha256').update(body).digest())
  if (!batch?.headerSha256.equals(headerSha256) || !sameLines)
    return { kind: 'conflict', code: 'BATCH_NO_TAKEN' }
  await answerKey(tx, keyed, 200, batch.batchId)
  return existing(batch, batch.report === null ? undefined : readReport(batch.report))
}

async function fillBatch(
  tx: Tx,
  needs: IntakeNeeds,
  batch: IntakeBatch,
  request: Request,
): Promise<OpenResult> {
  const { header, keyed, body } = request
  await createOwnTables(tx, stageOf(batch))
  await insertOverrides(tx, batch.batchId, header.overrides ?? [])
  const facts = {
    batchId: batch.batchId,
    count: header.declared.count,
    overrides: header.overrides?.length ?? 0,
  }
  await recordAct(tx, needs.clock.now(), keyed.client, 'batch.opened', batch.batchNo, facts)
  if (!body) await addDueWork(tx, 'expire', batch.batchId, new Date(needs.clock.now().getTime() + openForMs))
  const result = body ? await loadAndSeal(tx, needs, batch, keyed.client, body) : opened(batch)
  await answerKey(tx, keyed, result.kind === 'refused' ? 422 : 201, batch.batchId)
  return result
}

const opened = (batch: IntakeBatch): OpenResult => ({
  kind: 'opened',
  batchId: batch.batchId,
  batchNo: batch.batchNo,
})

async function loadAndSeal(
  tx: Tx,
  needs: IntakeNeeds,
  batch: IntakeBatch,
  client: string,
  body: Buffer,
): Promise<OpenResult> {
  const sha256 = createHash('sha256').update(body).digest('hex')
  const content = {
    part: 1,
    format: 'ndjson',
    content: () => inPieces(body),
    sizeBytes: body.length,
    sha256,
  } as const
  // Checked on this thread: a transaction that is open must not wait for another load's turn.
  const part = await withChecker(needs, batch, 0, (checker) =>
    loadPart(tx, batch, content, { firstSeq: 1, amountFen: 0n }, checker),
  )
  await makeRoom(tx)
  const sealed = { count: part.lineCount, amountFen: money(part.amountFen), sha256 }
  const result = await sealOpen(tx, needs, client, batch, sealed)
  return result.kind === 'accepted'
    ? result
    : { kind: 'refused', problems: result.report.findings, report: result.report }
}

async function* inPieces(body: Buffer): AsyncGenerator<Buffer> {
  yield body
}
