/**
 * Which acts may end an exception as things stand now. Pure: states go in, every act comes out, allowed or with the code
 * that speaks against it. What depends on what a person names (an instruction, a file) is looked at when it is named.
 */
import type { BankFileState } from '../../dispatch/bank-file.ts'
import type { InstructionState } from '../../ledger/instruction-states.ts'
import type { InboundState } from '../../transfer/collect/inbound-file.ts'
import { type ActName, actNames, type ExceptionSubject, type ResolutionCode } from './resolution.ts'

/** How the things that an exception speaks of stand now. */
export interface ResolutionFacts {
  /** The line, where the exception names one of ours; `sameFile`: the file of the exception still holds it. */
  readonly line?: { readonly state: InstructionState; readonly sameFile: boolean } | undefined
  readonly file?:
    | {
        readonly state: BankFileState
        readonly settledCount: number
        /** A refused file whose lines were let go holds none any more. */
        readonly released: boolean
      }
    | undefined
  readonly inbound?: { readonly state: InboundState } | undefined
  /** Set when a statement's entry stands behind the exception; `matched`: another line has it already. */
  readonly entry?: { readonly matched: boolean } | undefined
  /** The code of the exception means success or failure now, in at least one layout. */
  readonly codeMapped?: boolean | undefined
}

/** What speaks against an act; undefined for one that may be done. */
export interface ActVerdict {
  readonly act: ActName
  readonly against: ResolutionCode | undefined
}

/** Every act with what speaks against it. */
export const weighActs = (exception: ExceptionSubject, facts: ResolutionFacts): readonly ActVerdict[] =>
  actNames.map((act) => ({ act, against: against(act, exception, facts) }))

/** The acts that may end an exception now. */
export const allowedActs = (exception: ExceptionSubject, facts: ResolutionFacts): readonly ActName[] =>
  weighActs(exception, facts).flatMap(({ act, against: code }) => (code === undefined ? [act] : []))

function against(
  act: ActName,
  exception: ExceptionSubject,
  facts: ResolutionFacts,
): ResolutionCode | undefined {
  if (exception.state === 'resolved') return 'ALREADY_RESOLVED'
  if (!actsOf(exception).includes(act)) return 'ACT_NOT_FOR_KIND'
  switch (act) {
    case 'paid':
    case 'failed':
      return lineAgainst(exception, facts)
    case 'remap':
      return facts.codeMapped ? undefined : 'CODE_UNMAPPED'
    case 'match':
      return undefined
    case 'match-return':
      if (!facts.entry) return 'NO_STATEMENT_ENTRY'
      return facts.entry.matched ? 'ENTRY_MATCHED' : undefined
    case 'read-again':
    case 'refused-by-bank':
      return inboundAgainst(facts)
    case 'send-again':
    case 'fail-lines':
      return refusedFileAgainst(facts)
    case 'delivered':
    case 'absent':
      return doubtAgainst(facts)
    case 'dismiss':
      return dismissAgainst(exception, facts)
    default:
      return act satisfies never
  }
}

const decideLine: readonly ActName[] = ['paid', 'failed', 'dismiss']
const dismissOnly: readonly ActName[] = ['dismiss']

/** Acts that belong to a queue, whatever stands where. */
function actsOf({ kind }: ExceptionSubject): readonly ActName[] {
  switch (kind) {
    case 'unmapped':
      return ['paid', 'failed', 'remap', 'dismiss']
    case 'conflicting':
    case 'amount-differs':
    case 'account-differs':
    case 'line-in-doubt':
      return decideLine
    case 'orphan':
    case 'not-in-file':
    case 'other-bank':
    case 'unreadable-row':
      return ['match', 'dismiss']
    case 'orphan-return':
    case 'ambiguous-return':
    case 'second-return':
    case 'lump-differs':
      return ['match-return', 'dismiss']
    case 'quarantined-file':
      return ['read-again', 'refused-by-bank', 'dismiss']
    case 'file-refused':
      return ['send-again', 'fail-lines', 'dismiss']
    case 'name-taken':
    case 'file-in-doubt':
      return ['delivered', 'absent', 'dismiss']
    case 'result-late':
    case 'acknowledgement-late':
    case 'same-name-new-content':
    case 'unsafe-name':
    case 'repeated':
    case 'queries-used-up':
    case 'sms-refused':
      return dismissOnly
    default:
      return kind satisfies never
  }
}

/** The states out of which evidence decides, by queue: a contradiction is no unknown line, and a paid one is neither. */
function lineAgainst(
  { kind }: ExceptionSubject,
  { line, file }: ResolutionFacts,
): ResolutionCode | undefined {
  if (!line) return 'LINE_NOT_OPEN'
  const open = kind === 'conflicting' ? line.state === 'conflict' : isUnanswered(line.state)
  if (!open) return 'LINE_NOT_OPEN'
  if (!line.sameFile) return 'LINE_ELSEWHERE'
  return fileAgainst(file)
}

const isUnanswered = (state: InstructionState): boolean => state === 'in_flight' || state === 'unknown'

/** What a bank says of a line is no word about a file that it may not even have. */
export function fileAgainst(file: ResolutionFacts['file']): ResolutionCode | undefined {
  switch (file?.state) {
    case 'sent':
    case 'acknowledged':
    case 'answered':
    case 'closed':
      return undefined
    case 'refused':
      return 'FILE_REFUSED'
    case 'planned':
    case 'composed':
    case 'sealed':
    case 'sending':
    case 'unconfirmed':
    case undefined:
      return 'FILE_IN_DOUBT'
  }
}

const inboundAgainst = ({ inbound }: ResolutionFacts): ResolutionCode | undefined =>
  inbound?.state === 'quarantined' ? undefined : 'INBOUND_NOT_QUARANTINED'

function refusedFileAgainst({ file }: ResolutionFacts): ResolutionCode | undefined {
  if (file?.state !== 'refused' || file.released) return 'FILE_NOT_REFUSED'
  return file.settledCount > 0 ? 'FILE_ANSWERED' : undefined
}

const doubtAgainst = ({ file }: ResolutionFacts): ResolutionCode | undefined =>
  file?.state === 'sending' || file?.state === 'unconfirmed' ? undefined : 'FILE_NOT_IN_DOUBT'

/** What keeps money in doubt is decided and not put away: its exception is the only thing that tells of it. */
function dismissAgainst(
  exception: ExceptionSubject,
  { line, file }: ResolutionFacts,
): ResolutionCode | undefined {
  const { kind } = exception
  if (kind === 'unmapped' && line?.state === 'unknown') return 'STILL_IN_DOUBT'
  if (kind === 'conflicting' && line?.state === 'conflict') return 'STILL_IN_DOUBT'
  if (kind === 'file-refused' && refusedFileAgainst({ file }) === undefined) return 'STILL_IN_DOUBT'
  return undefined
}
