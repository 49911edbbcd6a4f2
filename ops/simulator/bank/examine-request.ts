/**
 * Examines a request before anything is done with it: seal, signature, layout, totals, side files, and whether its
 * name and its content speak of the same file. Whatever is wrong refuses the whole file.
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestsOf } from '../../../crypto/digests.ts'
import { type ContentSource, EnvelopeRefused } from '../../../crypto/envelope.ts'
import type { FileHeader, FileRefusal, PaymentLine, ResultSummary } from '../../../formats/bank-file.ts'
import { add, type Money, zero } from '../../../formats/values/money.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import type { BankDesk } from './bank-desk.ts'
import { decideLine } from './decide-line.ts'
import { type Arrival, sideFilesOf } from './find-arrivals.ts'
import type { ReceivedRequest } from './request-journal.ts'
import { type PlacedLine, readPlaced, storeRequest } from './stored-request.ts'

/** Sums of a request in count and fen: of all lines, of those answered as paid, of those that will come back. */
export type RequestSums = Pick<ReceivedRequest, 'all' | 'paid' | 'returned'>

/** A request that can be executed. */
export interface GoodRequest {
  readonly kind: 'good'
  readonly header: FileHeader
  readonly sums: RequestSums
  readonly sha256: string
}

/** A request that is refused: every reason, and the canonical one with which the bank would answer. */
export interface BadRequest {
  readonly kind: 'bad'
  readonly reasons: readonly string[]
  readonly answerReason: 'FILE_SIGNATURE' | 'FILE_TOTALS' | 'FILE_INCOMPLETE' | 'FILE_DUPLICATE'
}

/** Examines an arrival and stores its content under `number`, in clear text. */
export async function examineRequest(
  desk: BankDesk,
  arrival: Arrival,
  number: number,
  misdeeds: readonly FaultRule[] = [],
): Promise<GoodRequest | BadRequest> {
  if (!arrival.sealed) return bad(['NOT_SEALED'], 'FILE_SIGNATURE')
  try {
    const opened = await desk.envelope.open(createReadStream(arrival.local), desk.clock.now())
    try {
      await storeRequest(desk, number, opened.content)
      const verdict = await checkContent(desk, arrival, number, opened.sha256, misdeeds)
      if (verdict.kind === 'bad') return verdict
      const wrongSide = await wrongSideFiles(desk, arrival, verdict.header, opened.content)
      return wrongSide.length > 0 ? bad(wrongSide, 'FILE_INCOMPLETE') : verdict
    } finally {
      await opened.discard()
    }
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    return bad([`ENVELOPE_${error.code}`], 'FILE_SIGNATURE')
  }
}

/** A side file must say what the data file's digests say; it may speak of the clear or of the sealed bytes. */
async function wrongSideFiles(
  desk: BankDesk,
  arrival: Arrival,
  header: FileHeader,
  clear: ContentSource,
): Promise<string[]> {
  if (arrival.sideFiles.length === 0) return []
  const digests = [await digestsOf(clear()), await digestsOf(createReadStream(arrival.local))]
  const names = [arrival.fileName, `${arrival.fileName}${desk.suffix}`]
  const allowed = names.flatMap((name) => digests.flatMap((of) => sideFilesOf(desk, header, name, of)))
  const wrong: string[] = []
  for (const name of arrival.sideFiles) {
    const content = await readFile(join(desk.folders.in, name))
    if (!allowed.some((side) => side.name === name && side.content.equals(content)))
      wrong.push(`SIDE_FILE ${name}`)
  }
  return wrong
}

async function checkContent(
  desk: BankDesk,
  arrival: Arrival,
  number: number,
  sha256: string,
  misdeeds: readonly FaultRule[],
): Promise<GoodRequest | BadRequest> {
  let sums: RequestSums = { all: nothing, paid: nothing, returned: nothing }
  let first: PaymentLine | undefined
  const asked = { policy: desk.policy, misdeeds, number }
  const end = await readPlaced(desk, number, (lines) => {
    first ??= lines[0]
    sums = lines.reduce((so, line) => addLine(so, line, decideLine(desk, asked, line).kind), sums)
  })
  if (end.kind === 'refused') return bad(end.refusals.map(describe), answerReasonOf(end.refusals))
  const fileNumber =
    end.summary.fileNumber ?? (first?.serial.length === 20 ? first.serial.slice(0, 12) : undefined)
  const { count, totalFen } = sums.all
  const header = { ...arrival.header, count, totalFen, ...(fileNumber === undefined ? {} : { fileNumber }) }
  const reasons = disagreements(header, end.summary)
  return reasons.length > 0 ? bad(reasons, 'FILE_INCOMPLETE') : { kind: 'good', header, sums, sha256 }
}

/** A file that was renamed to another day or sequence must not pass for that day's file. */
function disagreements(header: FileHeader, summary: ResultSummary): string[] {
  const { businessDate = header.businessDate, sequence = header.sequence } = summary
  const reasons: string[] = []
  if (businessDate !== header.businessDate) reasons.push('NAME_DATE')
  if (sequence !== header.sequence) reasons.push('NAME_SEQUENCE')
  return reasons
}

const nothing = { count: 0, totalFen: zero }

function addLine(sums: RequestSums, line: PlacedLine, kind: 'paid' | 'failed' | 'returned'): RequestSums {
  const plus = (sum: { count: number; totalFen: Money }, counts: boolean) =>
    counts ? { count: sum.count + 1, totalFen: add(sum.totalFen, line.amountFen) } : sum
  return {
    all: plus(sums.all, true),
    paid: plus(sums.paid, kind !== 'failed'),
    returned: plus(sums.returned, kind === 'returned'),
  }
}

function describe(refusal: FileRefusal): string {
  const place = refusal.lineNo === undefined ? '' : ` line ${refusal.lineNo}`
  return `${refusal.code}${place} ${JSON.stringify(refusal.facts)}`
}

function answerReasonOf(refusals: readonly FileRefusal[]): BadRequest['answerReason'] {
  const differ = refusals.every(({ code }) => code === 'COUNT' || code === 'TOTAL')
  return differ ? 'FILE_TOTALS' : 'FILE_INCOMPLETE'
}

function bad(reasons: readonly string[], answerReason: BadRequest['answerReason']): BadRequest {
  return { kind: 'bad', reasons, answerReason }
}
