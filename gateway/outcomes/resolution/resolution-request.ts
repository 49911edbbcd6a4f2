/** A resolution as it was asked for, and the checks that need nothing of the ledger. */
import type { Needs } from '../../needs.ts'
import type { StoredContent } from '../../store/content-store.ts'
import type { Tx } from '../../store/pool.ts'
import type { ResolutionFacts } from './decide-acts.ts'
import type {
  ActName,
  Evidence,
  ExceptionSubject,
  ResolutionAct,
  ResolutionCode,
  ResolutionRefusal,
} from './resolution.ts'
import type { Settled } from './settle-decided.ts'
import type { StandingLine } from './standing-line-store.ts'

/** What resolving uses. */
export type ResolveNeeds = Pick<Needs, 'clock' | 'bankBook' | 'calendar'>

/** What is asked of one exception; `client` is set when an API client asks. */
export interface ResolutionRequest {
  readonly exceptionId: bigint
  readonly act: ResolutionAct
  readonly evidence: Evidence
  readonly client?: string | undefined
}

/** What an act is given once nothing speaks against it in general. */
export interface ActContext {
  readonly tx: Tx
  readonly needs: ResolveNeeds
  readonly exception: ExceptionSubject
  readonly facts: ResolutionFacts
  /** The instruction that the person named. */
  readonly named: StandingLine | undefined
  readonly resolutionId: bigint
  readonly content: StoredContent
  readonly cause: string
  readonly actor: string
  readonly at: Date
}

/** How an act ended. */
export type ActEnd =
  | ({ readonly kind: 'done' } & Settled)
  | { readonly kind: 'refused'; readonly refusal: ResolutionRefusal }

/** One reason why an act is not done. */
export const refusal = (
  code: ResolutionCode,
  facts: Readonly<Record<string, string | number>> = {},
): ResolutionRefusal => ({ code, facts })

/** An act that is not done. */
export const refusedAct = (
  code: ResolutionCode,
  facts: Readonly<Record<string, string | number>> = {},
): ActEnd => ({ kind: 'refused', refusal: refusal(code, facts) })

/** Acts that a client may ask for of its own batches; the others concern the house, its files and other clients too. */
const clientActs: readonly ActName[] = [
  'paid',
  'failed',
  'match',
  'match-return',
  'send-again',
  'fail-lines',
  'dismiss',
]

/** Longest texts of evidence, in characters. */
export const evidenceLimits = { by: 100, reason: 500, evidence: 2000, reference: 200 } as const

/** A card or account number, an ID number, or a mobile number that stands by itself in a text. */
const personal = /(?<![0-9A-Za-z])(\d{15,19}|\d{17}[Xx]|1[3-9]\d{9})(?![0-9A-Za-z])/

/** Everything that is wrong with a request by itself; empty when nothing is. */
export function requestRefusals({ act, evidence, client }: ResolutionRequest): readonly ResolutionRefusal[] {
  const texts = Object.entries(evidenceLimits).flatMap(([field, most]) => textRefusals(evidence, field, most))
  return client === undefined || clientActs.includes(act.kind)
    ? texts
    : [...texts, refusal('ACT_NOT_FOR_CLIENT', { act: act.kind })]
}

function textRefusals(evidence: Evidence, field: string, most: number): ResolutionRefusal[] {
  const text = new Map<string, string | undefined>(Object.entries(evidence)).get(field)
  if (text === undefined && field === 'reference') return []
  const length = text?.trim().length ?? 0
  if (length === 0 || (text?.length ?? 0) > most) return [refusal('EVIDENCE_INCOMPLETE', { field, most })]
  return field !== 'reference' && personal.test(text ?? '') ? [refusal('PERSONAL_DATA', { field })] : []
}
