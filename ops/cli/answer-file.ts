/**
 * Answers one bank file as a simulated bank would, on a desk: for trying a profile both ways, and for drills. The seed
 * decides every outcome; the file is read twice, so a million lines need no more memory than a thousand.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileHeader, PaymentLine } from '../../formats/bank-file.ts'
import type { CompiledProfile, ResultLine } from '../../formats/profile/compiled-profile.ts'
import { add, zero } from '../../formats/values/money.ts'
import { type LineSum, statedTotals } from '../simulator/bank/answer-request.ts'
import { decidePayment } from '../simulator/bank/decide-payment.ts'
import { reasonCodesOf } from '../simulator/bank/reason-codes.ts'
import { CommandEnd, exit, toJson } from './output.ts'

/** What to answer and how the bank behaves. */
export interface AnswerTask {
  readonly profile: CompiledProfile
  readonly settings: Readonly<Record<string, string>>
  readonly requestPath: string
  readonly outFolder: string
  readonly seed: number
  /** Share of lines that fail, 0 to 1. */
  readonly failShare: number
}

/** What was answered. */
export interface AnswerDone {
  readonly name: string
  readonly all: LineSum
  readonly paid: LineSum
}

/** Writes the answer; throws CommandEnd for a file that the bank would refuse, or a name that is there already. */
export async function answerFile(task: AnswerTask): Promise<AnswerDone> {
  const { profile, requestPath, outFolder } = task
  const named = profile.matchRequestName(basename(requestPath))
  if (named?.businessDate === undefined || named.sequence === undefined)
    throw new CommandEnd(
      exit.refused,
      `${basename(requestPath)} is no name that ${profile.id} gives its files.`,
    )
  const decide = decider(task)
  const sums = { all: noLines, paid: noLines }
  const fileNumber = await eachLine(task, (line) => {
    sums.all = plus(sums.all, line)
    if (decide(line).paid) sums.paid = plus(sums.paid, line)
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
  const name = profile.resultName(header, 'answer')
  await writeAnswer(task, header, sums, join(outFolder, name), decide)
  return { name, ...sums }
}

const noLines: LineSum = { count: 0, totalFen: zero }
const plus = (sum: LineSum, line: PaymentLine): LineSum => ({
  count: sum.count + 1,
  totalFen: add(sum.totalFen, line.amountFen),
})

type Decide = (line: PaymentLine) => { readonly paid: boolean; readonly row: ResultLine }

function decider({ profile, seed, failShare }: AnswerTask): Decide {
  const codes = reasonCodesOf(profile)
  return (line) => {
    const { kind, answer } = decidePayment({ seed, failShare, returnShare: 0 }, profile.id, codes, line)
    return { paid: kind !== 'failed', row: { ...line, bankCode: answer.code, bankText: answer.text } }
  }
}

async function writeAnswer(
  { profile, requestPath, settings }: AnswerTask,
  header: FileHeader,
  { all, paid }: { all: LineSum; paid: LineSum },
  path: string,
  decide: Decide,
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw new CommandEnd(
      exit.fault,
      `cannot write ${path}: ${error instanceof Error ? error.message : error}`,
    )
  })
  try {
    const writer = profile.resultWriter(header, statedTotals(profile.resultStyle, all, paid), 'answer')
    await file.writeFile(writer.begin())
    const listed = (line: PaymentLine): boolean =>
      profile.resultStyle !== 'failures-only' || !decide(line).paid
    const reader = profile.requestReader(settings)
    for await (const chunk of createReadStream(requestPath)) {
      await file.writeFile(
        writer.write(
          reader
            .read(chunk)
            .filter(listed)
            .map((line) => decide(line).row),
        ),
      )
    }
    await file.writeFile(
      writer.write(
        reader
          .end()
          .rows.filter(listed)
          .map((line) => decide(line).row),
      ),
    )
    await file.writeFile(writer.end())
  } finally {
    await file.close()
  }
}

/** Hands every line of the request to `take`; gives the file number that it carries, or twelve zeros. */
async function eachLine(task: AnswerTask, take: (line: PaymentLine) => void): Promise<string> {
  const reader = task.profile.requestReader(task.settings)
  for await (const chunk of createReadStream(task.requestPath))
    for (const line of reader.read(chunk)) take(line)
  const end = reader.end()
  for (const line of end.rows) take(line)
  if (end.kind === 'refused')
    throw new CommandEnd(exit.refused, end.refusals.map((refusal) => toJson(refusal)).join('\n'))
  return end.summary.fileNumber ?? '0'.repeat(12)
}
