/**
 * Reads a bank's answer on a desk: once through to prove the whole file, once to print its rows, both through one
 * open descriptor. Reading twice keeps clear names out of temporary files and memory flat.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { FileHeader, FileRefusal, ResultRow, ResultSummary } from '../../formats/bank-file.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  FileReader,
} from '../../formats/profile/compiled-profile.ts'
import { checkSideFiles, missingSide, type SideDigests } from './answer-side-files.ts'
import { inLanguage, type Lang } from './language.ts'
import { type RequestMatch, requestMatch } from './match-request.ts'
import { CommandEnd, exit, say, toJson } from './output.ts'
import { refusalText, refusalWords } from './refusal-words.ts'

/** What to read. `kind` says what the file is when its name does not. */
export interface ReadOrder {
  readonly profile: CompiledProfile
  readonly settings: FileHeader['settings']
  readonly answerPath: string
  readonly requestPath: string | undefined
  readonly kind: AnswerKind | undefined
  readonly cipher: FieldCipher | undefined
  /** Folder of the answer's side files; beside the answer when it is not given. */
  readonly sideFolder: string | undefined
  /** Side files that are missing refuse the answer too. */
  readonly strict: boolean
  readonly lang: Lang
  readonly json: boolean
}

/** Reads, proves and prints; throws `CommandEnd` with every reason when the file must be refused. */
export async function readAnswer(order: ReadOrder): Promise<void> {
  const named = order.profile.matchResultName(plainName(order.answerPath))
  const kind = kindOf(order, named?.kind)
  const match = requestMatch()
  const request =
    order.requestPath === undefined ? undefined : await requestHeader(order, order.requestPath, match)
  const strange = request && named ? strangeName(named, request) : []
  if (strange.length > 0) throw refused(order, strange)
  const handle = await openToRead(order.answerPath)
  try {
    const answer = { order, handle, kind, request }
    await printRows(answer, await prove(answer, match))
  } finally {
    await handle.close()
  }
}

/** An answer that is open, and what it is read against. */
interface OpenAnswer {
  readonly order: ReadOrder
  readonly handle: FileHandle
  readonly kind: AnswerKind
  readonly request: FileHeader | undefined
}

interface Proven {
  readonly sha256: string
  readonly summary: ResultSummary & { readonly namesThatDiffer?: number }
}

const readerOf = ({ order, request, kind }: OpenAnswer): FileReader<ResultRow> =>
  order.profile.resultReader(request, kind, order.cipher)

/** Reads the whole answer and prints nothing: its form, its rows against the request, its side files. */
async function prove(answer: OpenAnswer, match: RequestMatch): Promise<Proven> {
  const { order, handle, request } = answer
  const strangers: FileRefusal[] = []
  let namesThatDiffer = 0
  const compare = (row: ResultRow): void => {
    if (strangers.length < mostStrangers) strangers.push(...match.compare(row))
    if (match.namesDiffer(row)) namesThatDiffer++
  }
  const read = await readThrough(handle, readerOf(answer), async (rows) => {
    if (request) rows.forEach(compare)
  })
  if (read.kind === 'refused') throw refused(order, read.refusals)
  if (strangers.length > 0) throw refused(order, strangers)
  await proveSideFiles(order, read)
  return { sha256: read.sha256, summary: { ...read.summary, ...(request ? { namesThatDiffer } : {}) } }
}

async function printRows(answer: OpenAnswer, { sha256, summary }: Proven): Promise<void> {
  const outcomes = { paid: 0, failed: 0, open: 0, unknown: 0, returned: 0 }
  const printed = await readThrough(answer.handle, readerOf(answer), async (rows) => {
    for (const row of rows) outcomes[row.outcome]++
    await write(rows.map((row) => `${toJson(rowJson(row))}\n`).join(''))
  })
  if (printed.sha256 !== sha256)
    throw new CommandEnd(exit.inDoubt, 'the file changed while it was read; do not use the rows above')
  await write(`${toJson({ summary: { ...summary, outcomes, kind: answer.kind, sha256 } })}\n`)
}

/** Reasons of single rows that are listed at most. */
const mostStrangers = 100

/** A wrapped content lies under its own name with `.b64` behind it. */
const plainName = (path: string): string => basename(path).replace(/\.b64$/u, '')

function kindOf({ profile, kind }: ReadOrder, named: AnswerKind | undefined): AnswerKind {
  const wanted = kind ?? named ?? 'answer'
  if (profile.answerKinds.includes(wanted)) return wanted
  throw new CommandEnd(
    exit.usage,
    `${profile.id} has no ${wanted} files; its kinds are: ${profile.answerKinds.join(', ')}`,
  )
}

async function proveSideFiles(order: ReadOrder, digests: SideDigests): Promise<void> {
  const sideFiles = order.profile.answerSideFiles(plainName(order.answerPath))
  const found = await checkSideFiles(sideFiles, order.sideFolder ?? dirname(order.answerPath), digests)
  const refusals = [...found.differing, ...(order.strict ? found.missing.map(missingSide) : [])]
  if (refusals.length > 0) throw refused(order, refusals)
  if (!order.strict)
    for (const { name, proves } of found.missing)
      say(
        inLanguage(
          {
            zh: `没有附属文件 ${name}（${proves}），未校验`,
            en: `no side file ${name} (${proves}); not verified`,
          },
          order.lang,
        ),
      )
  for (const { name } of found.unverified)
    say(
      inLanguage({ zh: `签名文件 ${name} 未验证`, en: `the signature ${name} was not verified` }, order.lang),
    )
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

const refused = ({ json, lang }: ReadOrder, refusals: readonly FileRefusal[]): CommandEnd =>
  new CommandEnd(
    exit.refused,
    refusals.map((each) => (json ? toJson({ ...each, ...said(each) }) : refusalText(each, lang))).join('\n'),
  )

const said = (refusal: FileRefusal): { messageZh: string; messageEn: string } => {
  const { zh, en } = refusalWords(refusal)
  return { messageZh: zh, messageEn: en }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
}

type Read = SideDigests &
  (
    | { readonly kind: 'read'; readonly summary: ResultSummary }
    | { readonly kind: 'refused'; readonly refusals: readonly FileRefusal[] }
  )

async function readThrough<Row>(
  handle: FileHandle,
  reader: FileReader<Row>,
  take: (rows: readonly Row[]) => Promise<void>,
): Promise<Read> {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  for await (const chunk of handle.createReadStream({
    start: 0,
    autoClose: false,
    highWaterMark: 256 * 1024,
  })) {
    sha256.update(chunk)
    md5.update(chunk)
    await take(reader.read(chunk))
  }
  const end = reader.end()
  await take(end.rows)
  return { ...end, md5: md5.digest('hex'), sha256: sha256.digest('hex') }
}

/** The header of the request, from its own bytes and name; its lines go to `match`. */
async function requestHeader(order: ReadOrder, path: string, match: RequestMatch): Promise<FileHeader> {
  const { profile, settings, cipher } = order
  const named = profile.matchRequestName(plainName(path))
  if (named?.businessDate === undefined || named.sequence === undefined) {
    throw new CommandEnd(exit.usage, `${basename(path)} is not named like a request of ${profile.id}`)
  }
  const handle = await openToRead(path)
  let serial = ''
  try {
    const read = await readThrough(handle, profile.requestReader(settings, cipher), async (rows) => {
      serial ||= rows[0]?.serial ?? ''
      rows.forEach(match.addLine)
    })
    if (read.kind === 'refused') throw refused(order, read.refusals)
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
