/**
 * Named kill points: at a chosen moment of a chosen call through a port this process ends as by `kill -9`, or stops as
 * by `kill -STOP`, so that a drill meets the very moment that it is about. `README.md` beside it has the grammar.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { PortCall, PortWatch } from './port-call.ts'

/** One moment at which this process is to end or to stop. */
export interface KillPoint {
  /** The step's name, `intake` for requests to the API, `sweep` and `service` for what the process does by itself. */
  readonly place: string
  readonly call: PortCall
  /** At the n-th such moment of this thread, counted from 1. */
  readonly nth: number
}

/** The drill that a process was started for; it does one of both. */
export interface Drill {
  readonly killAt?: string
  readonly stopAt?: string
}

const grammar = /^([a-z]+):(db|bank|sms)\.([a-z][a-z-]*)\.(before|after)(?:#([1-9]\d{0,5}))?$/

/** Reads `send:bank.before-rename.after#1`; undefined for anything that is no kill point. */
export function readKillPoint(text: string): KillPoint | undefined {
  const [, place, port, verb, when, nth = '1'] = grammar.exec(text) ?? []
  if (place === undefined || verb === undefined) return undefined
  if (port !== 'db' && port !== 'bank' && port !== 'sms') return undefined
  if (when !== 'before' && when !== 'after') return undefined
  return { place, call: { port, verb, when }, nth: Number(nth) }
}

/** A moment by its name, without the number. */
export const momentName = (place: string, { port, verb, when }: PortCall): string =>
  `${place}:${port}.${verb}.${when}`

const places = new AsyncLocalStorage<string>()

/** Runs work under the name of its place, so that calls which it makes can be told from all others. */
export const inPlace = <T>(place: string, run: () => T): T => places.run(place, run)

/** The place of what runs now. */
export const placeNow = (): string => places.getStore() ?? 'service'

/** Ends or stops this process at the points of a drill. Throws a RangeError for a point that is none. */
export function drillWatch(drill: Drill): PortWatch {
  const kill = countdown(drill.killAt)
  const stop = countdown(drill.stopAt)
  return (call) => {
    const moment = momentName(placeNow(), call)
    if (stop(moment)) process.kill(process.pid, 'SIGSTOP')
    if (kill(moment)) return endHere()
    return undefined
  }
}

/** True at the n-th time that the moment is met, and never again: a process that was stopped goes on afterwards. */
function countdown(text: string | undefined): (moment: string) => boolean {
  if (text === undefined) return () => false
  const point = readKillPoint(text)
  if (!point) throw new RangeError(`${text} is no kill point`)
  const awaited = momentName(point.place, point.call)
  let left = point.nth
  return (moment) => moment === awaited && --left === 0
}

/** The signal ends every thread at once; nothing may go on meanwhile. */
function endHere(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}
