/**
 * Due work is rows: a step name and a subject, due at a business time, held by a lease of real time. A queue may
 * wake a worker, but only a claimed row lets it act, and its fence proves later that it is still the one. The lease of a
 * holder that PostgreSQL knows to be gone counts no longer (lease-holder.ts).
 */
import { Fault } from '../faults.ts'
import type { Queryable } from '../store/pool.ts'

/** Every step of the journey that can be due, in its order. */
export const stepNames = [
  'expire',
  'plan',
  'compose',
  'send',
  'chase',
  'collect',
  'read',
  'route',
  'notify',
] as const

/** One of them. */
export type StepName = (typeof stepNames)[number]

/** Leave to act on one subject until the lease ends. */
export interface Claim {
  readonly step: StepName
  readonly subject: string
  /** Grows with every claim in the system; a later fence beats an earlier one. */
  readonly fence: bigint
  /** Tries that failed before this one. */
  readonly tries: number
}

/** Makes work due; work that is already there becomes due at the earlier time and is done again if it is running. */
export async function addDueWork(
  tx: Queryable,
  step: StepName,
  subject: number | string,
  dueAt: Date,
): Promise<void> {
  await tx.query(
    `insert into due_work (step, subject, due_at) values ($1, $2, $3)
     on conflict (step, subject) do update set due_at = least(due_work.due_at, excluded.due_at), tries = 0,
       asked_again = due_work.leased_until is not null`,
    [step, String(subject), dueAt],
  )
}

/** Makes recurring work exist; leaves it alone when it is there. */
export async function ensureDueWork(
  tx: Queryable,
  step: StepName,
  subject: number | string,
  dueAt: Date,
): Promise<void> {
  await tx.query('insert into due_work (step, subject, due_at) values ($1, $2, $3) on conflict do nothing', [
    step,
    String(subject),
    dueAt,
  ])
}

/** Takes back work that nobody has begun, because there is no need for it any more. */
export async function dropDueWork(tx: Queryable, step: StepName, subject: number | string): Promise<void> {
  await tx.query('delete from due_work where step = $1 and subject = $2 and leased_until is null', [
    step,
    String(subject),
  ])
}

/** With the seconds of a lease as $4 and its holder's number, or null, as $5. */
const leaseEnd = 'now() + make_interval(secs => $4)'
const holderEnd = `case when $5::integer is not null then ${leaseEnd} end`

/** Held by nobody: never claimed, run out, or claimed by a holder that is gone. */
const isFree = `(leased_until is null or leased_until < now()
       or (holder_until = leased_until and lease_holder_is_gone(holder)))`

/** Claims due work; undefined when it is not due, not there, or held by another worker. */
export async function claimDueWork(
  db: Queryable,
  step: StepName,
  subject: string,
  businessNow: Date,
  leaseSeconds: number,
  holder?: number,
): Promise<Claim | undefined> {
  const { rows } = await db.query<{ fence: bigint; tries: number }>(
    `update due_work set leased_until = ${leaseEnd}, holder = $5::integer, holder_until = ${holderEnd},
       fence = nextval('fence_seq'), asked_again = false
     where step = $1 and subject = $2 and due_at <= $3 and ${isFree}
     returning fence, tries`,
    [step, subject, businessNow, leaseSeconds, holder ?? null],
  )
  const row = rows[0]
  return row && { step, subject, fence: row.fence, tries: row.tries }
}

/** Lengthens a lease; false when another worker has taken over. */
export async function renewLease(
  db: Queryable,
  claim: Claim,
  leaseSeconds: number,
  holder?: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update due_work set leased_until = ${leaseEnd}, holder = $5::integer, holder_until = ${holderEnd}
     where step = $1 and subject = $2 and fence = $3`,
    [claim.step, claim.subject, claim.fence, leaseSeconds, holder ?? null],
  )
  return rowCount === 1
}

/**
 * Ends claimed work, in the transaction that records its effect. Work that was asked for again stays due. Throws
 * LEASE_LOST when another worker has taken over: then nothing that this one did may be committed.
 */
export async function finishDueWork(tx: Queryable, claim: Claim): Promise<void> {
  const { rows } = await tx.query<{ ended: bigint }>(
    `with again as (update due_work set leased_until = null, asked_again = false
       where step = $1 and subject = $2 and fence = $3 and asked_again returning 1),
     gone as (delete from due_work where step = $1 and subject = $2 and fence = $3 and not asked_again returning 1)
     select (select count(*) from again) + (select count(*) from gone) as ended`,
    [claim.step, claim.subject, claim.fence],
  )
  if (rows[0]?.ended !== 1n) throw new Fault('LEASE_LOST', { step: claim.step, subject: claim.subject })
}

/** Puts claimed work off to a later business time and lets go of it; false when another worker has taken over. */
export async function postponeDueWork(
  db: Queryable,
  claim: Claim,
  dueAt: Date,
  fault?: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update due_work set leased_until = null, asked_again = false, due_at = case when asked_again then due_at else $4 end,
       tries = case when $5::text is null then 0 else tries + 1 end, last_fault = $5
     where step = $1 and subject = $2 and fence = $3`,
    [claim.step, claim.subject, claim.fence, dueAt, fault ?? null],
  )
  return rowCount === 1
}

/** Work that is due now and held by nobody, longest due first. */
export async function findDueWork(
  db: Queryable,
  businessNow: Date,
  limit: number,
): Promise<{ step: StepName; subject: string }[]> {
  const { rows } = await db.query<{ step: StepName; subject: string }>(
    `select step, subject from due_work where due_at <= $1 and ${isFree}
     order by due_at limit $2`,
    [businessNow, limit],
  )
  return rows
}
