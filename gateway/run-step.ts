/**
 * Runs one step of the journey under a claim: claim the due row, act, and let the step record its end in its own
 * transaction. What goes wrong is put off by the fault's own rule; a lease that is lost stops the step.
 */
import { asFault, Fault } from './faults.ts'
import {
  addDueWork,
  type Claim,
  claimDueWork,
  postponeDueWork,
  renewLease,
  type StepName,
} from './ledger/due-work-store.ts'
import type { Needs } from './needs.ts'

/** Work that a step made due, to be woken at once instead of at the next sweep. */
export interface Wake {
  readonly step: StepName
  readonly subject: string
}

/** How a step ended: done (it finished its own row), or to be looked at again at a business time. */
export type StepEnd =
  | { readonly kind: 'done'; readonly wakes?: readonly Wake[] }
  | { readonly kind: 'later'; readonly at: Date; readonly wakes?: readonly Wake[] }

/** A step acts on one subject under a claim. */
export type Step<StepNeeds> = (needs: StepNeeds, subject: string, claim: Claim) => Promise<StepEnd>

/** What became of a wake-up. `idle`: the work was not due, or another worker has it. */
export type StepRun =
  | { readonly kind: 'idle' }
  | { readonly kind: 'done'; readonly wakes: readonly Wake[] }
  | { readonly kind: 'put-off'; readonly fault: Fault; readonly until: Date; readonly tries: number }

// A machine that is lost without a word is over its leases within a minute, the sweep included.
const leaseSeconds = 45
const heartbeatMs = 10_000

/** Claims and runs one step. Throws only when the database itself cannot be reached. */
export async function runStep<StepNeeds extends Pick<Needs, 'db' | 'clock' | 'leaseHolder'>>(
  step: Step<StepNeeds>,
  needs: StepNeeds,
  name: StepName,
  subject: string,
): Promise<StepRun> {
  const holder = (): number | undefined => needs.leaseHolder?.current()
  const claim = await claimDueWork(needs.db, name, subject, needs.clock.now(), leaseSeconds, holder())
  if (!claim) return { kind: 'idle' }
  const heartbeat = setInterval(
    () => void renewLease(needs.db, claim, leaseSeconds, holder()).catch(() => {}),
    heartbeatMs,
  )
  try {
    const end = await step(needs, subject, claim)
    if (end.kind === 'later') await postponeDueWork(needs.db, claim, end.at)
    return { kind: 'done', wakes: end.wakes ?? [] }
  } catch (error) {
    const fault = asFault(error)
    const until = new Date(needs.clock.now().getTime() + pauseMs(fault, claim.tries))
    const held = await postponeDueWork(needs.db, claim, until, fault.code)
    return { kind: 'put-off', fault: held ? fault : overtaken(claim, error), until, tries: claim.tries + 1 }
  } finally {
    clearInterval(heartbeat)
  }
}

/** Whatever a worker ran into after another had taken over, it says nothing of the work, only of what the other left. */
const overtaken = ({ step, subject }: Claim, cause: unknown): Fault =>
  new Fault('LEASE_LOST', { step, subject }, cause)

/** How long to wait after a fault, in milliseconds: quick at first, ten minutes at most; a person is told meanwhile. */
export function pauseMs(fault: Fault, tries: number): number {
  const ceilingMs = 600_000
  return fault.entry.retry === 'never' ? ceilingMs : Math.min(2_000 * 2 ** tries, ceilingMs)
}

/** Makes a step due now and names it for waking. */
export async function due(
  tx: Parameters<typeof addDueWork>[0],
  step: StepName,
  subject: number | string,
  at: Date,
): Promise<Wake> {
  await addDueWork(tx, step, subject, at)
  return { step, subject: String(subject) }
}
