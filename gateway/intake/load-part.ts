/**
 * Loads one part into an open batch inside the caller's transaction: cut, checked on threads, copied chunk by chunk.
 * Every chunk waits for the one before it to be taken by the database, so memory is flat however large the part is.
 */
import type { Tx } from '../store/pool.ts'
import { BodyRefused } from './body-refused.ts'
import type { ChunkResult } from './check-chunk.ts'
import { type CheckedCut, type ChunkChecker, checkInOrder } from './chunk-checker.ts'
import { cutBody } from './cut-body.ts'
import { addTallies, emptyTally, type Finding, problem, type Tally } from './finding.ts'
import type { IntakeBatch } from './open-store.ts'
import { copyChunk, insertFindings, insertPart, type Part, roomForFindings } from './part-store.ts'
import { type Stage, stageOf } from './stage-store.ts'

/** The content of a part, received whole. */
export interface PartContent {
  readonly part: number
  readonly format: 'ndjson' | 'csv'
  readonly content: () => AsyncIterable<Buffer>
  /** Decoded size in bytes. */
  readonly sizeBytes: number
  /** Of the decoded content, in lower-case hex. */
  readonly sha256: string
}

/** What came before a part in its batch: the next line's number, and the sum of amounts so far in fen. */
export interface PartStart {
  readonly firstSeq: number
  readonly amountFen: bigint
}

/** Lines beyond the declared count that are still read, so that a small slip is reported line by line. */
const lineSlack = 10_000
const highestTotalFen = BigInt(Number.MAX_SAFE_INTEGER)

interface Sum {
  lineCount: number
  amountFen: bigint
  tally: Tally
  readonly room: Record<'refuse' | 'warn', number>
}

/** Loads a part and writes its row. Throws BodyRefused for a body that cannot be taken; nothing of it may stay then. */
export async function loadPart(
  tx: Tx,
  batch: IntakeBatch,
  content: PartContent,
  start: PartStart,
  checker: ChunkChecker,
): Promise<Part> {
  const stage = stageOf(batch)
  const sum: Sum = {
    lineCount: 0,
    amountFen: 0n,
    tally: emptyTally,
    room: await roomForFindings(tx, batch.batchId),
  }
  const cuts = cutBody(content.content(), { format: content.format, firstSeq: start.firstSeq })
  for await (const checked of checkInOrder(cuts, checker)) {
    addUp(sum, readable(checked))
    refuseRunaway(sum, batch, start)
    await writeChunk(tx, stage, content.part, readable(checked), sum.room)
  }
  if (sum.lineCount === 0) throw new BodyRefused(problem('BODY_EMPTY'))
  const part = toPart(content, start, sum)
  await insertPart(tx, batch.batchId, part)
  return part
}

type Checked = Extract<ChunkResult, { kind: 'checked' }>

function readable({ cut, result }: CheckedCut): Checked {
  if (result.kind === 'checked') return result
  const { code, byteOffset } = result.flaw
  throw new BodyRefused(problem(code, { byteOffset: cut.byteOffset + byteOffset }))
}

function addUp(sum: Sum, result: Checked): void {
  sum.lineCount += result.lineCount
  sum.amountFen += result.amountFen
  sum.tally = addTallies(sum.tally, result.tally)
}

function refuseRunaway(sum: Sum, batch: IntakeBatch, start: PartStart): void {
  if (start.amountFen + sum.amountFen > highestTotalFen) throw new BodyRefused(problem('TOTAL_TOO_LARGE'))
  if (start.firstSeq - 1 + sum.lineCount > batch.declaredCount + lineSlack) {
    throw new BodyRefused(problem('TOO_MANY_LINES', { declared: batch.declaredCount }))
  }
}

async function writeChunk(
  tx: Tx,
  stage: Stage,
  part: number,
  result: Checked,
  room: Sum['room'],
): Promise<void> {
  await copyChunk(tx, stage, result)
  await insertFindings(
    tx,
    stage.batchId,
    part,
    result.findings.filter((found) => takeRoom(room, found)),
  )
}

const takeRoom = (room: Sum['room'], found: Finding): boolean =>
  found.level === 'hold' || room[found.level]-- > 0

const toPart = (content: PartContent, start: PartStart, sum: Sum): Part => ({
  part: content.part,
  firstSeq: start.firstSeq,
  lineCount: sum.lineCount,
  headerLines: content.format === 'csv' ? 1 : 0,
  amountFen: sum.amountFen,
  badCount: sum.tally.refuse.lines,
  sizeBytes: BigInt(content.sizeBytes),
  sha256: Buffer.from(content.sha256, 'hex'),
  tally: sum.tally,
})
