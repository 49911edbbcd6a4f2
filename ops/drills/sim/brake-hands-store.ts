/** What the hands at the brakes look up: who had his leave already, and what a file belongs to. */
import type { Queryable } from '../../../gateway/store/pool.ts'

/** Sendings that have their leave to be renamed and are not proven to have ended. */
export async function readGivenLeaves(
  db: Queryable,
): Promise<{ bank: string; name: string; attempt: string }[]> {
  const { rows } = await db.query<{ bank: string; sealed_name: string; send_attempt: bigint }>(
    `select k.bank, f.sealed_name, f.send_attempt from bank_file f join bank k using (bank_no)
     where f.send_stage = 'renaming' and f.state in ('sending', 'unconfirmed') order by f.file_id`,
  )
  return rows.map((row) => ({ bank: row.bank, name: row.sealed_name, attempt: String(row.send_attempt) }))
}

/** Accepted batches by number. */
export async function readAcceptedIds(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ batch_id: number }>(
    `select batch_id from batch where state = 'accepted' order by batch_id`,
  )
  return rows.map(({ batch_id }) => batch_id)
}

/** What a sealed file belongs to, as far as brakes are about it. */
export interface FileScope {
  readonly bank: string
  readonly name: string
  readonly bankNo: number
  readonly batchId: number
  readonly programme: string
  /** Of its batch and of its lines. */
  readonly regions: readonly string[]
}

/** Every sealed file. */
export async function readFileScopes(db: Queryable): Promise<FileScope[]> {
  const { rows } = await db.query<{
    bank: string
    sealed_name: string
    bank_no: number
    batch_id: number
    programme_code: string
    regions: string[]
  }>(
    `select k.bank, f.sealed_name, f.bank_no, f.batch_id, b.programme_code, array_agg(distinct i.region) || b.region as regions
     from bank_file f join bank k using (bank_no) join batch b using (batch_id)
       join instruction i on i.shard = b.shard and i.batch_id = f.batch_id and i.bank_no = f.bank_no
         and case when f.members is null then i.seq between f.lo_seq and f.hi_seq and i.seq <> all (f.gaps)
           else i.seq = any (f.members) end
     where f.sealed_name is not null
     group by k.bank, f.sealed_name, f.bank_no, f.batch_id, b.programme_code, b.region`,
  )
  return rows.map((row) => ({
    bank: row.bank,
    name: row.sealed_name,
    bankNo: row.bank_no,
    batchId: row.batch_id,
    programme: row.programme_code,
    regions: row.regions,
  }))
}
