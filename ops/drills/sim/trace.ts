/** What happened in a run, ids only: the digest tells two runs apart, the last events tell a person what led to a failure. */
import { createHash } from 'node:crypto'

/** Takes events in their order. */
export interface Trace {
  note(event: string): void
  /** Of all events so far, in hex; equal for two runs that went the same way. */
  digest(): string
  /** The last events, oldest first. */
  last(): readonly string[]
  readonly events: number
}

const keptEvents = 60

/** Begins a trace; `say` sees each event, for whoever replays a seed. */
export function openTrace(say: (event: string) => void = () => {}): Trace {
  const hash = createHash('sha256')
  const kept: string[] = []
  let events = 0
  return {
    note(event) {
      events += 1
      hash.update(`${event}\n`)
      kept.push(`${events} ${event}`)
      if (kept.length > keptEvents) kept.shift()
      say(`${events} ${event}`)
    },
    digest: () => hash.copy().digest('hex').slice(0, 32),
    last: () => kept,
    get events() {
      return events
    },
  }
}
