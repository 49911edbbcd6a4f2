/** Logins that a bank refused, shared by all processes; a try is taken before it is made, so that they do not add up. */
import type { BankNo } from '../../ledger/batch.ts'
import type { Db, Queryable } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import { afterRefusal, heldUntil, type LoginRefusals } from './decide-login.ts'

/** Refusals of a login that stand; undefined when its last try was not refused. */
export async function readLogin(
  db: Queryable,
  no: BankNo,
  login: string,
): Promise<LoginRefusals | undefined> {
  const { rows } = await db.query<{ refusals: number; held_until: Date | null }>(
    'select refusals, held_until from bank_login where bank_no = $1 and login = $2',
    [no, login],
  )
  const [row] = rows
  return row && { refusals: row.refusals, heldUntil: row.held_until ?? undefined }
}

/**
 * Takes leave to try a login that was refused before: it counts as refused until it is not, so that two processes never
 * share one try. Gives until when nobody may try, or undefined when this caller may.
 */
export function takeLoginTry(db: Db, no: BankNo, login: string, now: Date): Promise<Date | undefined> {
  return inTransaction(db, async (tx) => {
    await tx.query('select 1 from bank_login where bank_no = $1 for update', [no])
    const standing = await readLogin(tx, no, login)
    if (!standing) return undefined
    const until = heldUntil(standing, now)
    if (until) return until
    await writeLogin(tx, no, login, afterRefusal(standing, now))
    return undefined
  })
}

/** Notes a first refusal; one of another login of the bank begins anew. */
export function recordRefusal(db: Db, no: BankNo, login: string, now: Date): Promise<void> {
  return inTransaction(db, async (tx) => {
    await tx.query('select 1 from bank_login where bank_no = $1 for update', [no])
    const standing = (await readLogin(tx, no, login)) ?? { refusals: 0 }
    await writeLogin(tx, no, login, afterRefusal(standing, now))
  })
}

async function writeLogin(
  tx: Queryable,
  no: BankNo,
  login: string,
  { refusals, heldUntil: until }: LoginRefusals,
): Promise<void> {
  await tx.query(
    `insert into bank_login (bank_no, login, refusals, held_until) values ($1, $2, $3, $4)
     on conflict (bank_no) do update set login = excluded.login, refusals = excluded.refusals, held_until = excluded.held_until`,
    [no, login, refusals, until ?? null],
  )
}

/** Forgets refusals: the bank let us in, or never saw the try. */
export async function forgetRefusals(db: Queryable, no: BankNo, login: string): Promise<void> {
  await db.query('delete from bank_login where bank_no = $1 and login = $2', [no, login])
}

/** Gives a try back that did not come to a login. */
export async function giveTryBack(
  db: Queryable,
  no: BankNo,
  login: string,
  before: LoginRefusals,
): Promise<void> {
  await db.query('update bank_login set refusals = $3, held_until = $4 where bank_no = $1 and login = $2', [
    no,
    login,
    before.refusals,
    before.heldUntil ?? null,
  ])
}
