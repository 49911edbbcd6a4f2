/** What happens outside of the gateway without anybody asking: banks look into their folders, the platform follows. */
import type { Agenda } from './agenda.ts'
import type { Chaos } from './fault-kinds.ts'
import type { PlatformDesk } from './platform-desk.ts'
import type { Streams } from './scenario.ts'
import { planAnswers } from './sim-answers.ts'
import type { SimBank } from './sim-bank.ts'
import { lookNow } from './sim-store.ts'
import type { SimWorld } from './sim-world.ts'
import type { Trace } from './trace.ts'

/** The outside of a run. */
export interface Outside {
  readonly world: SimWorld
  readonly chaos: Chaos
  readonly streams: Streams
  readonly trace: Trace
  readonly banks: readonly SimBank[]
  readonly desk: PlatformDesk
  readonly agenda: Agenda
  /** Accounts of which a bank said paid and failed, or nothing final. */
  readonly contradicted: Set<string>
  readonly undecided: Set<string>
  /** No faults any more: banks take whatever is there. */
  healing: boolean
}

const minuteMs = 60_000

/** A bank looks into its folder again and again, and takes what is complete. */
export function planLook(run: Outside, bank: SimBank): void {
  const { world, agenda, streams } = run
  const at = new Date(world.clock.now().getTime() + (10 + streams.banks.below(240)) * minuteMs)
  agenda.add({
    at,
    name: `${bank.side.contracted.bank} looks`,
    outside: true,
    act: async () => {
      for (const name of bank.arrivals())
        if (run.healing || streams.banks.chance(700)) await takeFile(run, bank, name)
      planLook(run, bank)
    },
  })
}

async function takeFile(run: Outside, bank: SimBank, sealedName: string): Promise<void> {
  const { world, agenda, chaos, trace, contradicted, undecided } = run
  const { bank: code, bankNo, profile } = bank.side.contracted
  const refusing = profile.refusalAnswers.length > 0 && chaos.strikes('refusal')
  const file = await bank.take(sealedName, refusing)
  trace.note(`${code} takes ${file.name}${refusing ? ' and will refuse it' : ''}`)
  const look = (): Promise<void> => lookNow(world.assembly.db, bankNo, world.clock.now())
  planAnswers({ bank, agenda, chaos, clock: world.clock, trace, contradicted, undecided, look }, file)
}

/** A bank that takes files the moment they are complete, so that nothing is left to look at when we confirm (F41). */
export async function takeAtOnce(run: Outside): Promise<void> {
  const bank = run.streams.course.pick(run.banks)
  const [first] = bank.arrivals()
  if (first !== undefined) await takeFile(run, bank, first)
}

/** The platform reads the feed and works from time to time. */
export function planFollowing(run: Outside): void {
  const { world, agenda, streams, desk } = run
  const at = new Date(world.clock.now().getTime() + (120 + streams.platform.below(600)) * minuteMs)
  agenda.add({
    at,
    name: 'the platform follows',
    act: async () => {
      await desk.follow()
      if (!desk.busy) await desk.work()
      planFollowing(run)
    },
  })
}
