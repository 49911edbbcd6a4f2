/**
 * Requests on the bank's own disk, in clear text, outside what clients see: `requests/<number>.request`.
 * They are read as often as needed (to check, to post, to answer), each time as a stream.
 */
import { createReadStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentSource } from '../../../crypto/envelope.ts'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import type { FileReader } from '../../../formats/profile/compiled-profile.ts'
import type { BankDesk } from './bank-desk.ts'

const chunkBytes = 256 * 1024

/** How a request ends for its reader: what it adds up to, or why it is refused. */
export type RequestEnd = ReturnType<FileReader<PaymentLine>['end']>

/** Path of a stored request. */
export function requestPath(desk: BankDesk, number: number): string {
  return join(desk.folders.requests, `${String(number).padStart(6, '0')}.request`)
}

/** Stores a request durably; an earlier, half-written one of this number is replaced. */
export async function storeRequest(desk: BankDesk, number: number, content: ContentSource): Promise<void> {
  const path = requestPath(desk, number)
  await writeDurably(`${path}.tmp`, content())
  await rename(`${path}.tmp`, path)
}

/** Writes a whole file and waits until it is on the disk. */
export async function writeDurably(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    for await (const chunk of content) await file.writeFile(chunk)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/**
 * Reads a stored request once, showing its lines in file order. The lines are provisional until it ended well:
 * a caller that acts on them must have read the same file to a good end before.
 */
export async function readRequest(
  desk: BankDesk,
  number: number,
  visit: (lines: readonly PaymentLine[]) => Promise<void> | void,
): Promise<RequestEnd> {
  const reader = desk.profile.requestReader(desk.customer.settings, desk.cipher)
  const file = createReadStream(requestPath(desk, number), { highWaterMark: chunkBytes })
  for await (const chunk of file) await visit(reader.read(chunk))
  const end = reader.end()
  await visit(end.rows)
  return end
}

/** A line and its place in the request, from 1, for banks that name rows by it. */
export interface PlacedLine extends PaymentLine {
  readonly position: number
}

/** As `readRequest`, with the place of every line. */
export async function readPlaced(
  desk: BankDesk,
  number: number,
  visit: (lines: readonly PlacedLine[]) => Promise<void> | void,
): Promise<RequestEnd> {
  let position = 0
  return await readRequest(desk, number, (lines) =>
    visit(lines.map((line) => ({ ...line, position: ++position }))),
  )
}
