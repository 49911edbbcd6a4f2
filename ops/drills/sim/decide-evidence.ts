/**
 * What a person who has the bank on the telephone decides of an open exception: what the bank's own books say, and
 * nothing that they do not say. Pure; `undefined` leaves it as it is.
 */
import type { ResolutionAct } from '../../../gateway/outcomes/resolution/resolution.ts'
import type { Draw } from '../../demo/seeded-draw.ts'
import type { OpenException } from './exception-desk-store.ts'
import type { AccountBook } from './sim-bank.ts'

/** What the bank and our own screens tell that person. */
export interface Known {
  readonly bookOf: (instructionId: string) => AccountBook | undefined
  /** State of an instruction here. */
  readonly stateOf: (instructionId: string) => string | undefined
  readonly took: (bank: string, sealedName: string) => 'executed' | 'refused' | undefined
  /** True when nothing lies under the final name, and nobody and nothing can bring the file there any more. */
  readonly isGone: (bank: string, sealedName: string, fileId: number) => boolean
  /** True when every instruction at this bank has its final answer. */
  readonly isBankDone: (bank: string) => boolean
}

/** Weighs one exception. */
export function decideEvidence(
  exception: OpenException,
  known: Known,
  draw: Draw,
): ResolutionAct | undefined {
  switch (exception.kind) {
    case 'conflicting':
    case 'unmapped':
    case 'amount-differs':
    case 'account-differs':
    case 'line-in-doubt':
      return ofLine(exception, known, draw)
    case 'name-taken':
    case 'file-in-doubt':
      return ofDoubt(exception, known)
    case 'file-refused':
      return ofRefusal(exception, known, draw)
    case 'result-late':
    case 'acknowledgement-late':
      return exception.file?.state === 'closed' ? dismiss : undefined
    case 'same-name-new-content':
    case 'repeated':
      return dismiss
    default:
      return known.isBankDone(exception.bank) ? dismiss : undefined
  }
}

const dismiss: ResolutionAct = { kind: 'dismiss' }

/** One reason of each class: to be corrected, to be tried again, for the treasury, for a person. */
const reasons = ['ACCOUNT_CLOSED', 'BANK_BUSY', 'DECEASED', 'ACCOUNT_FROZEN']

const afterFailure = ['correcting', 'treasury_pending', 'treasury_returned', 'reissued']

function ofLine(
  { instructionId, kind, file }: OpenException,
  { bookOf, stateOf }: Known,
  draw: Draw,
): ResolutionAct | undefined {
  // What became of the file is asked first; that is another exception, or the next look at the bank.
  if (instructionId === undefined || file?.state === 'sending' || file?.state === 'unconfirmed')
    return undefined
  const book = bookOf(instructionId)
  const state = stateOf(instructionId)
  if (book === undefined || state === undefined) return undefined
  if (agrees(state, book)) return dismiss
  const isOpen = kind === 'conflicting' ? state === 'conflict' : state === 'unknown' || state === 'in_flight'
  // That money came back is told by the bank itself; against its own contradiction it would be one word more.
  if (!isOpen || (kind === 'conflicting' && book.returns > 0)) return undefined
  return book.credits > 0 ? { kind: 'paid' } : { kind: 'failed', reasonCode: draw.pick(reasons) }
}

function agrees(state: string, { credits, returns }: AccountBook): boolean {
  if (credits > returns) return state === 'paid'
  return state === (returns > 0 ? 'returned' : 'failed') || afterFailure.includes(state)
}

function ofDoubt({ bank, file }: OpenException, { took, isGone }: Known): ResolutionAct | undefined {
  if (file === undefined) return undefined
  if (file.state !== 'sending' && file.state !== 'unconfirmed') return dismiss
  if (took(bank, file.sealedName) !== undefined) return { kind: 'delivered' }
  return isGone(bank, file.sealedName, file.fileId) ? { kind: 'absent' } : undefined
}

function ofRefusal({ bank, file }: OpenException, { took }: Known, draw: Draw): ResolutionAct | undefined {
  if (file === undefined || took(bank, file.sealedName) !== 'refused') return undefined
  if (file.state !== 'refused') return dismiss
  return draw.chance(600) ? { kind: 'send-again' } : { kind: 'fail-lines', reasonCode: draw.pick(reasons) }
}
