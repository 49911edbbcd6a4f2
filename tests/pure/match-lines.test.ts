/** What a line of an answer means beside what was said before, and that the order of saying it does not matter (I5). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../formats/bank-file.ts'
import { lineSerial } from '../../gateway/ledger/line-serial.ts'
import { type EarlierAnswer, matchLines } from '../../gateway/results/match-lines.ts'

const file = { fileId: 42, loSeq: 11, hiSeq: 20, gaps: [15], members: undefined }
const of = (seq: number, fileId = 42): string => lineSerial(fileId, seq)

const outcomes: readonly Outcome[] = ['paid', 'failed', 'open', 'unknown', 'returned']

/** What each outcome means after each thing that was known. */
const table: readonly [EarlierAnswer | 'nothing', string, string, string, string, string][] = [
  // known        paid           failed         open    unknown     returned
  ['nothing', 'final', 'final', 'open', 'unknown', 'returned'],
  ['unknown', 'final', 'final', 'open', 'unknown', 'returned'],
  ['paid', 'repeated', 'conflicting', 'open', 'repeated', 'returned'],
  ['failed', 'conflicting', 'repeated', 'open', 'repeated', 'returned'],
  ['returned', 'final', 'conflicting', 'open', 'repeated', 'second-return'],
  ['conflict', 'conflicting', 'conflicting', 'open', 'repeated', 'returned'],
]

describe('a line', () => {
  it.each(table)('after %s', (known, ...verdicts) => {
    const earlier = known === 'nothing' ? [] : [{ seq: 12, answer: known }]
    const given = outcomes.map((outcome) => matchLines(file, earlier).match({ serial: of(12), outcome }).kind)
    expect(given).toEqual(verdicts)
  })

  it('that came back after it was paid is paid by a repetition and contradicted by a failure', () => {
    const earlier = [
      { seq: 12, answer: 'paid' as const },
      { seq: 12, answer: 'returned' as const },
    ]
    expect(matchLines(file, earlier).match({ serial: of(12), outcome: 'paid' }).kind).toBe('repeated')
    expect(matchLines(file, earlier).match({ serial: of(12), outcome: 'failed' }).kind).toBe('conflicting')
  })

  it.each([
    { serial: of(12), verdict: { kind: 'final', seq: 12, paid: true } },
    { serial: '00000012', verdict: { kind: 'final', seq: 12, paid: true } },
    { serial: '12', verdict: { kind: 'final', seq: 12, paid: true } },
    { serial: of(15), verdict: { kind: 'not-in-file', seq: 15 } },
    { serial: of(10), verdict: { kind: 'not-in-file', seq: 10 } },
    { serial: of(21), verdict: { kind: 'not-in-file', seq: 21 } },
    { serial: of(12, 43), verdict: { kind: 'other-file', fileId: 43 } },
    { serial: '', verdict: { kind: 'orphan' } },
    { serial: '0', verdict: { kind: 'orphan' } },
    { serial: 'A0000012', verdict: { kind: 'orphan' } },
    { serial: ' 12', verdict: { kind: 'orphan' } },
    { serial: '000000000000000000012', verdict: { kind: 'orphan' } },
  ])('with the serial "$serial" is told apart', ({ serial, verdict }) =>
    expect(matchLines(file).match({ serial, outcome: 'paid' })).toEqual(verdict),
  )

  it('that the bank named by its place is the line at that place, and no line beyond the last', () => {
    const matcher = matchLines(file)
    const named = (seq: number) => matcher.match({ serial: '1', outcome: 'paid', seq })
    expect(named(12)).toEqual({ kind: 'final', seq: 12, paid: true })
    expect(named(0)).toEqual({ kind: 'orphan' })
  })

  it('of a file of released lines is matched by membership', () => {
    const matcher = matchLines({ ...file, members: [11, 14, 20] })
    const kinds = [11, 12, 14, 20].map((seq) => matcher.match({ serial: of(seq), outcome: 'paid' }).kind)
    expect(kinds).toEqual(['final', 'not-in-file', 'final', 'final'])
  })
})

type Row = { readonly seq: number; readonly outcome: Outcome }

/** What the ledger knows of the lines: first final answers, and states of their own. */
interface Known {
  readonly finals: Map<number, 'paid' | 'failed'>
  readonly states: Map<number, 'unknown' | 'returned' | 'conflict'>
}

