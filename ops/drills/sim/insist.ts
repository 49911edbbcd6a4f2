/** Clients and people who do a call again, with the same arguments, until it is answered. */
import type { IntakeNeeds } from '../../../gateway/intake/intake-needs.ts'
import type { Agenda } from './agenda.ts'
import type { SimGateway } from './sim-gateway.ts'
import type { SimWorld } from './sim-world.ts'
import type { Trace } from './trace.ts'

/** What insisting needs. */
export interface InsistWorld {
  readonly world: SimWorld
  readonly gateway: SimGateway
  readonly agenda: Agenda
  readonly trace: Trace
}

/** The calls of one client or person. */
export interface Insistence {
  /** True while a call is not answered yet. */
  readonly busy: boolean
  /** Makes a call in `inMs`, on any instance, and again half a minute after each fault. */
  insist(name: string, inMs: number, work: (needs: IntakeNeeds) => Promise<void>): void
}

const retryMs = 30_000

/** Begins with no call under way. */
export function openInsistence({ world, gateway, agenda, trace }: InsistWorld): Insistence {
  let underWay = 0
  const insist: Insistence['insist'] = (name, inMs, work) => {
    underWay += 1
    const at = new Date(world.clock.now().getTime() + inMs)
    const act = (): void => {
      const task = gateway.call(name, async (needs) => {
        try {
          await work(needs)
          trace.note(`${name} is answered`)
        } catch (error) {
          insist(name, retryMs, work)
          if (!(error instanceof Error && 'code' in error) && !task.life.dead) throw error
        } finally {
          underWay -= 1
        }
      })
      trace.note(`${name} goes to ${task.life.instance}`)
    }
    agenda.add({ at, name, act })
  }
  return {
    insist,
    get busy() {
      return underWay > 0
    },
  }
}
