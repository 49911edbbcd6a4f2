/**
 * COPY in and out of PostgreSQL in the text format, streamed with back-pressure (measured.md §4: writes of 128 KiB
 * and more cost a seventh of small ones). A COPY that fails half-way never leaves its connection to the next caller.
 */
import { once } from 'node:events'
import { from, to } from 'pg-copy-streams'
import type { Tx } from './pool.ts'

const writeSizeBytes = 128 * 1024

/**
 * Runs `COPY ... FROM STDIN` with what `chunks` yields; chunks may end anywhere, and small ones are joined.
 * Returns the number of rows. An error of the source or of the database ends the COPY, drops the connection (so the
 * transaction cannot commit) and comes out. The transaction is not run again once a chunk was taken.
 */
export async function copyInto(tx: Tx, sql: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const stream = tx.submit(from(sql))
  let failure: unknown
  stream.on('error', (error: unknown) => {
    failure ??= error
  })
  try {
    for await (const chunk of joined(chunks, tx)) {
      if (failure !== undefined) throw failure
      if (!stream.write(chunk)) await once(stream, 'drain')
    }
    if (failure !== undefined) throw failure
    stream.end()
    await once(stream, 'finish')
    return stream.rowCount
  } catch (error) {
    tx.drop(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

async function* joined(chunks: AsyncIterable<Buffer>, tx: Tx): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const chunk of chunks) {
    tx.useUp()
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < writeSizeBytes) continue
    yield held.length === 1 ? chunk : Buffer.concat(held, heldBytes)
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) yield Buffer.concat(held, heldBytes)
}

/**
 * Runs `COPY ... TO STDOUT` and yields its bytes as they come; chunks end anywhere. Read it to the end: a reader that
 * stops early costs the connection, and with it the transaction.
 */
export async function* copyOut(tx: Tx, sql: string): AsyncGenerator<Buffer> {
  const stream = tx.submit(to(sql))
  let whole = false
  try {
    for await (const chunk of stream) yield asBuffer(chunk)
    whole = true
  } finally {
    if (!whole) tx.drop(new Error('COPY TO was left before its end'))
  }
}

/**
 * Runs `COPY ... TO STDOUT` and yields its rows as text, some at a time, columns parted by tabs. For columns of ASCII
 * only, such as numbers. Read it to the end, as with `copyOut`.
 */
export async function* copyOutRows(tx: Tx, sql: string): AsyncGenerator<string[]> {
  let rest = ''
  for await (const chunk of copyOut(tx, sql)) {
    const rows = (rest + chunk.toString('latin1')).split('\n')
    rest = rows.pop() ?? ''
    yield rows
  }
}

const asBuffer = (chunk: unknown): Buffer => (Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)))

/** What a column of a COPY row can hold; null and undefined are SQL's NULL, a Buffer is a bytea. */
export type CopyValue = string | number | bigint | boolean | Date | Buffer | null | undefined

/** One value in COPY's text format, escaped. Throws RangeError for U+0000, which PostgreSQL's text cannot hold. */
export function copyText(value: CopyValue): string {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  return value.toString()
}

/** One row in COPY's text format, with its newline. */
export const copyRow = (values: readonly CopyValue[]): string => `${values.map(copyText).join('\t')}\n`

const special = /[\\\t\n\r\0]/
const replacements: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(text: string): string {
  if (!special.test(text)) return text
  if (text.includes('\0')) throw new RangeError('U+0000 cannot be stored as text')
  return text.replace(/[\\\t\n\r]/g, (found) => replacements[found] ?? found)
}