/**
 * Applies one answer as the ledger does: finals first, then unknown, contradictions and returns; a return of what was
 * never paid contradicts, and a contradiction stays.
 */
function apply({ finals, states }: Known, rows: readonly Row[]): void {
  const earlier = [...finals, ...states].map(([seq, answer]) => ({ seq, answer }))
  const matcher = matchLines(file, earlier)
  const verdicts = rows.map(({ seq, outcome }) => matcher.match({ serial: of(seq), outcome }))
  for (const verdict of verdicts) {
    if (verdict.kind !== 'final') continue
    finals.set(verdict.seq, verdict.paid ? 'paid' : 'failed')
    states.delete(verdict.seq)
  }
  const mark = (
    kind: string,
    to: 'unknown' | 'returned' | 'conflict',
    may: (seq: number) => boolean,
  ): void => {
    for (const verdict of verdicts)
      if (verdict.kind === kind && 'seq' in verdict && may(verdict.seq)) states.set(verdict.seq, to)
  }
  mark('unknown', 'unknown', (seq) => !finals.has(seq) && !states.has(seq))
  mark('conflicting', 'conflict', (seq) => states.get(seq) !== 'returned')
  mark('returned', 'conflict', (seq) => finals.get(seq) !== 'paid')
  mark('returned', 'returned', (seq) => !states.has(seq))
}

/** The state of every line after answers that come one after the other. */
function statesAfter(...answers: readonly (readonly Row[])[]): Record<number, string> {
  const known: Known = { finals: new Map(), states: new Map() }
  for (const rows of answers) apply(known, rows)
  return Object.fromEntries([...known.finals, ...known.states].sort(([a], [b]) => a - b))
}

const rowsOf = (said: readonly Outcome[]) =>
  fc.array(fc.record({ seq: fc.integer({ min: 11, max: 14 }), outcome: fc.constantFrom(...said) }), {
    maxLength: 12,
  })
const anyRows = rowsOf(outcomes)
const shuffled = (rows: fc.Arbitrary<Row[]>) =>
  rows.chain((some) =>
    fc.tuple(
      fc.constant(some),
      fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length }),
    ),
  )

describe('F59: what a bank says', () => {
  it('in one answer comes to the same in any order of its lines', () =>
    fc.assert(
      fc.property(shuffled(anyRows), ([rows, mixed]) => {
        expect(statesAfter(mixed)).toEqual(statesAfter(rows))
      }),
      { numRuns: 500 },
    ))

  it('in one answer or in several, in any order, comes to the same', () =>
    fc.assert(
      fc.property(
        shuffled(rowsOf(['paid', 'failed', 'open', 'unknown'])),
        fc.array(fc.nat(12), { maxLength: 3 }),
        ([rows, mixed], cuts) => {
          const ends = [...cuts, mixed.length].sort((a, b) => a - b)
          const answers = ends.map((end, at) => mixed.slice(at === 0 ? 0 : ends[at - 1], end))
          expect(statesAfter(...answers)).toEqual(statesAfter(rows))
        },
      ),
      { numRuns: 500 },
    ))

  it('F58: again comes to the same, in the same answer or in the next', () =>
    fc.assert(
      fc.property(anyRows, fc.array(fc.nat(100), { maxLength: 6 }), (rows, again) => {
        const repeated = again.flatMap((at) => rows[at % Math.max(rows.length, 1)] ?? [])
        expect(statesAfter([...rows, ...repeated])).toEqual(statesAfter(rows))
        expect(statesAfter(rows, repeated)).toEqual(statesAfter(rows))
      }),
      { numRuns: 500 },
    ))

  it('never pays a line that it did not call paid, and never loses one that it only called paid', () =>
    fc.assert(
      fc.property(anyRows, (rows) => {
        const states = statesAfter(rows)
        for (const seq of [11, 12, 13, 14]) {
          const said = new Set(rows.filter((row) => row.seq === seq).map((row) => row.outcome))
          if (states[seq] === 'paid') expect(said.has('paid')).toBe(true)
          const onlyPaid = said.has('paid') && !said.has('failed') && !said.has('returned')
          if (onlyPaid) expect(states[seq]).toBe('paid')
        }
      }),
    ))
})
