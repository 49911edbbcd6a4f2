/** Thrown by routes to answer with a problem of the catalogue; carries only what a client may read. */
import { type ProblemCode, problemOf } from './problems.ts'

/** One thing that is wrong with a request. `pointer` is a JSON pointer into the body, `line` counts from 1. */
export interface ProblemDetail {
  readonly code: string
  readonly field: string
  readonly messageZh: string
  readonly messageEn: string
  readonly pointer?: string
  readonly part?: number
  readonly line?: number
  readonly level?: string
  readonly facts?: Readonly<Record<string, string | number>>
}

/** What an answer says besides its code. */
export interface ProblemFacts {
  /** One English sentence on this occurrence; the title when there is no more to say. */
  readonly detail?: string
  readonly errors?: readonly ProblemDetail[]
  /** Members of the answer beside the standard ones. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal on its way to the client. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: ProblemCode
  readonly facts: ProblemFacts

  constructor(code: ProblemCode, facts: ProblemFacts = {}) {
    super(problemOf(code).title)
    this.code = code
    this.facts = facts
  }
}
