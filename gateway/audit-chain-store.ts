/** Reads the audit trail in the order of its chain, a page at a time, and the head that the database keeps. */
import type { ChainPlace, ChainRow } from './audit-chain.ts'
import type { Queryable } from './store/pool.ts'

/** Rows of a page; a row is about 300 bytes. */
export const pageRows = 2_000

interface Read {
  readonly chain_no: bigint
  readonly audit_no: bigint
  readonly at: string
  readonly actor: string
  readonly act: string
  readonly subject: string
  readonly facts: string
  readonly previous_hash: string | null
  readonly hash: string | null
}

/** The next rows behind a place of the chain, lowest first; none at its end. */
export async function readChainPage(db: Queryable, after: bigint, rows = pageRows): Promise<ChainRow[]> {
  const read = await db.query<Read>(
    `select chain_no, audit_no, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, actor, act, subject,
       facts::text as facts, encode(previous_hash, 'hex') as previous_hash, encode(hash, 'hex') as hash
     from audit_event where chain_no > $1 order by chain_no limit $2`,
    [after, rows],
  )
  return read.rows.map(({ chain_no, audit_no, previous_hash, hash, ...row }) => ({
    ...row,
    chainNo: chain_no,
    auditNo: audit_no,
    previousHash: previous_hash ?? undefined,
    hash: hash ?? undefined,
  }))
}

/** Where the database says that the chain ends; undefined when its head is gone. */
export async function readChainHead(db: Queryable): Promise<ChainPlace | undefined> {
  const { rows } = await db.query<{ count: bigint; hash: string }>(
    `select chain_no as count, encode(hash, 'hex') as hash from audit_head`,
  )
  return rows[0]
}

/** Number of the first row that has no place in the chain; undefined when every row has one. */
export async function findUnchained(db: Queryable): Promise<bigint | undefined> {
  const { rows } = await db.query<{ audit_no: bigint }>(
    'select audit_no from audit_event where chain_no is null order by audit_no limit 1',
  )
  return rows[0]?.audit_no
}
