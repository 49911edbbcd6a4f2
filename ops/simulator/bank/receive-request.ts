/**
 * A request arrives: opened, verified, read to its end and checked before anything is done with it.
 * A bad file is refused whole, with an answer where the layout has one for it; a known name is refused as a
 * duplicate, without an answer, which would be taken for the answer to the first file.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import { rulesForFile } from '../misdeeds/pick-occasions.ts'
import { answerDueAt, returnDueAt } from './answer-times.ts'
import type { BankDesk } from './bank-desk.ts'
import { type BadRequest, examineRequest, type GoodRequest } from './examine-request.ts'
import type { Arrival } from './find-arrivals.ts'
import { publishAnswer } from './publish-answer.ts'
import type { RequestState } from './request-journal.ts'
import { requestPath } from './stored-request.ts'

/** Takes one complete file out of `in/`. After this the journal knows its name, whatever became of it. */
export async function receiveRequest(desk: BankDesk, arrival: Arrival): Promise<void> {
  const known = desk.journal.stateOf(arrival.fileName)
  if (known !== undefined) return await meetAgain(desk, arrival, known)
  const number = desk.journal.receivedCount() + 1
  const misdeeds = chosenFor(desk, desk.journal.knownCount() + 1)
  const verdict = refusalOf(misdeeds) ?? (await examineRequest(desk, arrival, number, misdeeds))
  if (verdict.kind === 'bad') {
    await answerRefusal(desk, arrival, verdict.answerReason)
    await refuse(desk, arrival, verdict.reasons)
    await rm(requestPath(desk, number), { force: true })
  } else await accept(desk, arrival, number, verdict, misdeeds)
  if (desk.pickUp === 'at-once' || verdict.kind === 'bad') await removeArrival(arrival, desk)
}

/** The name is known: either the very file that was taken still lies there, or somebody sent the name again. */
async function meetAgain(desk: BankDesk, arrival: Arrival, known: RequestState): Promise<void> {
  const identity = known.kind === 'refused' ? known.refused.identity : known.request.identity
  const open = known.kind === 'received' || known.kind === 'executed'
  if (identity !== arrival.identity) await refuse(desk, arrival, ['DUPLICATE_FILE'])
  else if (open && desk.pickUp === 'after-answer') return
  await removeArrival(arrival, desk)
}

/** Clears a taken file and its side files out of `in/`. */
export async function removeArrival(
  arrival: Pick<Arrival, 'local' | 'sideFiles'>,
  desk: BankDesk,
): Promise<void> {
  for (const path of [arrival.local, ...arrival.sideFiles.map((name) => join(desk.folders.in, name))])
    await rm(path, { force: true })
}

/** What the bank will do wrong with the file that is the n-th one to come. */
const chosenFor = (desk: BankDesk, fileNo: number): readonly FaultRule[] =>
  rulesForFile(desk.script ?? [], { seed: desk.policy.seed, bank: desk.bank }, fileNo)

/** A good file that is refused all the same. */
function refusalOf(misdeeds: readonly FaultRule[]): BadRequest | undefined {
  for (const { do: name } of misdeeds) {
    if (name === 'refuse-signature')
      return { kind: 'bad', reasons: ['ENVELOPE_BAD_SIGNATURE'], answerReason: 'FILE_SIGNATURE' }
    if (name === 'refuse-totals') return { kind: 'bad', reasons: ['TOTAL'], answerReason: 'FILE_TOTALS' }
    if (name === 'refuse-incomplete')
      return { kind: 'bad', reasons: ['SENTINEL_MISSING'], answerReason: 'FILE_INCOMPLETE' }
    if (name === 'refuse-batch-number')
      return { kind: 'bad', reasons: ['DUPLICATE_BATCH'], answerReason: 'FILE_DUPLICATE' }
  }
  return undefined
}

async function accept(
  desk: BankDesk,
  arrival: Arrival,
  number: number,
  good: GoodRequest,
  misdeeds: readonly FaultRule[],
): Promise<void> {
  const now = desk.clock.now()
  const { businessDate, sequence, fileNumber } = good.header
  await desk.journal.record({
    event: 'received',
    at: now.toISOString(),
    fileName: arrival.fileName,
    number,
    identity: arrival.identity,
    sha256: good.sha256,
    header: { businessDate, sequence, fileNumber },
    policy: desk.policy,
    misdeeds: [...misdeeds],
    ...good.sums,
    answerDueAt: answerDueAt(desk.times, number === 1, now, misdeeds).toISOString(),
    returnDueAt: returnDueAt(desk.times, now, misdeeds).toISOString(),
  })
  desk.report(`${desk.bank} took ${arrival.fileName}: ${good.sums.all.count} lines`)
}

async function refuse(desk: BankDesk, arrival: Arrival, reasons: readonly string[]): Promise<void> {
  const { fileName, identity } = arrival
  const at = desk.clock.now().toISOString()
  await desk.journal.record({ event: 'refused', at, fileName, identity, reasons: [...reasons] })
  desk.report(`${desk.bank} refused ${fileName}: ${reasons.slice(0, 3).join('; ')}`)
}

/** Published before the journal knows of the refusal; done again after a crash it replaces nothing. */
async function answerRefusal(desk: BankDesk, { header }: Arrival, reason: string): Promise<void> {
  const answer = desk.profile.refusalAnswers.find((one) => one.reason === reason)
  if (answer === undefined) return
  await publishAnswer(desk, desk.profile.resultName(header, 'answer'), async function* () {
    yield answer.content
  })
}
