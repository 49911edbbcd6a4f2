/**
 * Answers under idempotency keys: the row of a key is written in the transaction that acts, so a repeated or
 * simultaneous call waits for the first one and gets its answer, letter for letter.
 */
import { createHash } from 'node:crypto'
import type { Db, Queryable, Tx } from '../../gateway/store/pool.ts'
import { inTransaction } from '../../gateway/store/transaction.ts'
import { jsonText } from './json-text.ts'

/** A request under a key of one client; `request` is whatever makes it the same request. */
export interface Keyed {
  readonly client: string
  readonly key: string
  readonly request: unknown
}

/** An answer, new or as it was first given; or the key belongs to another request. */
export type KeyedAnswer = { readonly kind: 'answered'; readonly body: unknown } | { readonly kind: 'reused' }

/** Runs `act` once for a key, in one transaction with its answer. Throws what `act` throws; then the key is free. */
export function answerOnce(db: Db, keyed: Keyed, act: (tx: Tx) => Promise<unknown>): Promise<KeyedAnswer> {
  const sha256 = createHash('sha256').update(jsonText(keyed.request)).digest()
  return inTransaction(db, async (tx) => {
    const earlier = await claim(tx, keyed, sha256)
    if (earlier) return earlier
    const text = jsonText(await act(tx))
    await tx.query('update idempotency set body = $3, status = 200 where client = $1 and key = $2', [
      keyed.client,
      keyed.key,
      text,
    ])
    return { kind: 'answered', body: JSON.parse(text) }
  })
}

async function claim(
  tx: Queryable,
  { client, key }: Keyed,
  sha256: Buffer,
): Promise<KeyedAnswer | undefined> {
  const inserted = await tx.query(
    `insert into idempotency (client, key, request_sha256, status, body) values ($1, $2, $3, 0, '{}')
     on conflict do nothing`,
    [client, key, sha256],
  )
  if (inserted.rowCount === 1) return undefined
  const { rows } = await tx.query<{ request_sha256: Buffer; body: unknown }>(
    'select request_sha256, body from idempotency where client = $1 and key = $2',
    [client, key],
  )
  const row = rows[0]
  return row?.request_sha256.equals(sha256) ? { kind: 'answered', body: row.body } : { kind: 'reused' }
}
