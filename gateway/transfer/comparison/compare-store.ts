/** Our side of a comparison with a bank, and what was found and said of it. */
import { type Money, money } from '../../../formats/values/money.ts'
import type { BankNo } from '../../ledger/batch.ts'
import type { Queryable } from '../../store/pool.ts'
import type { DoubtfulFile } from './decide-comparison.ts'

/** Numbers of all banks that the ledger knows, contracted or not. */
export async function listBankNos(tx: Queryable): Promise<number[]> {
  const { rows } = await tx.query<{ bank_no: number }>('select bank_no from bank order by bank_no')
  return rows.map(({ bank_no }) => bank_no)
}

/** Files that may have gone to a bank without our knowing, in the order of their numbers. */
export async function listDoubtful(db: Queryable, no: BankNo, noticedAt: Date): Promise<DoubtfulFile[]> {
  const { rows } = await db.query<{
    file_id: number
    name: string
    state: DoubtfulFile['state']
    size_bytes: bigint | null
    sha256: string | null
    sealed_before: boolean
    not_before: Date
  }>(
    `select f.file_id, coalesce(f.sealed_name, f.name) as name, f.state, c.size_bytes, encode(c.sha256, 'hex') as sha256,
       exists (select from bank_file_event e where e.file_id = f.file_id and e.to_state = 'sealed' and e.business_at < $2)
         as sealed_before, f.not_before
     from bank_file f left join content c using (content_id)
     where f.bank_no = $1 and f.state in ('planned', 'composed', 'sealed', 'sending', 'unconfirmed') order by f.file_id`,
    [no, noticedAt],
  )
  return rows.map((row) => ({
    fileId: row.file_id,
    name: row.name,
    state: row.state,
    sealedBytes: row.size_bytes === null ? undefined : Number(row.size_bytes),
    sealedSha256: row.sha256 ?? undefined,
    sealedBefore: row.sealed_before,
    notBefore: row.not_before,
  }))
}

/** A day and a sequence that a name at the bank tells. `YYYY-MM-DD`. */
export interface Place {
  readonly businessDate: string
  readonly sequence: number
}

/** Numbers of the files that stand in these places, in their order; undefined where no file of ours does. */
export async function findAtPlaces(
  db: Queryable,
  no: BankNo,
  places: readonly Place[],
): Promise<(number | undefined)[]> {
  const { rows } = await db.query<{ file_id: number | null }>(
    `select f.file_id from unnest($2::date[], $3::int[]) with ordinality as p (business_date, sequence, at)
       left join bank_file f on f.bank_no = $1 and f.business_date = p.business_date and f.sequence = p.sequence
     order by p.at`,
    [no, places.map(({ businessDate }) => businessDate), places.map(({ sequence }) => sequence)],
  )
  return rows.map(({ file_id }) => file_id ?? undefined)
}

