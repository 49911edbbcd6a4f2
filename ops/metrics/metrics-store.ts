/**
 * Counts for the metrics, read from PostgreSQL when somebody asks: what is due, what is open, where money stands. Only
 * what is still open is counted, so the cost follows the work at hand and not the years behind.
 */

import { instructionStates } from '../../gateway/ledger/instruction-states.ts'
import type { Queryable } from '../../gateway/store/pool.ts'

/** One number with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Work that is due and held by nobody: how much, and for how long the oldest waits, in seconds. */
export async function countDueWork(
  db: Queryable,
  businessNow: Date,
): Promise<{ count: Sample[]; oldest: Sample[] }> {
  const { rows } = await db.query<{ step: string; n: number; oldest: number }>(
    `select step, count(*)::int as n, extract(epoch from $1::timestamptz - min(due_at))::float8 as oldest from due_work
     where due_at <= $1 and (leased_until is null or leased_until < now()) group by step`,
    [businessNow],
  )
  return {
    count: rows.map(({ step, n }) => ({ labels: { step }, value: n })),
    oldest: rows.map(({ step, oldest }) => ({ labels: { step }, value: Math.max(0, oldest) })),
  }
}

/** Bank files that are under way, by bank and state. */
export const countBankFiles = (db: Queryable): Promise<Sample[]> =>
  byBankAndState(
    db,
    `select k.bank, f.state, count(*)::int as n from bank_file f join bank k using (bank_no)
     where f.state not in ('closed', 'refused') group by 1, 2`,
  )

/** Answers of banks that are under way or quarantined, by bank and state. */
export const countInboundFiles = (db: Queryable): Promise<Sample[]> =>
  byBankAndState(
    db,
    `select k.bank, f.state, count(*)::int as n from inbound_file f join bank k using (bank_no)
     where f.state <> 'closed' group by 1, 2`,
  )

async function byBankAndState(db: Queryable, text: string): Promise<Sample[]> {
  const { rows } = await db.query<{ bank: string; state: string; n: number }>(text)
  return rows.map(({ bank, state, n }) => ({ labels: { bank, state }, value: n }))
}

/** Lines and fen of batches that are not over, by bank and state; a batch is over when all is paid, re-issued or returned. */
export async function sumOpenPositions(db: Queryable): Promise<{ count: Sample[]; fen: Sample[] }> {
  const sums = instructionStates.map((state) => `('${state}', p.${state}_count, p.${state}_fen)`).join(', ')
  const { rows } = await db.query<{ bank: string; state: string; n: number; fen: number }>(
    `with open_batch as (select distinct batch_id from position
       where paid_count + reissued_count + treasury_returned_count < accepted_count)
     select k.bank, v.state, sum(v.count)::float8 as n, sum(v.fen)::float8 as fen
     from open_batch join position p using (batch_id) join bank k using (bank_no),
       lateral (values ${sums}) as v (state, count, fen)
     group by 1, 2`,
  )
  return {
    count: rows.map(({ bank, state, n }) => ({ labels: { bank, state }, value: n })),
    fen: rows.map(({ bank, state, fen }) => ({ labels: { bank, state }, value: fen })),
  }
}

/** Exceptions that wait for a person, by bank and kind. */
export async function countOpenExceptions(db: Queryable): Promise<Sample[]> {
  const { rows } = await db.query<{ bank: string; kind: string; n: number }>(
    `select k.bank, e.kind, count(*)::int as n from exception_item e join bank k using (bank_no)
     where e.state = 'open' group by 1, 2`,
  )
  return rows.map(({ bank, kind, n }) => ({ labels: { bank, kind }, value: n }))
}

/** Requests to the SMS provider, by state. */
export async function countSmsRequests(db: Queryable): Promise<Sample[]> {
  const { rows } = await db.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from sms_request group by state',
  )
  return rows.map(({ state, n }) => ({ labels: { state }, value: n }))
}

/** Debts of banks for files that they have: how many are open, and how long the oldest is past due, in seconds. */
export async function countObligations(
  db: Queryable,
  businessNow: Date,
): Promise<{ count: Sample[]; oldest: Sample[] }> {
  const { rows } = await db.query<{ bank: string; kind: string; n: number; late: number }>(
    `select k.bank, v.kind, count(o.file_id)::int as n,
       greatest(0, coalesce(extract(epoch from $1::timestamptz - min(o.due_at)), 0))::float8 as late
     from bank k cross join (values ('result'), ('acknowledgement')) v (kind)
       left join (select o.file_id, o.kind, o.due_at, f.bank_no from obligation o join bank_file f using (file_id)
         where o.met_at is null) o on o.bank_no = k.bank_no and o.kind = v.kind
     group by 1, 2`,
    [businessNow],
  )
  return {
    count: rows.map(({ bank, kind, n }) => ({ labels: { bank, kind }, value: n })),
    oldest: rows.map(({ bank, kind, late }) => ({ labels: { bank, kind }, value: late })),
  }
}

/** Files of which nobody knows whether the bank has them, by bank. */
export async function countUnconfirmed(db: Queryable): Promise<Sample[]> {
  const { rows } = await db.query<{ bank: string; n: number }>(
    `select k.bank, count(f.file_id)::int as n from bank k
       left join bank_file f on f.bank_no = k.bank_no and f.state = 'unconfirmed' group by 1`,
  )
  return rows.map(({ bank, n }) => ({ labels: { bank }, value: n }))
}
