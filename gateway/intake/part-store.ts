/** Rows of parts and of the findings in their lines. */

import type { BatchId } from '../ledger/batch.ts'
import { copyInto } from '../store/copy.ts'
import type { Queryable, Tx } from '../store/pool.ts'
import {
  type DescribedFinding,
  describeFinding,
  type Finding,
  type FindingFacts,
  type FindingLevel,
  findingCap,
} from './finding.ts'
import { isFindingCode } from './finding-catalogue.ts'
import { instructionColumns } from './instruction-rows.ts'
import type { Stage } from './stage-store.ts'

/** A part that was received. */
export interface Part {
  readonly part: number
  readonly firstSeq: number
  readonly lineCount: number
  readonly headerLines: number
  readonly amountFen: bigint
  /** Lines with a finding that refuses. */
  readonly badCount: number
  readonly sizeBytes: bigint
  /** Of the decoded content. */
  readonly sha256: Buffer
  /** Exact counts of findings, as JSON. */
  readonly tally: unknown
}

interface Row {
  part: number
  first_seq: number
  line_count: number
  header_lines: number
  amount_fen: bigint
  bad_count: number
  size_bytes: bigint
  sha256: Buffer
  tally: unknown
}

/** All parts of a batch in order. */
export async function readParts(tx: Queryable, id: BatchId): Promise<Part[]> {
  const { rows } = await tx.query<Row>(
    `select part, first_seq, line_count, header_lines, amount_fen, bad_count, size_bytes, sha256, tally
     from batch_part where batch_id = $1 order by part`,
    [id],
  )
  return rows.map((row) => ({
    part: row.part,
    firstSeq: row.first_seq,
    lineCount: row.line_count,
    headerLines: row.header_lines,
    amountFen: row.amount_fen,
    badCount: row.bad_count,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    tally: row.tally,
  }))
}

/** Writes a part that is now loaded whole. */
export async function insertPart(tx: Queryable, id: BatchId, part: Part): Promise<void> {
  await tx.query(
    `insert into batch_part (batch_id, part, first_seq, line_count, header_lines, amount_fen, bad_count, size_bytes,
       sha256, tally) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[id, part.part, part.firstSeq, part.lineCount, part.headerLines, part.amountFen, part.badCount],
      ...[part.sizeBytes, part.sha256, JSON.stringify(part.tally)],
    ],
  )
}

/** Forgets a part and its findings; its lines are removed from the stage separately. */
export async function deletePart(tx: Queryable, id: BatchId, part: number): Promise<void> {
  await tx.query('delete from batch_part where batch_id = $1 and part = $2', [id, part])
  await tx.query('delete from line_finding where batch_id = $1 and part = $2', [id, part])
}

/** Copies the rows and sealed blocks of one chunk. Two short COPYs on one connection keep both in one transaction. */
export async function copyChunk(
  tx: Tx,
  stage: Stage,
  chunk: { readonly instructions: Uint8Array; readonly blocks: Uint8Array },
): Promise<void> {
  if (chunk.blocks.byteLength === 0) return
  await copyInto(tx, `copy ${stage.lines} (${instructionColumns}) from stdin`, once(chunk.instructions))
  await copyInto(
    tx,
    `copy ${stage.blocks} (shard, batch_id, bank_no, first_seq, last_seq, row_count, sealed) from stdin (format binary)`,
    once(chunk.blocks),
  )
}

async function* once(bytes: Uint8Array): AsyncGenerator<Buffer> {
  yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** How many findings of a level may still be kept of a batch. */
export async function roomForFindings(
  tx: Queryable,
  id: BatchId,
): Promise<Record<'refuse' | 'warn', number>> {
  const { rows } = await tx.query<{ refuse: number; warn: number }>(
    `select count(*) filter (where level = 'refuse')::int as refuse, count(*) filter (where level = 'warn')::int as warn
     from line_finding where batch_id = $1 and level in ('refuse', 'warn')`,
    [id],
  )
  const kept = rows[0] ?? { refuse: 0, warn: 0 }
  return { refuse: Math.max(0, findingCap - kept.refuse), warn: Math.max(0, findingCap - kept.warn) }
}

/** Writes findings of one part. */
export async function insertFindings(
  tx: Queryable,
  id: BatchId,
  part: number,
  findings: readonly Finding[],
): Promise<void> {
  if (findings.length === 0) return
  await tx.query(
    `insert into line_finding (batch_id, part, seq, level, field, code, facts)
     select $1, $2, seq, level, field, code, facts::jsonb
     from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[]) as f (seq, level, field, code, facts)`,
    [
      ...[id, part, findings.map((found) => found.seq), findings.map((found) => found.level)],
      ...[findings.map((found) => found.field), findings.map((found) => found.code)],
      findings.map((found) => JSON.stringify(found.facts)),
    ],
  )
}

interface FindingRow {
  part: number
  line: number
  level: FindingLevel
  field: string
  code: string
  facts: FindingFacts
}

/** Findings of a batch, or of one part of it, as a client reads them: the gravest first, at most 1,000. */
export async function readFindings(tx: Queryable, id: BatchId, part?: number): Promise<DescribedFinding[]> {
  const { rows } = await tx.query<FindingRow>(
    `select f.part, f.seq - p.first_seq + 1 + p.header_lines as line, f.level, f.field, f.code, f.facts
     from line_finding f join batch_part p using (batch_id, part)
     where f.batch_id = $1 and ($2::int is null or f.part = $2)
     order by array_position(array['refuse', 'hold', 'warn'], f.level), f.seq, f.finding_id limit ${findingCap}`,
    [id, part ?? null],
  )
  return rows.flatMap(({ part, line, level, field, code, facts }) =>
    isFindingCode(code) ? [describeFinding({ field, code, facts }, level, { part, line })] : [],
  )
}
