/**
 * The chain of the audit trail as anybody can recompute it: what is hashed of a row, and what is wrong with a row at its
 * place. The database makes the same hashes at COMMIT (migration 0033); here nothing is asked of its functions.
 */
import { createHash } from 'node:crypto'

/** Where a chain stands: how many rows it has, and the hash of the last one as 64 hex digits. */
export interface ChainPlace {
  readonly count: bigint
  readonly hash: string
}

/** One row as it lies in the database; hashes in hex, `at` in UTC with microseconds, facts as PostgreSQL writes jsonb. */
export interface ChainRow {
  readonly chainNo: bigint
  readonly auditNo: bigint
  readonly at: string
  readonly actor: string
  readonly act: string
  readonly subject: string
  readonly facts: string
  readonly previousHash: string | undefined
  readonly hash: string | undefined
}

/**
 * What is wrong at the first bad place of a chain; `chainNo` is that place.
 * `missing`: the row of this place is not there. `out-of-place`: the row is whole, yet another one stood before it when it
 * was written: rows changed places, or the one before was rewritten. `edited`: the row is not what was hashed.
 * `unchained`: a row came in past the triggers. `head-moved`: the head names another end than the rows have.
 * `anchor-differs`: a line kept outside says another hash for this place, so that everything up to here may have been
 * written anew. `anchor-ahead`: that line counts more rows than there are.
 */
export type ChainFlaw =
  | {
      readonly kind: 'missing' | 'out-of-place' | 'edited'
      readonly chainNo: bigint
      readonly auditNo: bigint
    }
  | { readonly kind: 'unchained'; readonly auditNo: bigint }
  | { readonly kind: 'head-moved'; readonly chainNo: bigint; readonly head: ChainPlace | undefined }
  | { readonly kind: 'anchor-differs' | 'anchor-ahead'; readonly chainNo: bigint; readonly line: number }

/** Where every chain begins: no rows, and 32 zero bytes as the hash before the first. */
export const genesis: ChainPlace = { count: 0n, hash: '00'.repeat(32) }

const field = (text: string): string => `${Buffer.byteLength(text)}:${text},`

/** The hash of a row behind the hash that the row says stood before it; 64 hex digits. */
export function rowHash(row: ChainRow): string {
  const fields = [row.previousHash ?? '', `${row.chainNo}`, `${row.auditNo}`, row.at]
  const said = [...fields, row.actor, row.act, row.subject, row.facts]
  return createHash('sha256')
    .update(`huida-audit-1${said.map(field).join('')}`)
    .digest('hex')
}

/** The place after `row`, or what is wrong with it when it comes right after `place`. */
export function nextPlace(
  place: ChainPlace,
  row: ChainRow,
):
  | { readonly kind: 'place'; readonly place: ChainPlace }
  | { readonly kind: 'flaw'; readonly flaw: ChainFlaw } {
  const wanted = place.count + 1n
  const { auditNo } = row
  const flaw = (kind: 'missing' | 'out-of-place' | 'edited') =>
    ({ kind: 'flaw', flaw: { kind, chainNo: wanted, auditNo } }) as const
  if (row.chainNo !== wanted) return flaw('missing')
  const hash = rowHash(row)
  if (row.hash !== hash) return flaw('edited')
  if (row.previousHash !== place.hash) return flaw('out-of-place')
  return { kind: 'place', place: { count: wanted, hash } }
}
