/**
 * What must hold where people and strangers had a hand in it: files of others stay as they are and people are told of
 * them, and what a person decided by evidence is final.
 */
import type { Db } from '../../../gateway/store/pool.ts'
import { openStates } from './exception-desk.ts'
import { readNamesTaken } from './exception-desk-store.ts'
import type { AccountBook } from './sim-bank.ts'
import { linesById, type PlatformBatch } from './sim-platform.ts'
import type { InstructionEnd } from './sim-store.ts'
import type { Violation } from './violation.ts'

/** What people and strangers did in a run. */
export interface PeopleView {
  readonly batches: readonly PlatformBatch[]
  /** Accounts of which a bank said paid and failed, or nothing final. */
  readonly contradicted: ReadonlySet<string>
  readonly undecided: ReadonlySet<string>
  /** Accounts of instructions that a person decided by evidence. */
  readonly decided: ReadonlySet<string>
  /** True when a person worked through the exceptions until nothing was left that evidence could end. */
  readonly attended: boolean
  /** Acts of people that were refused again and again, and returns that were decided in doubt. */
  readonly acts: readonly Violation[]
  /** Files of somebody else that lay under final names of ours. */
  readonly foreign: readonly { readonly bank: string; readonly name: string }[]
}

/** F38: what lay under a final name of ours was written over. */
export const checkForeign = (
  lost: readonly { readonly bank: string; readonly name: string }[],
): Violation[] =>
  lost.map(({ bank, name }) => ({ invariant: 'I8', what: `the ${name} of somebody else at ${bank} is gone` }))

/** F38: people are told of every name that was taken, even if whoever met it first was broken off. */
export async function checkNamesTaken(db: Db, { foreign }: PeopleView): Promise<Violation[]> {
  if (foreign.length === 0) return []
  const told = await readNamesTaken(db)
  return foreign
    .filter(({ bank, name }) => !told.has(`${bank} ${name}`))
    .map(({ bank, name }) => ({
      invariant: 'F38',
      what: `nobody was told that ${name} at ${bank} was taken`,
    }))
}

/** R3: what a person decided by evidence is final, unless the bank spoke against itself afterwards. */
export function checkDecided(
  { decided, contradicted, undecided, batches }: PeopleView,
  ends: readonly InstructionEnd[],
): Violation[] {
  const lines = linesById(batches)
  return ends.flatMap(({ instructionId, state }) => {
    const account = lines.get(instructionId)?.payeeAccount ?? ''
    if (!decided.has(account) || contradicted.has(account) || undecided.has(account)) return []
    return openStates.has(state)
      ? [{ invariant: 'R3', what: `${instructionId} was decided by a person and is ${state}` }]
      : []
  })
}

/** I15: a person has the bank's own word on an instruction, and it waits all the same. */
export function leftOpen({ state }: InstructionEnd, book: AccountBook | undefined): Violation | undefined {
  // A contradiction about money that came back is told by no single word of the bank.
  if (!book || !openStates.has(state) || (state === 'conflict' && book.returns > 0)) return undefined
  return { invariant: 'I15', what: `${state} although a person knows better` }
}
