/** One exception as a person sees it before deciding: where things stand now, what may be done, and what was done. */
import type { BankBook } from '../../banks/bank-book.ts'
import type { Queryable } from '../../store/pool.ts'
import { type ExceptionRow, listExceptions } from '../../transfer/exception-store.ts'
import { type ActVerdict, type ResolutionFacts, weighActs } from './decide-acts.ts'
import { readFacts } from './exception-facts.ts'
import { findResolution, type KeptResolution } from './kept-resolution-store.ts'
import { concernsClient, findException } from './resolution-store.ts'

/** An exception with everything around it. */
export interface ExceptionShown extends ExceptionRow {
  readonly stands: {
    readonly line: string | undefined
    readonly file: string | undefined
    readonly inbound: string | undefined
  }
  /** Every act of its queue with what speaks against it; acts of other queues are left out. */
  readonly acts: readonly ActVerdict[]
  readonly resolution: KeptResolution | undefined
}

/** Shows one; undefined when there is none, or it is not the client's. */
export async function showException(
  db: Queryable,
  bankBook: BankBook | undefined,
  exceptionId: bigint,
  client?: string,
): Promise<ExceptionShown | undefined> {
  if (client !== undefined && !(await concernsClient(db, exceptionId, client))) return undefined
  const [row] = await listExceptions(db, { after: exceptionId - 1n, limit: 1 })
  const subject = row?.exceptionId === exceptionId ? await findException(db, exceptionId) : undefined
  if (!row || !subject) return undefined
  const facts = await readFacts(db, bankBook, subject)
  return {
    ...row,
    stands: stands(facts),
    acts: weighActs(subject, facts).filter(({ against }) => against !== 'ACT_NOT_FOR_KIND'),
    resolution: row.resolutionId === undefined ? undefined : await findResolution(db, row.resolutionId),
  }
}

const stands = ({ line, file, inbound }: ResolutionFacts): ExceptionShown['stands'] => ({
  line: line?.state,
  file: file?.state,
  inbound: inbound?.state,
})
