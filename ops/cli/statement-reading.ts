/**
 * Reads a statement on a desk: once through to prove the whole file, once to print its entries, both through one open
 * descriptor, so that memory stays flat and nothing of a file that must be refused reaches stdout.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import type { FileRefusal } from '../../formats/bank-file.ts'
import type {
  CompiledStatement,
  StatementEntry,
  StatementSummary,
} from '../../formats/statement/compiled-statement.ts'
import { CommandEnd, exit, toJson } from './output.ts'

/** Which statement to read, and of which account it must be. */
export interface StatementOrder {
  readonly statement: CompiledStatement
  readonly path: string
  readonly account: string | undefined
  /** Reasons for a refusal as JSON lines. */
  readonly json: boolean
}

/** What a proven file came to. */
export interface ReadStatement {
  readonly summary: StatementSummary
  readonly sha256: string
}

/** Reads, proves and prints; throws `CommandEnd` with every reason when the file must be refused. */
export async function printStatement(order: StatementOrder): Promise<void> {
  const handle = await openToRead(order.path)
  try {
    const proven = await readThrough(handle, order, async () => undefined)
    const kinds: Partial<Record<StatementEntry['kind'], number>> = {}
    const printed = await readThrough(handle, order, async (entries) => {
      for (const { kind } of entries) kinds[kind] = (kinds[kind] ?? 0) + 1
      await writeOut(entries.map((entry) => `${toJson(entry)}\n`).join(''))
    })
    if (printed.sha256 !== proven.sha256)
      throw new CommandEnd(exit.inDoubt, 'the file changed while it was read; do not use the entries above')
    await writeOut(`${toJson({ summary: { ...proven.summary, kinds, sha256: proven.sha256 } })}\n`)
  } finally {
    await handle.close()
  }
}

/** Reads a statement once; entries are provisional until this returns. Throws `CommandEnd` when it must be refused. */
export async function proveStatement(
  order: StatementOrder,
  take: (entries: readonly StatementEntry[]) => void,
): Promise<ReadStatement> {
  const handle = await openToRead(order.path)
  try {
    return await readThrough(handle, order, async (entries) => take(entries))
  } finally {
    await handle.close()
  }
}

async function readThrough(
  handle: FileHandle,
  { statement, account, json }: StatementOrder,
  take: (entries: readonly StatementEntry[]) => Promise<void>,
): Promise<ReadStatement> {
  const reader = statement.reader(account)
  const sha256 = createHash('sha256')
  for await (const chunk of handle.createReadStream({
    start: 0,
    autoClose: false,
    highWaterMark: 256 * 1024,
  })) {
    sha256.update(chunk)
    await take(reader.read(chunk))
  }
  const end = reader.end()
  if (end.kind === 'refused') throw refusedWhole(end.refusals, json)
  await take(end.rows)
  return { summary: end.summary, sha256: sha256.digest('hex') }
}

/** Opens a file of the command line; one that cannot be read is a mistake of usage. */
export async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
}

/** Ends the command because a file is refused whole, every reason on a line. */
export const refusedWhole = (refusals: readonly FileRefusal[], json: boolean): CommandEnd =>
  new CommandEnd(exit.refused, refusals.map((each) => (json ? toJson(each) : sentence(each))).join('\n'))

function sentence({ code, lineNo, facts }: FileRefusal): string {
  const details = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return [code, ...(lineNo === undefined ? [] : [`line ${lineNo}`]), ...details].join(' ')
}

/** Writes data and waits where the reader is slow. */
export async function writeOut(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}
