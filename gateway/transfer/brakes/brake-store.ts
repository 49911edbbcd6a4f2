/** Pulls, lifts and finds brakes; finds the ones that hold a file in the transaction that would release it. */
import { Fault } from '../../faults.ts'
import { bankNo, batchId } from '../../ledger/batch.ts'
import { isAcceptedServer } from '../../store/database-identity-store.ts'
import type { Queryable } from '../../store/pool.ts'
import type { Brake, BrakeCause, BrakeHand, BrakeScope, BrakeVia, ShownBrake } from './brake.ts'

interface BrakeRow {
  brake_id: bigint
  scope: BrakeScope['kind']
  bank_no: number | null
  batch_id: number | null
  programme: string | null
  region: string | null
  cause: BrakeCause
  reason: string
  pulled_by: string
  pulled_via: BrakeVia
  pulled_at: Date
}

const columns = `k.brake_id, k.scope, k.bank_no, k.batch_id, k.programme, k.region, k.cause, k.reason, k.pulled_by,
  k.pulled_via, k.pulled_at`

/** Whether a brake `k` holds a file `f` of a batch `b`. A region holds a file when its batch or any line of it lies there. */
const holds = `(k.scope = 'everything' or k.bank_no = f.bank_no
  or k.batch_id = f.batch_id or k.programme = b.programme_code or (k.scope = 'region' and (starts_with(b.region, k.region)
    or exists (select from instruction i where i.shard = b.shard and i.batch_id = f.batch_id and i.bank_no = f.bank_no
      and i.seq between f.lo_seq and f.hi_seq and starts_with(i.region, k.region)))))`

/**
 * Brakes that hold a file. Takes a share of the send gate until the transaction ends, so that a brake which is pulled
 * meanwhile waits for this release or is seen by it. Throws SENDING_HELD where the database moved to another server or
 * timeline since the ledger was last told where it lives: whatever it may have lost, nothing leaves from here.
 */
export async function brakesOnFile(tx: Queryable, fileId: number): Promise<Brake[]> {
  await tx.query('select 1 from send_gate for share')
  if (!(await isAcceptedServer(tx)))
    throw new Fault('SENDING_HELD', { fileId, reason: 'the database is not where it was' })
  const { rows } = await tx.query<BrakeRow>(
    `select ${columns} from brake k, bank_file f join batch b using (batch_id)
     where k.lifted_at is null and f.file_id = $1 and ${holds}
     order by k.brake_id`,
    [fileId],
  )
  return rows.map(toBrake)
}

/** Owns the send gate from here to the end of the transaction: waits for every release that began before. */
export async function closeSendGate(tx: Queryable): Promise<void> {
  // A brake is pulled when something is wrong; it must not give up before the releases under way have ended.
  await tx.query(`set local lock_timeout = '60s'`)
  await tx.query('update send_gate set pulls = pulls + 1')
}

/** Enters a brake; undefined when an equal one stands. The caller owns the send gate. */
export async function insertBrake(
  tx: Queryable,
  scope: BrakeScope,
  cause: BrakeCause,
  { by, reason, via = 'operator' }: BrakeHand,
  at: Date,
): Promise<bigint | undefined> {
  const { rows } = await tx.query<{ brake_id: bigint }>(
    `insert into brake (scope, bank_no, batch_id, programme, region, cause, reason, pulled_by, pulled_via, pulled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning brake_id`,
    [...subjectOf(scope), cause, reason, by, via, at],
  )
  return rows[0]?.brake_id
}

/** The brake of this scope, cause and origin that stands. */
export async function findStanding(
  tx: Queryable,
  scope: BrakeScope,
  cause: BrakeCause,
  via: BrakeVia,
): Promise<Brake | undefined> {
  const { rows } = await tx.query<BrakeRow>(
    `select ${columns} from brake k
     where k.lifted_at is null and k.scope = $1 and k.bank_no is not distinct from $2::smallint
       and k.batch_id is not distinct from $3::int and k.programme is not distinct from $4
       and k.region is not distinct from $5 and k.cause = $6 and k.pulled_via = $7`,
    [...subjectOf(scope), cause, via],
  )
  return rows[0] && toBrake(rows[0])
}

