/**
 * Every world in which a sending may have been cut off, and what we decide from what can be seen of it. A file that the
 * bank has, or may still get, is never taken for undelivered; one that it does not have is never taken for delivered.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decideQuery,
  type ExchangeOutcome,
  type PastExchange,
  saidSince,
} from '../../../gateway/transfer/api/decide-query.ts'
import type { RemoteEvidence } from '../../../gateway/transfer/channel.ts'
import { decideDelivery, isAbsent } from '../../../gateway/transfer/decide-delivery.ts'

const [none, ours, less, other] = [undefined, { sizeBytes: 1000 }, { sizeBytes: 400 }, { sizeBytes: 999 }]
/** As long as ours, and read back or not. */
const [double, known] = [{ sizeBytes: 1000 }, { sizeBytes: 1000, bytes: 'others' as const }]

/** A world of folders: how far the sending came, what the bank did with the file, who else wrote there. */
interface Folders {
  readonly stage: 'uploading' | 'renaming' | undefined
  readonly renamed: boolean
  readonly takenAway: boolean
  readonly part: { readonly sizeBytes: number } | undefined
  readonly stranger: { readonly sizeBytes: number } | undefined
}

const flags = [false, true]
const everyWorld: readonly Folders[] = ([undefined, 'uploading', 'renaming'] as const).flatMap((stage) =>
  flags.flatMap((renamed) =>
    flags.flatMap((takenAway) =>
      [none, less, ours].flatMap((part) =>
        [none, other, double, known].map((stranger) => ({ stage, renamed, takenAway, part, stranger })),
      ),
    ),
  ),
)

/**
 * The rename is asked for after that was recorded, takes the part away, and never goes over another file. Nobody but us
 * takes a part away in the moment in which a stranger lays a file of its very size.
 */
const canBe = ({ stage, renamed, takenAway, part, stranger }: Folders): boolean =>
  renamed
    ? stage === 'renaming' && part === none && (stranger === none || takenAway)
    : !takenAway && !(stage === 'renaming' && stranger === double && part === none)

const seen = ({ renamed, takenAway, part, stranger }: Folders): RemoteEvidence => {
  const final = renamed && !takenAway ? ours : stranger
  return { ...(final && { final }), ...(part && { part }) }
}

describe('F27: every world of folders', () => {
  const worlds = everyWorld.filter(canBe)

  it('is looked at', () => expect(worlds.length).toBeGreaterThan(20))

  it('is never taken for undelivered where the bank has the file, nor for delivered where it has not', () => {
    for (const world of worlds) {
      const { kind } = decideDelivery({ sealedBytes: 1000, sendStage: world.stage }, seen(world))
      if (world.renamed) expect(kind, JSON.stringify(world)).not.toBe('not-delivered')
      else expect(kind, JSON.stringify(world)).not.toBe('delivered')
    }
  })

  it('is decided where there is no room for doubt', () => {
    const sure = worlds.filter(({ stage, stranger }) => stage !== 'renaming' && stranger === none)
    for (const world of sure)
      expect(decideDelivery({ sealedBytes: 1000, sendStage: world.stage }, seen(world)).kind).toBe(
        'not-delivered',
      )
  })
})

const settleMinutes = 15
const at = (minutes: number): Date => new Date(Date.UTC(2026, 10, 23, 1, minutes))

/** A bank behind an API: it knows a file some minutes after it was handed over, or never; answers may be lost or garbled. */
interface ApiWorld {
  /** Minutes until the bank can find the file; undefined when it never got it. */
  readonly knownAfter: number | undefined
  readonly queries: readonly { readonly after: number; readonly line: 'fine' | 'lost' | 'garbled' | 'busy' }[]
}

const anyApiWorld: fc.Arbitrary<ApiWorld> = fc.record({
  knownAfter: fc.option(fc.integer({ min: 0, max: settleMinutes }), { nil: undefined }),
  queries: fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 40 }),
      line: fc.constantFrom('fine', 'lost', 'garbled', 'busy'),
    }),
    { maxLength: 8 },
  ),
})

