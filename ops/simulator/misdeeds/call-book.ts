/**
 * Counts the calls at a bank's door that rules choose among, on disk, so that a bank that was killed goes on counting
 * where it was: "the second upload" stays the second one.
 */
import { z } from 'zod'
import { openAppendLog, readLog } from '../append-log.ts'
import type { FaultRule } from './fault-rule.ts'
import type { MisdeedName } from './misdeed-catalog.ts'
import { type Chooser, holdsOn, isOf } from './pick-occasions.ts'

const counted = z.object({ rule: z.string(), at: z.string(), hit: z.boolean() })

/** The rules of one door and how often each was asked for. */
export interface CallBook {
  /** Counts an occasion and gives the first rule of this misdeed that holds on it. Rules that `fits` leaves out do not count. */
  hit(name: MisdeedName, fits?: (rule: FaultRule) => boolean): Promise<FaultRule | undefined>
  /** When a rule last held, in simulated time. */
  lastHit(name: MisdeedName): Date | undefined
  /** Rules of this misdeed, whether they hold now or not. */
  rules(name: MisdeedName): readonly FaultRule[]
  close(): Promise<void>
}

/** A book without rules, for doors where nothing goes wrong. */
export const emptyCallBook: CallBook = {
  hit: async () => undefined,
  lastHit: () => undefined,
  rules: () => [],
  close: async () => undefined,
}

/** Opens the book at `path`; `now` is simulated time. */
export async function openCallBook(
  path: string,
  script: readonly FaultRule[],
  chooser: Chooser,
  now: () => Date,
): Promise<CallBook> {
  const mine = script.filter((rule) => isOf(rule, chooser.bank))
  if (mine.length === 0) return emptyCallBook
  const counts = new Map<string, number>()
  const hits = new Map<string, Date>()
  for await (const stored of readLog(path)) {
    const { rule, at, hit } = counted.parse(stored)
    counts.set(rule, (counts.get(rule) ?? 0) + 1)
    if (hit) hits.set(rule, new Date(at))
  }
  const log = await openAppendLog(path)
  let turn: Promise<unknown> = Promise.resolve()
  const count = async (rule: FaultRule): Promise<boolean> => {
    const key = JSON.stringify(rule)
    const number = (counts.get(key) ?? 0) + 1
    counts.set(key, number)
    const hit = holdsOn(rule, chooser, number)
    const at = now()
    if (hit) hits.set(key, at)
    await log.write([{ rule: key, at: at.toISOString(), hit }])
    return hit
  }
  const first = async (rules: readonly FaultRule[]): Promise<FaultRule | undefined> => {
    let found: FaultRule | undefined
    for (const rule of rules) if (await count(rule)) found ??= rule
    return found
  }
  return {
    hit(name, fits = () => true) {
      const rules = mine.filter((rule) => rule.do === name && fits(rule))
      if (rules.length === 0) return Promise.resolve(undefined)
      const asked = turn.then(() => first(rules))
      turn = asked.catch(() => undefined)
      return asked
    },
    lastHit: (name) =>
      [...hits].findLast(([rule]) =>
        mine.some((one) => one.do === name && JSON.stringify(one) === rule),
      )?.[1],
    rules: (name) => mine.filter((rule) => rule.do === name),
    async close() {
      await turn
      await log.close()
    },
  }
}
