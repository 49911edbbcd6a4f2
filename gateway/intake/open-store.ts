/** Writes and finds batches while they are open. */
import { type BatchId, batchId, ownPartitionFromCount } from '../ledger/batch.ts'
import type { Queryable } from '../store/pool.ts'
import type { BatchHeader } from './batch-header.ts'

/** A batch as intake sees it. */
export interface IntakeBatch {
  readonly batchId: BatchId
  readonly batchNo: string
  readonly shard: number
  readonly state: 'open' | 'accepted' | 'refused' | 'cancelled'
  readonly programmeCode: string
  readonly period: string
  readonly declaredCount: number
  readonly declaredFen: bigint
  readonly headerSha256: Buffer
  readonly contentSha256: Buffer | undefined
  readonly report: unknown
}

interface Row {
  batch_id: number
  batch_no: string
  shard: number
  state: IntakeBatch['state']
  programme_code: string
  period: string
  declared_count: number
  declared_fen: bigint
  header_sha256: Buffer
  content_sha256: Buffer | null
  report: unknown
}

const columns = `batch_id, batch_no, shard, state, programme_code, period, declared_count, declared_fen, header_sha256,
  content_sha256, report`

const toBatch = (row: Row): IntakeBatch => ({
  batchId: batchId(row.batch_id),
  batchNo: row.batch_no,
  shard: row.shard,
  state: row.state,
  programmeCode: row.programme_code,
  period: row.period,
  declaredCount: row.declared_count,
  declaredFen: row.declared_fen,
  headerSha256: row.header_sha256,
  contentSha256: row.content_sha256 ?? undefined,
  report: row.report,
})

/** Writes a new open batch; undefined when the client already has an open or accepted one under this number. */
export async function insertBatch(
  tx: Queryable,
  client: string,
  header: BatchHeader,
  headerSha256: Buffer,
): Promise<IntakeBatch | undefined> {
  const { programme, declared } = header
  const { rows } = await tx.query<Row>(
    `insert into batch (client, batch_no, programme_code, programme_name, period, region, funding_account, voucher_no,
       due_by, approvals, declared_count, declared_fen, header_sha256, shard)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)
     on conflict (client, batch_no) where state in ('open', 'accepted') do nothing
     returning ${columns}`,
    [
      ...[
        client,
        header.batchNo,
        programme.code,
        programme.name,
        header.period,
        header.region,
        header.fundingAccount,
      ],
      ...[
        header.voucherNo ?? null,
        header.dueBy,
        JSON.stringify(header.approvals),
        declared.count,
        declared.amountFen,
      ],
      headerSha256,
    ],
  )
  const row = rows[0]
  if (!row || declared.count < ownPartitionFromCount) return row && toBatch(row)
  await tx.query('update batch set shard = batch_id where batch_id = $1', [row.batch_id])
  return toBatch({ ...row, shard: row.batch_id })
}

/** The open or accepted batch of a client under a number. */
export async function findStandingBatch(
  tx: Queryable,
  client: string,
  batchNo: string,
): Promise<IntakeBatch | undefined> {
  const { rows } = await tx.query<Row>(
    `select ${columns} from batch where client = $1 and batch_no = $2 and state in ('open', 'accepted')`,
    [client, batchNo],
  )
  return rows[0] && toBatch(rows[0])
}

/** The latest batch of a client under a number, whatever its state. */
export async function findLatestBatch(
  tx: Queryable,
  client: string,
  batchNo: string,
): Promise<IntakeBatch | undefined> {
  const { rows } = await tx.query<Row>(
    `select ${columns} from batch where client = $1 and batch_no = $2 order by batch_id desc limit 1`,
    [client, batchNo],
  )
  return rows[0] && toBatch(rows[0])
}

/** A batch by its number in the ledger. */
export async function readBatch(tx: Queryable, id: number): Promise<IntakeBatch | undefined> {
  const { rows } = await tx.query<Row>(`select ${columns} from batch where batch_id = $1`, [id])
  return rows[0] && toBatch(rows[0])
}

/** A batch, locked until the transaction ends: uploads and the seal of one batch go one after the other. */
export async function lockBatch(tx: Queryable, id: BatchId): Promise<IntakeBatch | undefined> {
  const { rows } = await tx.query<Row>(`select ${columns} from batch where batch_id = $1 for no key update`, [
    id,
  ])
  return rows[0] && toBatch(rows[0])
}

/** Records why people mean equal payments. A later reason for the same instruction does not replace the first. */
export async function insertOverrides(
  tx: Queryable,
  id: BatchId,
  overrides: NonNullable<BatchHeader['overrides']>,
): Promise<void> {
  await tx.query(
    `insert into duplicate_override (batch_id, instruction_id, reason, decided_by)
     select $1, * from unnest($2::text[], $3::text[], $4::text[]) on conflict do nothing`,
    [
      id,
      overrides.map((override) => override.instructionId),
      overrides.map((override) => override.reason),
      overrides.map((override) => override.by),
    ],
  )
}

/** Ends an open batch without having accepted anything of it. */
export async function cancelBatch(tx: Queryable, id: BatchId, at: Date): Promise<void> {
  await tx.query(
    `update batch set state = 'cancelled', settled_at = $2 where batch_id = $1 and state = 'open'`,
    [id, at],
  )
}
