/** Bytes as they came from a bank or go to one, kept in chunks with their digest; written before anything else acts. */
import { createHash } from 'node:crypto'
import type { Queryable } from './pool.ts'

/** Kept bytes: where they are and what they are. */
export interface StoredContent {
  readonly contentId: bigint
  /** SHA-256, 32 bytes. */
  readonly sha256: Buffer
  readonly sizeBytes: number
}

const chunkBytes = 1024 * 1024

/** Keeps a stream of bytes; in one transaction with whatever refers to it. */
export async function writeContent(tx: Queryable, bytes: AsyncIterable<Buffer>): Promise<StoredContent> {
  const { rows } = await tx.query<{ id: bigint }>(
    "select nextval(pg_get_serial_sequence('content', 'content_id')) as id",
  )
  const contentId = rows[0]?.id ?? 0n
  const digest = createHash('sha256')
  let sizeBytes = 0
  let chunkNo = 0
  for await (const chunk of inChunks(bytes)) {
    digest.update(chunk)
    sizeBytes += chunk.length
    await tx.query('insert into content_chunk (content_id, chunk_no, bytes) values ($1, $2, $3)', [
      contentId,
      chunkNo++,
      chunk,
    ])
  }
  const sha256 = digest.digest()
  await tx.query(
    'insert into content (content_id, sha256, size_bytes) overriding system value values ($1, $2, $3)',
    [contentId, sha256, sizeBytes],
  )
  return { contentId, sha256, sizeBytes }
}

/** Lets go of bytes that turned out to be kept already. */
export async function dropContent(tx: Queryable, { contentId }: StoredContent): Promise<void> {
  await tx.query('delete from content where content_id = $1', [contentId])
}

/** The digest of kept bytes in hex; undefined when there are none under this number. */
export async function contentSha256(db: Queryable, contentId: bigint): Promise<string | undefined> {
  const { rows } = await db.query<{ sha256: string }>(
    `select encode(sha256, 'hex') as sha256 from content where content_id = $1`,
    [contentId],
  )
  return rows[0]?.sha256
}

/** Reads kept bytes from the start, a chunk at a time. */
export async function* readContent(db: Queryable, contentId: bigint): AsyncIterable<Buffer> {
  for (let chunkNo = 0; ; chunkNo++) {
    const { rows } = await db.query<{ bytes: Buffer }>(
      'select bytes from content_chunk where content_id = $1 and chunk_no = $2',
      [contentId, chunkNo],
    )
    if (!rows[0]) return
    yield rows[0].bytes
  }
}

async function* inChunks(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of bytes) {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < chunkBytes) continue
    yield Buffer.concat(held)
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}
