/** SQL of the simulation itself: a clean ledger for each run, leases that run out, and what the checks look at. */
import type { Db, Queryable } from '../../../gateway/store/pool.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'

/** What a clean ledger holds: its tables, and the rows with which some of them begin. */
export interface CleanLedger {
  readonly tables: readonly string[]
  readonly seeded: readonly string[]
}

/** Keeps the rows that a migrated ledger with its banks and clients begins with, so that every run can begin there. */
export async function keepClean(db: Db): Promise<CleanLedger> {
  await db.query(
    `insert into api_client (client, token_sha256) values ('platform', sha256('sim')) on conflict do nothing`,
  )
  await db.query('create schema clean')
  await db.query(
    `create table clean.sequence_state as select * from pg_sequences where schemaname = 'public'`,
  )
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind = 'r' order by 1`,
  )
  const seeded: string[] = []
  for (const { name } of rows) {
    const { rows: found } = await db.query(`select 1 from ${name} limit 1`)
    if (found.length === 0) continue
    await db.query(`create table clean.${name} as select * from ${name}`)
    seeded.push(name)
  }
  return { tables: rows.map(({ name }) => name), seeded }
}

/** Empties what a run filled and puts the first rows back. Facts that nobody may delete are deleted here, and only here. */
export async function cleanLedger(db: Db, { tables, seeded }: CleanLedger): Promise<void> {
  const filled = tables.map((name) => `select '${name}' as name where exists (select from ${name})`)
  await inTransaction(db, async (tx) => {
    await tx.query(`set local session_replication_role = 'replica'`)
    const { rows } = await tx.query<{ name: string }>(filled.join(' union all '))
    if (rows.length > 0) await tx.query(`truncate ${rows.map(({ name }) => name).join(', ')} cascade`)
    for (const name of seeded)
      await tx.query(`insert into ${name} overriding system value select * from clean.${name}`)
    await tx.query(
      `select setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, start_value), last_value is not null)
       from clean.sequence_state`,
    )
  })
}

/** Due work as it stands; `held` while somebody has a lease on it. */
export interface StandingWork {
  readonly step: string
  readonly subject: string
  readonly dueAt: Date
  readonly held: boolean
}

/** All due work, in an order of its own: whoever looks once sees what is due, what is held and what comes next. */
export async function readWork(db: Queryable): Promise<StandingWork[]> {
  const { rows } = await db.query<{ step: string; subject: string; due_at: Date; held: boolean | null }>({
    name: 'sim-work',
    text: 'select step, subject, due_at, leased_until > now() as held from due_work order by step, subject',
  })
  return rows.map((row) => ({
    step: row.step,
    subject: row.subject,
    dueAt: row.due_at,
    held: row.held ?? false,
  }))
}

/** Lets one lease run out, as a minute without heartbeats does. */
export async function endLease(
  db: Queryable,
  { step, subject }: Pick<StandingWork, 'step' | 'subject'>,
): Promise<void> {
  await db.query(
    `update due_work set leased_until = now() - interval '1 second' where step = $1 and subject = $2`,
    [step, subject],
  )
}

/** Lets a bank's inbox be looked into now, as a short rhythm would; days of empty looks are what makes runs slow. */
export async function lookNow(db: Queryable, bankNo: number, now: Date): Promise<void> {
  await db.query(`update due_work set due_at = least(due_at, $2) where step = 'collect' and subject = $1`, [
    String(bankNo),
    now,
  ])
}

/** Lets what banks owe be looked at now, which it would be hours later; where nothing is owed any more, parts are swept. */
export async function chaseNow(db: Queryable, now: Date): Promise<void> {
  await db.query(`update due_work set due_at = least(due_at, $1) where step = 'chase'`, [now])
}

/** Answers that were collected, each as bank number, name, size in bytes and time in seconds. */
export async function readCollected(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ bank_no: number; name: string; size_bytes: bigint; modified_at: Date }>(
    'select bank_no, name, size_bytes, modified_at from inbound_sighting where collected',
  )
  return new Set(
    rows.map((row) => `${row.bank_no} ${row.name} ${row.size_bytes} ${row.modified_at.getTime() / 1000}`),
  )
}

/** One instruction as the ledger has it in the end. */
export interface InstructionEnd {
  readonly instructionId: string
  readonly bank: string
  readonly amountFen: bigint
  readonly state: string
  /** Open exceptions that concern it: its own, or its file's. */
  readonly exceptions: readonly string[]
  /** Where an SMS request refers to it. */
  readonly smsRef: string
  readonly wasPaid: boolean
}

/** Where every accepted instruction stands, by id. */
export async function readEnds(db: Queryable): Promise<InstructionEnd[]> {
  const { rows } = await db.query<{
    instruction_id: string
    bank: string
    amount_fen: bigint
    state: string
    exceptions: string[] | null
    sms_ref: string
    was_paid: boolean
  }>(
    `with files as (select f.*, h.seq from bank_file f join batch b using (batch_id) join instruction h
         on h.shard = b.shard and h.batch_id = f.batch_id and h.bank_no = f.bank_no and h.seq between f.lo_seq and f.hi_seq
       where case when f.members is null then h.seq <> all (f.gaps) else h.seq = any (f.members) end),
     concerned as (select batch_id, seq, kind from exception_item where state = 'open' and seq is not null
       union all select o.batch_id, o.seq, e.kind from exception_item e join files o using (file_id) where e.state = 'open'
       union all select i.batch_id, i.seq, e.kind from exception_item e join inbound_file n using (inbound_id)
         join instruction i on i.bank_no = n.bank_no where e.state = 'open' and e.kind = 'quarantined-file'),
     queued as (select batch_id, seq, array_agg(distinct kind order by kind) as kinds from concerned group by 1, 2)
     select i.instruction_id, k.bank, i.amount_fen, i.batch_id || '-' || i.seq as sms_ref, coalesce(r.paid, false) as was_paid,
       coalesce(s.state, case when r.paid then 'paid' when not r.paid then 'failed'
         when f.state in ('sending', 'unconfirmed', 'sent', 'acknowledged', 'answered', 'closed') then 'in_flight' else 'waiting' end) as state,
       q.kinds as exceptions
     from instruction i join batch b using (batch_id) join bank k using (bank_no)
       left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
       left join result_item r on r.shard = i.shard and r.batch_id = i.batch_id and r.seq = i.seq
       left join files f on f.batch_id = i.batch_id and f.bank_no = i.bank_no and f.seq = i.seq and f.state <> 'refused'
       left join queued q on q.batch_id = i.batch_id and q.seq = i.seq
     where b.state = 'accepted' order by i.instruction_id`,
  )
  return rows.map((row) => ({
    instructionId: row.instruction_id,
    bank: row.bank,
    amountFen: row.amount_fen,
    state: row.state,
    exceptions: row.exceptions ?? [],
    smsRef: row.sms_ref,
    wasPaid: row.was_paid,
  }))
}

/** A file as we sealed it. */
export interface SealedFile {
  readonly bank: string
  readonly sealedName: string
  readonly sha256: string
  readonly state: string
}

/** Every sealed file with the digest of its sealed bytes, by name. */
export async function readSealedFiles(db: Queryable): Promise<SealedFile[]> {
  const { rows } = await db.query<{ bank: string; sealed_name: string; sha256: string; state: string }>(
    `select k.bank, f.sealed_name, encode(c.sha256, 'hex') as sha256, f.state from bank_file f join bank k using (bank_no)
       join content c using (content_id) order by f.file_id`,
  )
  return rows.map((row) => ({
    bank: row.bank,
    sealedName: row.sealed_name,
    sha256: row.sha256,
    state: row.state,
  }))
}

/** Due work that waits although nothing keeps it back, and leases that nobody gave back. */
export async function readLeftWork(
  db: Queryable,
  now: Date,
  recurring: readonly string[],
): Promise<{ step: string; subject: string; lastFault: string }[]> {
  const { rows } = await db.query<{ step: string; subject: string; last_fault: string | null }>(
    `select step, subject, last_fault from due_work where not step = any ($2) and due_at <= $1 order by step, subject`,
    [now, recurring],
  )
  return rows.map((row) => ({ step: row.step, subject: row.subject, lastFault: row.last_fault ?? '' }))
}

/** Batches that the ledger has accepted, by number, with how many lines and fen they declare. */
export async function readAcceptedBatches(
  db: Queryable,
): Promise<{ batchNo: string; lines: number; fen: bigint }[]> {
  const { rows } = await db.query<{ batch_no: string; lines: bigint; fen: bigint }>(
    `select b.batch_no, count(*) as lines, sum(i.amount_fen)::bigint as fen from batch b
       join instruction i on i.shard = b.shard and i.batch_id = b.batch_id where b.state = 'accepted' group by 1 order by 1`,
  )
  return rows.map((row) => ({ batchNo: row.batch_no, lines: Number(row.lines), fen: row.fen }))
}