/** A standing brake by its number. */
export async function findBrake(db: Queryable, brakeId: bigint): Promise<Brake | undefined> {
  const { rows } = await db.query<BrakeRow>(
    `select ${columns} from brake k where k.brake_id = $1 and k.lifted_at is null`,
    [brakeId],
  )
  return rows[0] && toBrake(rows[0])
}

/** Notes that a brake was lifted; false when somebody else was faster. */
export async function markLifted(
  tx: Queryable,
  brakeId: bigint,
  { by, reason }: BrakeHand,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update brake set lifted_by = $2, lifted_at = $3, lift_reason = $4 where brake_id = $1 and lifted_at is null`,
    [brakeId, by, at, reason],
  )
  return rowCount === 1
}

/** Sealed files that a brake covers, whether it still stands or not, by number. */
export async function filesUnder(tx: Queryable, brakeId: bigint): Promise<number[]> {
  const { rows } = await tx.query<{ file_id: number }>(
    `select f.file_id from brake k, bank_file f join batch b using (batch_id)
     where k.brake_id = $1 and f.state = 'sealed' and ${holds} order by f.file_id`,
    [brakeId],
  )
  return rows.map(({ file_id }) => file_id)
}

/** Brakes that stand and hold a batch as a whole, its own ones first. */
export async function brakesOnBatch(db: Queryable, id: number): Promise<Brake[]> {
  const { rows } = await db.query<BrakeRow>(
    `select ${columns} from brake k, batch b
     where k.lifted_at is null and b.batch_id = $1 and (k.scope = 'everything' or k.batch_id = b.batch_id
       or k.programme = b.programme_code or (k.scope = 'region' and starts_with(b.region, k.region)))
     order by k.scope <> 'batch', k.brake_id`,
    [id],
  )
  return rows.map(toBrake)
}

/** True while a bank has to be compared after a restore. */
export async function isRestoring(db: Queryable, no: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from brake where bank_no = $1 and cause = 'restored' and lifted_at is null`,
    [no],
  )
  return rowCount > 0
}

/** Every brake that stands, oldest first, with the number of sealed files that it keeps back. */
export async function listStanding(db: Queryable): Promise<ShownBrake[]> {
  const { rows } = await db.query<BrakeRow & { subject: string; held_files: number }>(
    `select ${columns}, coalesce(n.bank, t.client || '/' || t.batch_no, k.programme, k.region, '') as subject,
       (select count(*)::int from bank_file f join batch b using (batch_id) where f.state = 'sealed' and ${holds}) as held_files
     from brake k left join bank n on n.bank_no = k.bank_no left join batch t on t.batch_id = k.batch_id
     where k.lifted_at is null order by k.brake_id`,
  )
  return rows.map((row) => {
    const { scope, ...brake } = toBrake(row)
    return { ...brake, scope: scope.kind, subject: row.subject, heldFiles: row.held_files }
  })
}

type Subject = [string, number | null, number | null, string | null, string | null]

function subjectOf(scope: BrakeScope): Subject {
  switch (scope.kind) {
    case 'everything':
      return ['everything', null, null, null, null]
    case 'bank':
      return ['bank', scope.bankNo, null, null, null]
    case 'batch':
      return ['batch', null, scope.batchId, null, null]
    case 'programme':
      return ['programme', null, null, scope.programme, null]
    case 'region':
      return ['region', null, null, null, scope.region]
    default:
      return scope satisfies never
  }
}

const toBrake = (row: BrakeRow): Brake => ({
  brakeId: row.brake_id,
  scope: scopeOf(row),
  cause: row.cause,
  reason: row.reason,
  pulledBy: row.pulled_by,
  pulledVia: row.pulled_via,
  pulledAt: row.pulled_at,
})

function scopeOf(row: BrakeRow): BrakeScope {
  switch (row.scope) {
    case 'everything':
      return { kind: 'everything' }
    case 'bank':
      return { kind: 'bank', bankNo: bankNo(row.bank_no ?? 0) }
    case 'batch':
      return { kind: 'batch', batchId: batchId(row.batch_id ?? 0) }
    case 'programme':
      return { kind: 'programme', programme: row.programme ?? '' }
    case 'region':
      return { kind: 'region', region: row.region ?? '' }
    default:
      return row.scope satisfies never
  }
}
