/**
 * Executes a received request: one debit of the funding account, then a credit or a refund for every line, in file
 * order. Killed half way, it goes on after the last posting in the ledger; no line is ever posted twice.
 */
import type { BankDesk } from './bank-desk.ts'
import { decideLine } from './decide-line.ts'
import type { Posting } from './posting.ts'
import type { ReceivedRequest } from './request-journal.ts'
import { type PlacedLine, readPlaced } from './stored-request.ts'

/** Posts what the ledger does not hold yet of this request. */
export async function postRequest(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  const posted = desk.ledger.postingsOf(request.fileName)
  if (posted.debits === 0) await desk.ledger.post([debitOf(desk, request)])
  await postLines(desk, request, posted.lines, (line) => postingOf(desk, request, line))
}

/** Posts the late returns of a request that the ledger does not hold yet. */
export async function postReturns(desk: BankDesk, request: ReceivedRequest): Promise<void> {
  const { returns } = desk.ledger.postingsOf(request.fileName)
  await postLines(desk, request, returns, (line) => returnOf(desk, request, line))
}

/** The journal event that a request reached a step. */
export function stepOf(
  desk: BankDesk,
  request: ReceivedRequest,
  event: 'executed' | 'answered' | 'returned',
) {
  return { event, at: desk.clock.now().toISOString(), fileName: request.fileName }
}

/** Postings come in file order, so the first `skip` of them are those that the ledger already holds. */
async function postLines(
  desk: BankDesk,
  request: ReceivedRequest,
  skip: number,
  make: (line: PlacedLine) => Posting | undefined,
): Promise<void> {
  let left = skip
  const end = await readPlaced(desk, request.number, async (lines) => {
    const postings = lines.map(make).filter((posting) => posting !== undefined)
    const known = Math.min(left, postings.length)
    left -= known
    await desk.ledger.post(postings.slice(known))
  })
  await desk.ledger.sync()
  if (end.kind === 'refused')
    throw new Error(`The stored request ${request.number} changed after it was received.`)
}

function debitOf(desk: BankDesk, request: ReceivedRequest): Posting {
  return {
    at: desk.clock.now().toISOString(),
    kind: 'debit',
    fileName: request.fileName,
    serial: '',
    account: desk.customer.fundingAccount,
    amountFen: request.all.totalFen,
    reason: '',
  }
}

function postingOf(desk: BankDesk, request: ReceivedRequest, line: PlacedLine): Posting {
  const decision = decideLine(desk, request, line)
  const { code, text } = decision.answer
  const kind = decision.kind === 'failed' ? 'refund' : 'credit'
  return { ...lineOf(desk, request, line), kind, reason: `${code} ${text}` }
}

function returnOf(desk: BankDesk, request: ReceivedRequest, line: PlacedLine): Posting | undefined {
  const decision = decideLine(desk, request, line)
  if (decision.kind !== 'returned') return undefined
  const { code, text } = decision.later
  return { ...lineOf(desk, request, line), kind: 'return', reason: `${code} ${text}` }
}

function lineOf(
  desk: BankDesk,
  request: ReceivedRequest,
  line: PlacedLine,
): Omit<Posting, 'kind' | 'reason'> {
  return {
    at: desk.clock.now().toISOString(),
    fileName: request.fileName,
    serial: line.serial,
    place: line.position,
    account: line.payeeAccount,
    name: line.payeeName,
    amountFen: line.amountFen,
  }
}
