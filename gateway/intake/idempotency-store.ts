/**
 * Idempotency keys: a key belongs to one client and one request, and is kept for the life of the batch. Its row is
 * written in the transaction that acts, so a repeated or simultaneous call waits for the first one and sees its end.
 */
import type { Queryable } from '../store/pool.ts'

/** A request under a key; `sha256` covers the whole request, so that the key cannot be used for another. */
export interface KeyedRequest {
  readonly client: string
  readonly key: string
  readonly sha256: Buffer
}

/** What a key says: it is new and now ours, it was answered for this request, or it belongs to another request. */
export type KeyClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'answered'; readonly batchId: number }
  | { readonly kind: 'reused' }

/** Claims a key inside the acting transaction; waits for another transaction that holds it. */
export async function claimKey(tx: Queryable, request: KeyedRequest): Promise<KeyClaim> {
  const { client, key, sha256 } = request
  const inserted = await tx.query(
    `insert into idempotency (client, key, request_sha256, status, body) values ($1, $2, $3, 0, '{}')
     on conflict do nothing`,
    [client, key, sha256],
  )
  if (inserted.rowCount === 1) return { kind: 'new' }
  const { rows } = await tx.query<{ request_sha256: Buffer; batch_id: number | null }>(
    `select request_sha256, (body->>'batchId')::int as batch_id from idempotency where client = $1 and key = $2`,
    [client, key],
  )
  const row = rows[0]
  if (!row?.request_sha256.equals(sha256)) return { kind: 'reused' }
  return row.batch_id === null ? { kind: 'new' } : { kind: 'answered', batchId: row.batch_id }
}

/** Records what the key was answered with: an HTTP status and the batch, whose row holds the rest. */
export async function answerKey(
  tx: Queryable,
  request: KeyedRequest,
  status: number,
  batchId: number,
): Promise<void> {
  await tx.query('update idempotency set status = $3, body = $4 where client = $1 and key = $2', [
    request.client,
    request.key,
    status,
    JSON.stringify({ batchId }),
  ])
}

/** Gives a key back: the call changed nothing, so the same key may be used for a request that can be taken. */
export async function releaseKey(tx: Queryable, request: KeyedRequest): Promise<void> {
  await tx.query('delete from idempotency where client = $1 and key = $2', [request.client, request.key])
}
