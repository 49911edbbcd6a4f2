/** What the literals of legal moves allow when they are walked in every order, not edge by edge. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bankFileMoves } from '../../../gateway/dispatch/bank-file.ts'
import { inDoubtStates, instructionMoves } from '../../../gateway/ledger/instruction-states.ts'
import { inboundMoves } from '../../../gateway/transfer/collect/inbound-file.ts'

type Moves = Readonly<Record<string, Readonly<Record<string, string>>>>

const all: readonly (readonly [string, Moves, readonly string[]])[] = [
  ['an instruction', instructionMoves, ['waiting', 'held']],
  ['a bank file', bankFileMoves, ['planned']],
  ['an inbound file', inboundMoves, ['collected']],
]

const nextOf = (moves: Moves, state: string): string[] => Object.keys(moves[state] ?? {})

/** Every state that can follow, in one move or in many; the state itself only when a ring leads back. */
function reachable(moves: Moves, from: string, closed: readonly string[] = []): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (state: string): void => {
    for (const next of nextOf(moves, state)) {
      if (found.has(next) || closed.includes(next)) continue
      found.add(next)
      visit(next)
    }
  }
  visit(from)
  return found
}

describe.each(all)('%s', (_, moves, begins) => {
  it('can come to every state from where it begins, and to none that has no name', () => {
    const found = new Set([...begins, ...begins.flatMap((begin) => [...reachable(moves, begin)])])
    expect([...found].sort()).toEqual(Object.keys(moves).sort())
  })

  it('never stays where it is by a move, and has a cause in words for each', () => {
    for (const [from, to] of Object.entries(moves)) {
      expect(Object.keys(to)).not.toContain(from)
      for (const cause of Object.values(to)) expect(cause).toMatch(/\w+ \w+/)
    }
  })
})

describe('an instruction', () => {
  it('that was paid, failed or came back is never sent again: a child is', () => {
    for (const state of ['paid', 'failed', 'returned', 'correcting', 'treasury_pending', 'reissued']) {
      expect(reachable(instructionMoves, state)).not.toContain('waiting')
      expect(reachable(instructionMoves, state)).not.toContain('in_flight')
    }
  })

  it('F76: in doubt is neither corrected, re-issued nor returned to the treasury by any move', () => {
    for (const state of inDoubtStates) {
      const next = nextOf(instructionMoves, state)
      for (const act of ['correcting', 'reissued', 'treasury_pending', 'treasury_returned'])
        expect(next, state).not.toContain(act)
    }
  })

  it('that was ever paid is re-issued only after its money came back, or after people denied the payment', () => {
    const found = reachable(instructionMoves, 'paid', ['returned', 'conflict'])
    expect([...found]).toEqual([])
  })

  it('has one end from which nothing leads on, and from every other state a way to rest', () => {
    const ends = Object.keys(instructionMoves).filter((state) => nextOf(instructionMoves, state).length === 0)
    expect(ends).toEqual(['reissued'])
    const rests = ['paid', 'treasury_returned', 'reissued']
    for (const state of Object.keys(instructionMoves))
      expect(rests.some((rest) => rest === state || reachable(instructionMoves, state).has(rest))).toBe(true)
  })
})

describe('a bank file', () => {
  it('that the bank has is never sealed, and so never sent, again', () => {
    for (const state of ['sent', 'acknowledged', 'answered', 'closed', 'refused'])
      expect(reachable(bankFileMoves, state)).not.toContain('sending')
  })

  it('whatever happens in whatever order, is sent at most once after the bank had it', () =>
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (choices) => {
        const way = ['planned']
        for (const choice of choices) {
          const next = nextOf(bankFileMoves, way.at(-1) ?? '')
          if (next.length === 0 || way.length > 60) break
          way.push(next[choice % next.length] ?? '')
        }
        const had = way.findIndex((state) => ['sent', 'acknowledged', 'answered', 'refused'].includes(state))
        if (had >= 0) expect(way.slice(had)).not.toContain('sending')
      }),
      { numRuns: 2_000 },
    ))
})
