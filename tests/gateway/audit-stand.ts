/** A database with an audit trail, and somebody with every right on it who goes past its triggers. */
import { verifyAudit } from '../../gateway/audit-verify.ts'
import { type Db, openPool } from '../../gateway/store/pool.ts'
import { freshDatabase } from '../support/postgres.ts'

/** A trail to be tampered with. */
export interface AuditStand {
  readonly db: Db
  readonly url: string
  /** Writes `count` acts in one transaction. */
  act(count: number): Promise<void>
  /** Runs statements as somebody whose session fires no trigger. */
  tamper(sql: string): Promise<void>
  /** What a verification says is wrong. */
  flaw(): Promise<object | undefined>
  close(): Promise<void>
}

/** Opens a fresh database whose trail has `count` rows. */
export async function openAuditStand(count: number): Promise<AuditStand> {
  const database = await freshDatabase()
  const db = openPool(database.url, { max: 6 })
  const act = async (acts: number): Promise<void> => {
    await db.query(
      `insert into audit_event (actor, act, subject, facts)
       select '县财政局', 'batch.accepted', 'B-' || n, jsonb_build_object('count', n, 'note', '耕地') from generate_series(1, $1::int) n`,
      [acts],
    )
  }
  await act(count)
  return {
    db,
    url: database.url,
    act,
    tamper: async (sql) =>
      void (await db.query(
        `set session_replication_role = replica; ${sql}; set session_replication_role = origin`,
      )),
    flaw: async () => (await verifyAudit(db)).flaw,
    async close() {
      await db.close()
      await database.drop()
    },
  }
}

/** Makes every hash anew over what the rows now say, as somebody would who covers up an edit. */
export const rewriteChain = `do $rewrite$
  declare event audit_event; before bytea := decode(repeat('00', 32), 'hex');
  begin
    for event in select * from audit_event order by chain_no loop
      event.previous_hash := before;
      event.hash := audit_hash(event);
      before := event.hash;
      update audit_event set previous_hash = event.previous_hash, hash = event.hash where audit_no = event.audit_no;
    end loop;
    update audit_head set hash = before;
  end $rewrite$`
