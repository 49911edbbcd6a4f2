/** The matcher of returned money never guesses and never takes a line twice, whatever statement and lines it is given. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Money, money } from '../../../formats/values/money.ts'
import { addWorkingDays, loadCalendar } from '../../../gateway/banks/calendar.ts'
import { type LumpEntry, matchLumps } from '../../../gateway/results/statement/match-lumps.ts'
import {
  matchReturns,
  type ReturnEntry,
  type SentLine,
} from '../../../gateway/results/statement/match-returns.ts'

const calendar = loadCalendar()
const rules = { windowDays: 7, calendar }

const line = (key: string, change: Partial<SentLine> = {}): SentLine => ({
  key,
  serial: `S-${key}`,
  accountRef: 'account-1',
  amountFen: money(50_000n),
  sentOn: '2026-11-20',
  state: 'paid',
  ...change,
})
const entry = (entryRef: string, change: Partial<ReturnEntry> = {}): ReturnEntry => ({
  entryRef,
  bookedOn: '2026-11-23',
  amountFen: money(50_000n),
  accountRef: 'account-1',
  ...change,
})
const kinds = (entries: readonly ReturnEntry[], lines: readonly SentLine[], known?: ReadonlySet<string>) =>
  matchReturns(entries, lines, known ? { ...rules, known } : rules).map((verdict) => verdict.kind)

describe('a return', () => {
  test('goes by its original serial first, though another line has its amount and account', () => {
    const verdicts = matchReturns([entry('e', { originalRef: 'S-b' })], [line('a'), line('b')], rules)
    expect(verdicts).toMatchObject([{ kind: 'matched', by: 'serial', line: { key: 'b' } }])
  })

  test("goes by the bank's serial, alone or as one of several that were booked under it", () => {
    const lines = [
      line('a', { bankRef: 'HX1-001', amountFen: money(1n) }),
      line('b', { bankRef: 'HX1-002' }),
      line('c', { bankRef: 'HX2' }),
    ]
    const found = (originalRef: string) => matchReturns([entry('e', { originalRef })], lines, rules)
    expect(found('HX1')).toMatchObject([{ kind: 'matched', by: 'serial', line: { key: 'b' } }])
    expect(found('HX2')).toMatchObject([{ kind: 'matched', line: { key: 'c' } }])
    expect(found('HX1-001')).toMatchObject([{ kind: 'amount-differs', line: { key: 'a' } }])
  })

  test('with a serial of ours never falls back to another line of its amount', () => {
    expect(
      kinds(
        [entry('e', { originalRef: 'S-a', amountFen: money(7n) })],
        [line('a'), line('b', { amountFen: money(7n) })],
      ),
    ).toEqual(['amount-differs'])
    expect(kinds([entry('e', { originalRef: 'S-a', accountRef: 'x' })], [line('a')])).toEqual([
      'account-differs',
    ])
  })

  test('with a serial that nobody knows goes by amount and account', () => {
    expect(kinds([entry('e', { originalRef: '000009' })], [line('a')])).toEqual(['matched'])
  })

  test.each([
    ['2026-11-20', 'matched'],
    ['2026-12-01', 'matched'],
    ['2026-12-02', 'orphan'],
    ['2026-11-19', 'orphan'],
  ])('without a serial booked on %s is %s in a window of seven working days', (bookedOn, kind) => {
    expect(addWorkingDays(calendar, '2026-11-20', 7)).toBe('2026-12-01')
    expect(kinds([entry('e', { bookedOn })], [line('a')])).toEqual([kind])
  })

  test('without account or serial is an orphan', () => {
    const { accountRef: _none, ...bare } = entry('e')
    expect(kinds([bare], [line('a')])).toEqual(['orphan'])
  })

  test('for which two lines fit, or which fits a line together with another, is ambiguous', () => {
    expect(kinds([entry('e')], [line('a'), line('b')])).toEqual(['ambiguous'])
    expect(kinds([entry('e'), entry('f')], [line('a')])).toEqual(['ambiguous', 'ambiguous'])
    const named = [entry('e', { originalRef: 'S-a' }), entry('f', { originalRef: 'S-a' }), entry('g')]
    expect(kinds(named, [line('a')])).toEqual(['ambiguous', 'ambiguous', 'ambiguous'])
  })

  test('without a serial takes the line that a named one left', () => {
    expect(kinds([entry('e'), entry('f', { originalRef: 'S-a' })], [line('a'), line('b')])).toEqual([
      'matched',
      'matched',
    ])
  })

  test('that was matched before, or whose line was, is repeated', () => {
    expect(kinds([entry('e')], [line('a')], new Set(['e']))).toEqual(['repeated'])
    expect(kinds([entry('e', { originalRef: 'S-a' })], [line('a', { state: 'linked' })])).toEqual([
      'repeated',
    ])
    expect(kinds([entry('e')], [line('a', { state: 'linked' })])).toEqual(['orphan'])
  })

  test('of a line nobody said was paid is told as such', () => {
    expect(kinds([entry('e', { originalRef: 'S-a' })], [line('a', { state: 'open' })])).toEqual(['unpaid'])
    expect(kinds([entry('e')], [line('a', { state: 'open' })])).toEqual(['unpaid'])
  })

  test('in a year without a calendar stops the matching', () => {
    expect(() =>
      kinds([entry('e', { bookedOn: '2031-01-05' })], [line('a', { sentOn: '2030-12-30' })]),
    ).toThrow(/calendar/)
  })
})

const days = ['2026-11-18', '2026-11-20', '2026-11-23', '2026-12-01', '2026-12-10']
const amounts = [100n, 200n].map(money)
const accounts = ['account-1', 'account-2']
const lines = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    bankRef: fc.constantFrom(undefined, 'B1', 'B2-1', 'B2-2'),
    accountRef: fc.constantFrom(...accounts),
    amountFen: fc.constantFrom(...amounts),
    sentOn: fc.constantFrom(...days),
    state: fc.constantFrom<SentLine['state']>('paid', 'paid', 'paid', 'returned', 'linked', 'failed', 'open'),
  }),
  { selector: ({ key }) => key, maxLength: 5 },
)
const entries = fc.array(
  fc.record({
    entryRef: fc.constantFrom('e1', 'e2', 'e3', 'e4', 'e5', 'e6'),
    bookedOn: fc.constantFrom(...days),
    amountFen: fc.constantFrom(...amounts),
    originalRef: fc.constantFrom(undefined, undefined, 'S-a', 'S-b', 'S-c', 'B1', 'B2', 'B2-1', 'nobody'),
    accountRef: fc.constantFrom(undefined, ...accounts),
  }),
  { maxLength: 6 },
)

const given = <Value extends object>(value: Value): Value =>
  Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)),
  )

const asLine = (one: Omit<SentLine, 'serial' | 'bankRef'> & { bankRef: string | undefined }): SentLine =>
  given({ ...one, serial: `S-${one.key}` } as SentLine)

describe('whatever is given', () => {
  const both = fc.tuple(
    entries.map((list) => list.map((one) => given(one) as ReturnEntry)),
    lines.map((list) => list.map(asLine)),
  )

  test('each entry has one verdict, no line has two entries, no amount or account differs, no linked line is taken', () => {
    fc.assert(
      fc.property(both, ([told, sent]) => {
        const verdicts = matchReturns(told, sent, rules)
        expect(verdicts.map((verdict) => verdict.entry)).toEqual(told)
        const matched = verdicts.flatMap((verdict) => (verdict.kind === 'matched' ? [verdict] : []))
        expect(new Set(matched.map(({ line: { key } }) => key)).size).toBe(matched.length)
        expect(new Set(matched.map(({ entry: { entryRef } }) => entryRef)).size).toBe(matched.length)
        for (const { entry: one, line: other, by } of matched) {
          expect(one.amountFen).toBe(other.amountFen)
          expect([undefined, other.accountRef]).toContain(one.accountRef)
          expect(['linked', 'open']).not.toContain(other.state)
          if (by === 'amount') {
            expect(one.accountRef).toBe(other.accountRef)
            expect(one.bookedOn >= other.sentOn).toBe(true)
            expect(one.bookedOn <= addWorkingDays(calendar, other.sentOn, 7)).toBe(true)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('the order of lines changes nothing, nor does the order of entries with references of their own', () => {
    fc.assert(
      fc.property(both, ([told, sent]) => {
        const own = told.map((one, index) => ({ ...one, entryRef: `own-${index}` }))
        const outcome = (of: readonly ReturnEntry[], among: readonly SentLine[]) =>
          matchReturns(of, among, rules)
            .map(
              (verdict) =>
                `${verdict.entry.entryRef} ${verdict.kind} ${'line' in verdict ? verdict.line?.key : ''}`,
            )
            .sort()
        expect(outcome(own.toReversed(), sent.toReversed())).toEqual(outcome(own, sent))
      }),
      { numRuns: 2000 },
    )
  })

  test('another entry without a serial never makes a match that was not there', () => {
    fc.assert(
      fc.property(both, ([told, sent]) => {
        const own = told.map((one, index) => ({ ...one, entryRef: `own-${index}` }))
        const matchedIn = (of: readonly ReturnEntry[]) =>
          matchReturns(of, sent, rules).flatMap((verdict) =>
            verdict.kind === 'matched' ? [`${verdict.entry.entryRef} ${verdict.line.key}`] : [],
          )
        const more = {
          entryRef: 'more',
          bookedOn: '2026-11-23',
          amountFen: amounts[0] ?? money(1n),
          accountRef: 'account-1',
        }
        const before = matchedIn(own)
        const after = matchedIn([...own, more]).filter((text) => !text.startsWith('more'))
        expect(after.filter((text) => !before.includes(text))).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a file booked as one sum', () => {
  const file = { key: 'f', totalFen: money(1000n), failedFen: money(300n), sentOn: '2026-11-20' }
  const lump = (entryRef: string, kind: LumpEntry['kind'], fen: bigint, originalRef?: string): LumpEntry => ({
    entryRef,
    kind,
    bookedOn: '2026-11-20',
    amountFen: money(fen),
    ...(originalRef === undefined ? {} : { originalRef }),
  })
  const debit = lump('d', 'payment', 1000n)
  const verdictsOf = (list: readonly LumpEntry[], files = [file]) =>
    matchLumps(list, files, rules).map((verdict) =>
      verdict.kind === 'mismatch' ? verdict.why : verdict.kind,
    )

  test.each<[string, readonly LumpEntry[], readonly string[]]>([
    ['one debit and one refund', [debit, lump('r', 'lump-return', 300n)], ['reconciled']],
    ['no debit', [lump('r', 'lump-return', 300n)], ['no-debit', 'orphan-refund']],
    ['no refund', [debit], ['no-refund']],
    ['another refund that names the debit', [debit, lump('r', 'lump-return', 299n, 'd')], ['refund-differs']],
    ['the only refund is of another amount', [debit, lump('r', 'lump-return', 299n)], ['refund-differs']],
    [
      'two debits of its total',
      [debit, lump('d2', 'payment', 1000n), lump('r', 'lump-return', 300n)],
      ['ambiguous', 'orphan-refund'],
    ],
    [
      'two refunds of its failed rows',
      [debit, lump('r', 'lump-return', 300n), lump('s', 'lump-return', 300n)],
      ['ambiguous', 'orphan-refund'],
    ],
  ])('with %s', (_what, list, expected) => {
    expect(verdictsOf(list)).toEqual(expected)
  })

  test('is not guessed when another file of the same day has its total', () => {
    const twin = { ...file, key: 'g' }
    expect(verdictsOf([debit, lump('r', 'lump-return', 300n)], [file, twin])).toEqual([
      'ambiguous',
      'ambiguous',
      'orphan-refund',
    ])
  })

  test('without failed rows needs no refund', () => {
    expect(verdictsOf([debit], [{ ...file, failedFen: money(0n) }])).toEqual(['reconciled'])
  })

  test('whatever is given, no debit and no refund serves two files, and sums tie', () => {
    const sum = fc.constantFrom(300n, 700n, 1000n).map(money)
    const files = fc.array(
      fc.record({ totalFen: sum, failedFen: fc.constantFrom(0n, 300n, 700n).map(money) }),
      { maxLength: 4 },
    )
    const list = fc.array(
      fc.record({
        kind: fc.constantFrom<LumpEntry['kind']>('payment', 'lump-return'),
        amountFen: sum,
        to: fc.constantFrom(undefined, 'e0', 'e1', 'e2'),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(files, list, (some, told) => {
        const all = some.map((one, index) => ({ ...one, key: `f${index}`, sentOn: '2026-11-20' }))
        const shown = told.map(({ kind, amountFen, to }, index) => lump(`e${index}`, kind, amountFen, to))
        const done = matchLumps(shown, all, rules).flatMap((verdict) =>
          verdict.kind === 'reconciled' ? [verdict] : [],
        )
        const used = done.flatMap(({ debit: one, refund }) => [
          one.entryRef,
          ...(refund ? [refund.entryRef] : []),
        ])
        expect(new Set(used).size).toBe(used.length)
        for (const { file: one, debit: paid, refund } of done) {
          expect(paid.amountFen).toBe(one.totalFen)
          const back: Money = refund?.amountFen ?? money(0n)
          expect(back).toBe(one.failedFen)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