const lineOutcomes = { lost: 'unanswered', garbled: 'unclear', busy: 'busy' } as const

/** What is written down of that world, in order. */
function heard({ knownAfter, queries }: ApiWorld): PastExchange[] {
  let minute = 0
  const asked = queries.map(({ after, line }): PastExchange => {
    minute += after
    const truth: ExchangeOutcome =
      knownAfter !== undefined && minute >= knownAfter ? 'in-progress' : 'not-known'
    return { purpose: 'query', begunAt: at(minute), outcome: line === 'fine' ? truth : lineOutcomes[line] }
  })
  return [{ purpose: 'send', begunAt: at(0), attempt: 1n, outcome: 'unanswered' }, ...asked]
}

describe('F49: every world behind an API', () => {
  it('is never taken for undelivered where the bank has the file or still gets it in time, nor the other way', () =>
    fc.assert(
      fc.property(anyApiWorld, (world) => {
        const said = saidSince(heard(world), settleMinutes)
        const { kind } = decideDelivery({ sealedBytes: 1000, sendStage: 'renaming' }, { said })
        if (world.knownAfter !== undefined) expect(kind).not.toBe('not-delivered')
        else expect(kind).not.toBe('delivered')
        if (said.kind === 'not-known' && kind === 'not-delivered') expect(isAbsent(said)).toBe(true)
      }),
      { numRuns: 5_000 },
    ))

  it('F49: is never taken for undelivered once the bank said that it has the file, whatever it forgets later', () =>
    fc.assert(
      fc.property(anyApiWorld, fc.nat(300), (world, forgetsAfter) => {
        const past = heard(world).map((call) => {
          const forgets = call.begunAt > at(forgetsAfter) && call.outcome === 'in-progress'
          return forgets ? { ...call, outcome: 'not-known' as const } : call
        })
        const said = saidSince(past, settleMinutes)
        const { kind } = decideDelivery({ sealedBytes: 1000, sendStage: 'renaming' }, { said })
        if (past.some(({ outcome }) => outcome === 'in-progress')) expect(kind).toBe('delivered')
      }),
      { numRuns: 5_000 },
    ))
})

describe('a bank that may be asked so often and so many times', () => {
  const outcomes: readonly (ExchangeOutcome | undefined)[] = [
    ...(['accepted', 'in-progress', 'refused', 'not-known', 'unclear', 'unanswered', 'busy'] as const),
    'not-sent',
    undefined,
  ]
  const terms = { firstAfterMinutes: 30, everyMinutes: 10, most: 5 }
  const mayHaveBeenAnswered = new Set(['accepted', 'in-progress', 'unclear', 'unanswered', undefined])

  it('F52: is never asked too early, too often or once too many, whatever it answers and whenever we look', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(...outcomes)), {
          maxLength: 80,
          size: 'max',
        }),
        (looks) => {
          const past: PastExchange[] = [{ purpose: 'send', begunAt: at(0), attempt: 1n, outcome: 'accepted' }]
          let minute = 0
          for (const [pause, outcome] of looks) {
            minute += pause
            if (decideQuery(past, terms, at(minute)).kind === 'ask')
              past.push({ purpose: 'query', begunAt: at(minute), outcome })
          }
          const queries = past.filter(({ purpose }) => purpose === 'query')
          const minutes = queries
            .filter(({ outcome }) => outcome !== 'not-sent')
            .map(({ begunAt }) => (begunAt.getTime() - at(0).getTime()) / 60_000)
          for (const [index, asked] of minutes.entries())
            expect(asked).toBeGreaterThanOrEqual(index === 0 ? 30 : (minutes[index - 1] ?? 0) + 10)
          const counted = queries.filter(({ outcome }) => mayHaveBeenAnswered.has(outcome))
          // One of five is kept back for the day on which the answer is late.
          expect(counted.length).toBeLessThanOrEqual(4)
        },
      ),
      { numRuns: 2_000 },
    ))
})
