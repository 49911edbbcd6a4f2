/**
 * How people end an exception (reliability.md R3, R5-R8): the acts that there are, the evidence that each needs, and what
 * comes of asking for one. Every resolution is a row that is never changed, with a place for a second person.
 */
import type { Wake } from '../../run-step.ts'
import type { ExceptionKind } from '../../transfer/exception-store.ts'

/** What a person asks for. `reasonCode` is a canonical reason of a failure; ids are the finance platform's. */
export type ResolutionAct =
  /** The bank has credited the line: by a letter, a statement, the beneficiary's account. */
  | { readonly kind: 'paid' }
  | { readonly kind: 'failed'; readonly reasonCode: string }
  /** The bank's code has a meaning now: it is laid over every line that waits for it. */
  | { readonly kind: 'remap' }
  | {
      readonly kind: 'match'
      readonly instructionId: string
      readonly outcome: 'paid' | 'failed'
      readonly reasonCode?: string | undefined
    }
  | { readonly kind: 'match-return'; readonly instructionId: string }
  | { readonly kind: 'read-again' }
  | { readonly kind: 'refused-by-bank'; readonly fileId: number }
  /** The lines of a refused file wait again and go out in another file under other serials. */
  | { readonly kind: 'send-again' }
  | { readonly kind: 'fail-lines'; readonly reasonCode: string }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'absent' }
  /** Nothing is done about it, for a reason that is kept. */
  | { readonly kind: 'dismiss' }

/** Name of an act. */
export type ActName = ResolutionAct['kind']

/** All acts, in the order in which people read them. */
export const actNames = [
  'paid',
  'failed',
  'remap',
  'match',
  'match-return',
  'read-again',
  'refused-by-bank',
  'send-again',
  'fail-lines',
  'delivered',
  'absent',
  'dismiss',
] as const satisfies readonly ActName[]

/** Who decides, why, and on what. No account, ID number or phone may stand in it. */
export interface Evidence {
  readonly by: string
  readonly reason: string
  /** What was seen, in words. */
  readonly evidence: string
  /** Number of a bank's letter, digest of a kept paper. */
  readonly reference?: string | undefined
}

/** Why an act was not done. */
export type ResolutionCode =
  | 'EXCEPTION_NOT_FOUND'
  | 'ALREADY_RESOLVED'
  | 'ACT_NOT_FOR_KIND'
  | 'ACT_NOT_FOR_CLIENT'
  | 'STILL_IN_DOUBT'
  | 'LINE_NOT_OPEN'
  | 'LINE_ELSEWHERE'
  | 'FILE_IN_DOUBT'
  | 'FILE_NOT_IN_DOUBT'
  | 'FILE_REFUSED'
  | 'FILE_NOT_REFUSED'
  | 'FILE_ANSWERED'
  | 'FILE_NOT_FOUND'
  | 'INBOUND_NOT_QUARANTINED'
  | 'CODE_UNMAPPED'
  | 'INSTRUCTION_NOT_FOUND'
  | 'OTHER_BANK'
  | 'AMOUNT_DIFFERS'
  | 'OUTCOME_DIFFERS'
  | 'NOT_PAID'
  | 'NO_STATEMENT_ENTRY'
  | 'ENTRY_MATCHED'
  | 'REASON_UNKNOWN'
  | 'EVIDENCE_INCOMPLETE'
  | 'PERSONAL_DATA'

/** One reason why an act was not done, with states, counts or amounts that show it. */
export interface ResolutionRefusal {
  readonly code: ResolutionCode
  readonly facts: Readonly<Record<string, string | number>>
}

/** What an act came to. */
export interface ResolutionEffect {
  readonly lines: number
  readonly amountFen: bigint
  /** Exceptions that it ended, the one that was asked about included. */
  readonly exceptions: number
}

/** What came of asking. `allowed` lists the acts that would have been possible. */
export type ResolutionReport =
  | {
      readonly kind: 'resolved'
      readonly resolutionId: bigint
      readonly act: ActName
      readonly approval: 'wanted' | 'not-wanted'
      readonly effect: ResolutionEffect
      readonly wakes: readonly Wake[]
    }
  | {
      readonly kind: 'refused'
      readonly refusals: readonly ResolutionRefusal[]
      readonly allowed: readonly ActName[]
    }

/** Whether an act needs a second person: every one that says what became of money, or lets it leave again. */
export function approvalWanted(act: ActName): boolean {
  switch (act) {
    case 'paid':
    case 'failed':
    case 'remap':
    case 'match':
    case 'match-return':
    case 'send-again':
    case 'fail-lines':
    case 'absent':
      return true
    case 'read-again':
    case 'refused-by-bank':
    case 'delivered':
    case 'dismiss':
      return false
    default:
      return act satisfies never
  }
}

/** An exception as deciding sees it; `facts` as it was opened with. */
export interface ExceptionSubject {
  readonly exceptionId: bigint
  readonly kind: ExceptionKind
  readonly bankNo: number
  readonly inboundId: number | undefined
  readonly fileId: number | undefined
  readonly batchId: number | undefined
  readonly seq: number | undefined
  readonly lineNo: number | undefined
  readonly facts: Readonly<Record<string, unknown>>
  readonly state: 'open' | 'resolved'
}
