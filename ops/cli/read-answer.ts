/**
 * Reads a bank's answer on a desk: once through to prove the whole file, once to print its rows, both through one
 * open descriptor. Reading twice keeps clear names out of temporary files and memory flat.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { FileHeader, FileRefusal, ResultRow, ResultSummary } from '../../formats/bank-file.ts'
import type { CompiledProfile, FileReader } from '../../formats/profile/compiled-profile.ts'
import { CommandEnd, exit, toJson } from './output.ts'

/** What to read. `late` marks a file of later returns when its name does not. */
export interface ReadOrder {
  readonly profile: CompiledProfile
  readonly settings: FileHeader['settings']
  readonly answerPath: string
  readonly requestPath: string | undefined
  readonly late: boolean
  readonly json: boolean
}

/** Reads, proves and prints; throws `CommandEnd` with every reason when the file must be refused. */
export async function readAnswer(order: ReadOrder): Promise<void> {
  const named = order.profile.matchResultName(basename(order.answerPath))
  const kind = order.late ? 'late' : (named?.kind ?? 'answer')
  const request = order.requestPath === undefined ? undefined : await requestHeader(order, order.requestPath)
  const strange = request && named ? strangeName(named, request) : []
  if (strange.length > 0) throw refused(order.json, strange)
  const handle = await openToRead(order.answerPath)
  try {
    const proven = await readThrough(handle, order.profile.resultReader(request, kind), async () => undefined)
    if (proven.kind === 'refused') throw refused(order.json, proven.refusals)
    const counts = { paid: 0, failed: 0, open: 0, unknown: 0, returned: 0 }
    const printed = await readThrough(handle, order.profile.resultReader(request, kind), async (rows) => {
      for (const row of rows) counts[row.outcome]++
      await write(rows.map((row) => `${toJson(rowJson(row))}\n`).join(''))
    })
    if (printed.sha256 !== proven.sha256) {
      throw new CommandEnd(exit.inDoubt, 'the file changed while it was read; do not use the rows above')
    }
    await write(
      `${toJson({ summary: { ...proven.summary, outcomes: counts, kind, sha256: proven.sha256 } })}\n`,
    )
  } finally {
    await handle.close()
  }
}

/** Some layouts tell only by the name which request they answer. */
function strangeName(
  named: { readonly businessDate?: string; readonly sequence?: number },
  request: FileHeader,
): readonly FileRefusal[] {
  return (['businessDate', 'sequence'] as const).flatMap((what) => {
    const stated = named[what]
    if (stated === undefined || stated === request[what]) return []
    return [{ code: 'NOT_THIS_FILE', facts: { where: 'name', what, stated, expected: request[what] } }]
  })
}

const rowJson = ({ lineNo: _lineNo, ...row }: ResultRow): Omit<ResultRow, 'lineNo'> => row

async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

const refused = (json: boolean, refusals: readonly FileRefusal[]): CommandEnd =>
  new CommandEnd(exit.refused, refusals.map((each) => (json ? toJson(each) : sentence(each))).join('\n'))

function sentence({ code, lineNo, facts }: FileRefusal): string {
  const details = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return [code, ...(lineNo === undefined ? [] : [`line ${lineNo}`]), ...details].join(' ')
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
}

type Read = { readonly sha256: string } & (
  | { readonly kind: 'read'; readonly summary: ResultSummary }
  | { readonly kind: 'refused'; readonly refusals: readonly FileRefusal[] }
)

async function readThrough<Row>(
  handle: FileHandle,
  reader: FileReader<Row>,
  take: (rows: readonly Row[]) => Promise<void>,
): Promise<Read> {
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
  await take(end.rows)
  return { ...end, sha256: sha256.digest('hex') }
}

/** The header of the request, from its own bytes and name. */
async function requestHeader({ profile, settings, json }: ReadOrder, path: string): Promise<FileHeader> {
  const named = profile.matchRequestName(basename(path))
  if (named?.businessDate === undefined || named.sequence === undefined) {
    throw new CommandEnd(exit.usage, `${basename(path)} is not named like a request of ${profile.id}`)
  }
  const handle = await openToRead(path)
  let serial = ''
  try {
    const read = await readThrough(handle, profile.requestReader(settings), async (rows) => {
      serial ||= rows[0]?.serial ?? ''
    })
    if (read.kind === 'refused') throw refused(json, read.refusals)
    return {
      businessDate: named.businessDate,
      sequence: named.sequence,
      fileNumber: read.summary.fileNumber ?? serial.slice(0, -8),
      count: read.summary.rowCount,
      totalFen: read.summary.rowTotalFen,
      programmeName: '',
      fundingAccount: '',
      settings,
    }
  } finally {
    await handle.close()
  }
}
