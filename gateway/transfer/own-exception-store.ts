/**
 * Exceptions that the house keeps by itself: told once however often their cause is seen, and closed when it goes away,
 * as when what was late came and what was broken came again whole.
 */
import type { Queryable } from '../store/pool.ts'
import { type ExceptionKind, type ExceptionToOpen, openException } from './exception-store.ts'

/** Which exceptions close: open ones of these kinds about one file of ours, or one file of a bank. */
export type ToClose =
  | { readonly kinds: readonly ExceptionKind[]; readonly fileId: number }
  | { readonly kinds: readonly ExceptionKind[]; readonly inboundId: number; readonly lineNo?: number }

/** Closes them in the name of the house, with the cause in words; gives how many. */
export async function closeExceptions(
  tx: Queryable,
  which: ToClose,
  cause: string,
  at: Date,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const resolution = JSON.stringify({ by: 'huida', cause, at: at.toISOString(), ...facts })
  const byFile = 'fileId' in which
  const { rowCount } = await tx.query(
    `update exception_item set state = 'resolved', resolution = $1 where state = 'open' and kind = any ($2)
       and ${byFile ? 'file_id' : 'inbound_id'} = $3 and ($4::int is null or line_no = $4)`,
    [
      resolution,
      which.kinds,
      byFile ? which.fileId : which.inboundId,
      byFile ? null : (which.lineNo ?? null),
    ],
  )
  return rowCount
}

/** Opens an exception about a file of ours unless one of its kind was ever opened for it; true when it was opened. */
export async function openOnce(
  tx: Queryable,
  exception: ExceptionToOpen & { readonly fileId: number },
): Promise<boolean> {
  const told = await tx.query('select 1 from exception_item where kind = $1 and file_id = $2 limit 1', [
    exception.kind,
    exception.fileId,
  ])
  if (told.rowCount > 0) return false
  await openException(tx, exception)
  return true
}

/** Adds facts to the open exceptions of a kind about a file of ours. */
export async function addFacts(
  db: Queryable,
  kind: ExceptionKind,
  fileId: number,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> {
  await db.query(
    `update exception_item set facts = facts || $3 where kind = $1 and file_id = $2 and state = 'open'`,
    [kind, fileId, JSON.stringify(facts)],
  )
}