/** Those of the names that no file of ours has, sealed or not. */
export async function findUnknownNames(
  db: Queryable,
  no: BankNo,
  names: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select n.name from unnest($2::text[]) as n (name)
     where not exists (select from bank_file f where f.bank_no = $1 and f.name = n.name)
       and not exists (select from bank_file f where f.bank_no = $1 and f.sealed_name = n.name)`,
    [no, names],
  )
  return rows.map(({ name }) => name)
}

/** Lines of a batch that were accepted before the restore and are in no file: the file may have been lost with the backup. */
export interface UnplannedLines {
  /** Client and number, as `county/2026-01`. */
  readonly batch: string
  readonly batchId: number
  readonly count: number
  readonly amountFen: Money
}

/** Waiting lines at a bank that no file holds, by batch. */
export async function listUnplanned(db: Queryable, no: BankNo, noticedAt: Date): Promise<UnplannedLines[]> {
  const { rows } = await db.query<{ batch: string; batch_id: number; n: number; fen: bigint }>(
    `select b.client || '/' || b.batch_no as batch, b.batch_id, p.waiting_count - f.n as n, p.waiting_fen - f.fen as fen
     from position p join batch b using (batch_id), lateral (
       select coalesce(sum(row_count), 0)::int as n, coalesce(sum(total_fen), 0)::bigint as fen from bank_file f
       where f.batch_id = p.batch_id and f.bank_no = p.bank_no and f.state in ('planned', 'composed', 'sealed')) f
     where p.bank_no = $1 and p.waiting_count > f.n and b.state = 'accepted' and b.settled_at < $2 order by b.batch_id`,
    [no, noticedAt],
  )
  return rows.map(({ batch, batch_id, n, fen }) => ({
    batch,
    batchId: batch_id,
    count: n,
    amountFen: money(fen),
  }))
}

/** What a word is about: a file of ours, a name at the bank that we do not know, or lines without a file. */
export type ComparedSubject = 'file' | 'lost' | 'batch'

/** What was found, or said by a person. */
export interface Settlement {
  readonly subject: ComparedSubject
  readonly name: string
  readonly verdict: 'delivered' | 'absent' | 'acknowledged'
  readonly evidence: string
  readonly decidedBy: string
}

/** What was settled at a bank since a restore, by subject and name. */
export async function readSettled(
  db: Queryable,
  identityNo: number,
  no: BankNo,
): Promise<ReadonlyMap<string, Settlement['verdict']>> {
  const { rows } = await db.query<{ subject: ComparedSubject; name: string; verdict: Settlement['verdict'] }>(
    'select subject, name, verdict from bank_comparison where identity_no = $1 and bank_no = $2',
    [identityNo, no],
  )
  return new Map(rows.map(({ subject, name, verdict }) => [settledKey(subject, name), verdict]))
}

/** Key of a subject among what was settled. */
export const settledKey = (subject: ComparedSubject, name: string): string => `${subject} ${name}`

/** Writes down what was found or said; false when something was said of it before. */
export async function insertSettlement(
  tx: Queryable,
  identityNo: number,
  no: BankNo,
  { subject, name, verdict, evidence, decidedBy }: Settlement,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into bank_comparison (identity_no, bank_no, subject, name, verdict, evidence, decided_by, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [identityNo, no, subject, name, verdict, evidence.slice(0, 500), decidedBy, at],
  )
  return rowCount === 1
}

/**
 * Moves the daily sequences of a bank past what was seen there, and past what may have been used unseen: `margin` more on
 * every day since `firstDay`, as far as the names of a day can hold.
 */
export async function skipSequences(
  tx: Queryable,
  no: BankNo,
  seen: readonly Place[],
  { firstDay, today, margin, largest }: { firstDay: string; today: string; margin: number; largest: number },
): Promise<void> {
  await tx.query(
    `with seen as (select business_date, max(sequence) as sequence
         from unnest($2::date[], $3::int[]) as p (business_date, sequence) group by 1),
       days as (select business_date from seen union select business_date from daily_sequence
         where bank_no = $1 and business_date >= $4::date union select $5::date),
       moved as (select d.business_date, least($7::bigint, greatest(coalesce(s.sequence, 0), coalesce(q.last_sequence, 0))
           + case when d.business_date >= $4::date then $6::int else 0 end)::int as last_sequence
         from days d left join seen s using (business_date)
           left join daily_sequence q on q.bank_no = $1 and q.business_date = d.business_date)
     insert into daily_sequence (bank_no, business_date, last_sequence)
     select $1, business_date, last_sequence from moved where last_sequence > 0
     on conflict (bank_no, business_date) do update
       set last_sequence = greatest(daily_sequence.last_sequence, excluded.last_sequence)`,
    [
      no,
      seen.map(({ businessDate }) => businessDate),
      seen.map(({ sequence }) => sequence),
      firstDay,
      today,
      margin,
      Math.min(largest, 2_147_483_647),
    ],
  )
}
