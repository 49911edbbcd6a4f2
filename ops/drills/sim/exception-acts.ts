/** What a person at the exceptions does: resolves by evidence, raises doubts, and tries what must be refused (R8). */
import { type DoubtSubject, raiseDoubt } from '../../../gateway/outcomes/resolution/raise-doubt.ts'
import type { ResolutionAct } from '../../../gateway/outcomes/resolution/resolution.ts'
import { resolveException } from '../../../gateway/outcomes/resolution/resolve-exception.ts'
import { findInstruction } from '../../../gateway/outcomes/resolution/standing-line-store.ts'
import { decideReturnsIn } from '../../../gateway/outcomes/treasury.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import type { OpenException } from './exception-desk-store.ts'
import type { Chaos } from './fault-kinds.ts'
import type { Insistence, InsistWorld } from './insist.ts'
import type { SimBank } from './sim-bank.ts'
import { linesById, type PlatformBatch } from './sim-platform.ts'
import type { InstructionEnd } from './sim-store.ts'
import { simClient } from './sim-world.ts'
import type { Violation } from './violation.ts'

/** What the desk is given. */
export interface ExceptionWorld extends InsistWorld {
  readonly chaos: Chaos
  readonly banks: readonly SimBank[]
  readonly batches: readonly PlatformBatch[]
  readonly contradicted: Set<string>
  readonly undecided: Set<string>
  /** True when nobody works on this file and no request of ours is still on its way to a bank. */
  readonly isQuiet: (fileId: number) => boolean
}

/** The desk with what it remembers. */
export interface Desk extends ExceptionWorld {
  readonly calls: Insistence
  readonly decided: Set<string>
  /** Lines about which a person asked the bank once more, since nothing else was left to ask about. */
  readonly doubted: Set<string>
  /** Acts that were refused, by exception. */
  readonly refused: Map<bigint, readonly string[]>
  readonly flaws: Violation[]
  /** True once the person works to the end. */
  healed: boolean
}

const mostRefusals = 3
const why = { by: 'sim-clerk', reason: 'asked the bank' }

/** True when an exception could not be ended, however often. */
export const isGivenUp = ({ refused }: Desk, { exceptionId }: OpenException): boolean =>
  (refused.get(exceptionId)?.length ?? 0) >= mostRefusals

/** What a person saw to be true and could not enter, however often. */
export const stuck = ({ refused }: Desk): Violation[] =>
  [...refused].flatMap(([exceptionId, said]) =>
    said.length < mostRefusals
      ? []
      : [{ invariant: 'R3', what: `exception ${exceptionId} cannot be ended: ${said.join(', ')}` }],
  )

/** R8: whoever sends money back while anything is in doubt must be refused. Nobody else is at work in a transaction. */
export function tryReturn({ calls, world, flaws }: Desk, { instructionId }: InstructionEnd): void {
  const { db } = world.assembly
  calls.insist(`return ${instructionId} in doubt`, 0, async () => {
    const done = await inTransaction(db, async (tx) => {
      const line = await findInstruction(tx, instructionId, simClient)
      if (line === undefined || !inDoubt.has(line.state)) return false
      const report = await decideReturnsIn(tx, world.clock.now(), simClient, [instructionId], why)
      return report.done.length > 0
    })
    if (done) flaws.push({ invariant: 'R8', what: `${instructionId} was sent back while it was in doubt` })
  })
}

/** States in which nobody can say what became of the money. */
export const inDoubt: ReadonlySet<string> = new Set(['in_flight', 'unknown', 'conflict'])

/** Raises a doubt, which makes an exception of it. */
export function raise({ calls, world }: Desk, subject: DoubtSubject): void {
  const name = subject.kind === 'file' ? subject.name : subject.instructionId
  calls.insist(`doubt ${name}`, 0, async () => void (await raiseDoubt(world.assembly, subject, why)))
}

/** Ends an exception by an act. */
export function resolve(desk: Desk, exception: OpenException, act: ResolutionAct): void {
  const { world, calls, chaos, trace, gateway, refused } = desk
  const { exceptionId } = exception
  const name = `resolve ${exceptionId} ${exception.kind} ${act.kind}`
  const evidence = { ...why, evidence: 'the books of the bank', reference: `S-${exceptionId}` }
  let tries = 0
  calls.insist(name, 0, async () => {
    tries += 1
    const report = await resolveException(world.assembly, { exceptionId, act, evidence })
    trace.note(`${name} is ${report.kind}`)
    const isKept = report.kind === 'refused' && report.refusals[0]?.code === 'ALREADY_RESOLVED' && tries > 1
    if (report.kind === 'resolved') gateway.wake(report.wakes)
    else if (!isKept) {
      const codes = report.refusals.map(({ code }) => code).join(' ')
      refused.set(exceptionId, [
        ...(refused.get(exceptionId) ?? []),
        `${exception.kind} ${act.kind}: ${codes}`,
      ])
      return
    }
    chaos.count('resolution')
    noteDecided(desk, exception, act)
  })
}

/** From here on the ledger has no excuse any more: the doubt about these accounts was ended by evidence. */
function noteDecided(
  desk: Desk,
  { kind, instructionId, bank, file }: OpenException,
  act: ResolutionAct,
): void {
  const { banks, batches, decided, contradicted, undecided } = desk
  if ((act.kind === 'paid' || act.kind === 'failed') && instructionId !== undefined) {
    const account = linesById(batches).get(instructionId)?.payeeAccount ?? ''
    decided.add(account)
    undecided.delete(account)
    // A contradiction that was laid and not read yet is still to come.
    if (kind === 'conflicting') contradicted.delete(account)
  }
  if (act.kind !== 'send-again' && act.kind !== 'fail-lines') return
  const own = banks.find(({ side }) => side.contracted.bank === bank)
  const refusedFile = own?.taken.find(({ sealedName }) => sealedName === file?.sealedName)
  for (const { payeeAccount } of refusedFile?.lines ?? []) decided.add(payeeAccount)
}
