/** An act as people write it, flat words, made into one of the acts that there are; what is missing is named. */
import type { ActName, ResolutionAct } from './resolution.ts'

/** An act with whatever stood beside it. */
export interface ActWords {
  readonly act: ActName
  readonly reasonCode?: string | undefined
  readonly instructionId?: string | undefined
  readonly outcome?: 'paid' | 'failed' | undefined
  readonly fileId?: number | undefined
}

/** The act, or the member that it needs and does not have. */
export type ParsedAct =
  | { readonly kind: 'act'; readonly act: ResolutionAct }
  | { readonly kind: 'missing'; readonly member: 'reasonCode' | 'instructionId' | 'outcome' | 'fileId' }

const missing = (member: Extract<ParsedAct, { kind: 'missing' }>['member']): ParsedAct => ({
  kind: 'missing',
  member,
})
const ready = (act: ResolutionAct): ParsedAct => ({ kind: 'act', act })

/** Makes an act of its words; words that it has no use for are left out. */
export function parseAct({ act, reasonCode, instructionId, outcome, fileId }: ActWords): ParsedAct {
  switch (act) {
    case 'failed':
    case 'fail-lines':
      return reasonCode === undefined ? missing('reasonCode') : ready({ kind: act, reasonCode })
    case 'match':
      if (instructionId === undefined) return missing('instructionId')
      return outcome === undefined
        ? missing('outcome')
        : ready({ kind: act, instructionId, outcome, reasonCode })
    case 'match-return':
      return instructionId === undefined ? missing('instructionId') : ready({ kind: act, instructionId })
    case 'refused-by-bank':
      return fileId === undefined ? missing('fileId') : ready({ kind: act, fileId })
    case 'paid':
    case 'remap':
    case 'read-again':
    case 'send-again':
    case 'delivered':
    case 'absent':
    case 'dismiss':
      return ready({ kind: act })
    default:
      return act satisfies never
  }
}
