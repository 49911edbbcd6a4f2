/**
 * Answers one bank file as a simulated bank would, on a desk: for trying a profile both ways, and for drills. The seed
 * decides every outcome; the file is read twice, so a million lines need no more memory than a thousand.
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { digestsOf } from '../../crypto/digests.ts'
import type { FileHeader, PaymentLine } from '../../formats/bank-file.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  ResultLine,
  ResultTotals,
} from '../../formats/profile/compiled-profile.ts'
import { add, zero } from '../../formats/values/money.ts'
import { type LineSum, statedTotals } from '../simulator/bank/answer-request.ts'
import { decidePayment } from '../simulator/bank/decide-payment.ts'
import { reasonCodesOf } from '../simulator/bank/reason-codes.ts'
import { CommandEnd, exit } from './output.ts'
import { refusalText } from './refusal-words.ts'

/** What to answer and how the bank behaves. */
export interface AnswerTask {
  readonly profile: CompiledProfile
  readonly settings: Readonly<Record<string, string>>
  readonly requestPath: string
  readonly outFolder: string
  readonly kind: AnswerKind
  readonly cipher: FieldCipher | undefined
  readonly seed: number
  /** Share of lines that fail, or for later returns that come back; 0 to 1. */
  readonly failShare: number
}

/** What was answered. */
export interface AnswerDone {
  readonly name: string
  readonly sideFiles: readonly string[]
  readonly all: LineSum
  readonly paid: LineSum
}

/** Writes the answer; throws CommandEnd for a file that the bank would refuse, or a name that is there already. */
export async function answerFile(task: AnswerTask): Promise<AnswerDone> {
  const { profile, requestPath, kind } = task
  if (!profile.answerKinds.includes(kind))
    throw new CommandEnd(
      exit.usage,
      `${profile.id} has no ${kind} files; its kinds are: ${profile.answerKinds.join(', ')}`,
    )
  const plainName = basename(requestPath).replace(/\.b64$/u, '')
  const named = profile.matchRequestName(plainName)
  if (named?.businessDate === undefined || named.sequence === undefined)
    throw new CommandEnd(exit.refused, `${plainName} is no name that ${profile.id} gives its files.`)
  const decide = decider(task)
  const sums = { all: noLines, paid: noLines, listed: noLines }
  const fileNumber = await eachLine(task, async (lines) => {
    for (const line of lines) {
      const decided = decide(line)
      sums.all = plus(sums.all, line)
      if (decided.paid) sums.paid = plus(sums.paid, line)
      if (decided.row) sums.listed = plus(sums.listed, line)
    }
  })
  const header: FileHeader = {
    businessDate: named.businessDate,
    sequence: named.sequence,
    fileNumber,
    ...sums.all,
    programmeName: '',
    fundingAccount: '',
    settings: task.settings,
  }
  const name = profile.resultName(header, kind)
  await writeAnswer(task, header, totalsOf(task, sums), name, decide)
  return { name, sideFiles: await writeSideFiles(task, name), all: sums.all, paid: sums.paid }
}

interface Sums {
  readonly all: LineSum
  readonly paid: LineSum
  readonly listed: LineSum
}

function totalsOf({ profile, kind }: AnswerTask, { all, paid, listed }: Sums): ResultTotals {
  if (kind !== 'late') return statedTotals(profile.resultStyle, all, paid)
  return { rowCount: listed.count, rowTotalFen: listed.totalFen, paidCount: 0, paidTotalFen: zero }
}

const noLines: LineSum = { count: 0, totalFen: zero }
const plus = (sum: LineSum, line: PaymentLine): LineSum => ({
  count: sum.count + 1,
  totalFen: add(sum.totalFen, line.amountFen),
})

/** `row` is what the answer lists of a line; undefined where it leaves the line out. */
type Decide = (line: PlacedLine) => { readonly paid: boolean; readonly row: ResultLine | undefined }

/** A line and its place in the request, from 1. */
interface PlacedLine extends PaymentLine {
  readonly position: number
}

function decider({ profile, seed, failShare, kind }: AnswerTask): Decide {
  const codes = reasonCodesOf(profile)
  const late = kind === 'late'
  const policy = { seed, failShare: late ? 0 : failShare, returnShare: late ? failShare : 0 }
  return (line) => {
    const decision = decidePayment(policy, profile.id, codes, line)
    const paid = decision.kind !== 'failed'
    const said = late ? (decision.kind === 'returned' ? decision.later : undefined) : decision.answer
    const left = said === undefined || (!late && paid && profile.resultStyle === 'failures-only')
    return { paid, row: left ? undefined : { ...line, bankCode: said.code, bankText: said.text } }
  }
}

async function writeAnswer(
  task: AnswerTask,
  header: FileHeader,
  totals: ResultTotals,
  name: string,
  decide: Decide,
): Promise<void> {
  const file = await createNew(join(task.outFolder, name))
  try {
    const writer = task.profile.resultWriter(header, totals, task.kind, task.cipher)
    await file.writeFile(writer.begin())
    await eachLine(task, async (lines) => {
      const rows = lines.map((line) => decide(line).row).filter((row) => row !== undefined)
      if (rows.length > 0) await file.writeFile(writer.write(rows))
    })
    await file.writeFile(writer.end())
  } finally {
    await file.close()
  }
}

async function createNew(path: string): Promise<FileHandle> {
  return await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw new CommandEnd(
      exit.fault,
      `cannot write ${path}: ${error instanceof Error ? error.message : error}`,
    )
  })
}

/** What the bank puts beside the answer: markers and digests; it signs nothing here. */
async function writeSideFiles({ profile, outFolder }: AnswerTask, name: string): Promise<readonly string[]> {
  const digests = await digestsOf(createReadStream(join(outFolder, name)))
  const written: string[] = []
  for (const { name: side, proves } of profile.answerSideFiles(name)) {
    if (proves === 'signature') continue
    const file = await createNew(join(outFolder, basename(side)))
    await file.writeFile(proves === 'complete' ? '' : digests[proves])
    await file.close()
    written.push(side)
  }
  return written
}

/** Hands the lines of the request to `take`, block by block; gives the file number that it carries, or twelve zeros. */
async function eachLine(
  task: AnswerTask,
  take: (lines: readonly PlacedLine[]) => Promise<void>,
): Promise<string> {
  const reader = task.profile.requestReader(task.settings, task.cipher)
  let position = 0
  let serial = ''
  const placed = (lines: readonly PaymentLine[]): readonly PlacedLine[] =>
    lines.map((line) => ({ ...line, position: ++position }))
  for await (const chunk of createReadStream(task.requestPath)) {
    const lines = placed(reader.read(chunk))
    serial ||= lines[0]?.serial ?? ''
    await take(lines)
  }
  const end = reader.end()
  serial ||= end.rows[0]?.serial ?? ''
  await take(placed(end.rows))
  if (end.kind === 'refused')
    throw new CommandEnd(exit.refused, end.refusals.map((refusal) => refusalText(refusal, 'both')).join('\n'))
  return end.summary.fileNumber ?? (serial.length === 20 ? serial.slice(0, 12) : '0'.repeat(12))
}
