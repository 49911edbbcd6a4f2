/** Cutting a batch into files: every line that is not held is in exactly one, no limit is passed, totals tie. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { money } from '../../formats/values/money.ts'
import { membership } from '../../gateway/dispatch/bank-file.ts'
import {
  type FileLimits,
  type PlanLine,
  type PlannedFile,
  planBankFiles,
} from '../../gateway/dispatch/plan-bank-files.ts'
import { bankNo } from '../../gateway/ledger/batch.ts'

const noLimits: FileLimits = { maxRows: 1_000_000, maxTotalFen: undefined }

function plan(lines: readonly PlanLine[], limits: FileLimits = noLimits): PlannedFile[] {
  const planner = planBankFiles(() => limits)
  return [...lines.map((line) => planner.add(line)).filter((file) => file !== undefined), ...planner.end()]
}

/** Lines from a drawing: a digit is a line of that bank, a digit in brackets is held; each is worth 100 fen. */
const drawn = (drawing: string): PlanLine[] =>
  [...drawing.matchAll(/\((\d)\)|(\d)/g)].map(([, held, sent], index) => ({
    seq: index + 1,
    bankNo: bankNo(Number(held ?? sent)),
    amountFen: money(100n),
    held: held !== undefined,
  }))

const covers = (files: readonly PlannedFile[]): string[] =>
  files.map(
    ({ bankNo: bank, loSeq, hiSeq, gaps }) =>
      `${bank}: ${loSeq}-${hiSeq}${gaps.length > 0 ? ` but ${gaps}` : ''}`,
  )

describe('files of a batch', () => {
  it.each([
    { of: 'one bank are one range', lines: '1111', files: ['1: 1-4'] },
    {
      of: 'two banks may overlap, since each counts only its own lines',
      lines: '121221',
      files: ['1: 1-6', '2: 2-5'],
    },
    { of: 'a bank with a held line have a gap', lines: '11(1)1', files: ['1: 1-4 but 3'] },
    { of: 'a bank begin with its first line that is not held', lines: '(1)(1)11', files: ['1: 3-4'] },
    { of: 'a bank end with its last line that is not held', lines: '11(1)(1)', files: ['1: 1-2'] },
    { of: 'a bank whose lines are all held are none', lines: '(1)2(1)', files: ['2: 2-2'] },
    { of: 'nothing are none', lines: '', files: [] },
  ])('$of', ({ lines, files }) => expect(covers(plan(drawn(lines)))).toEqual(files))

  it('take the next file when a bank takes no more rows, and leave the gap where it belongs', () => {
    expect(covers(plan(drawn('11(1)(1)111'), { maxRows: 2, maxTotalFen: undefined }))).toEqual([
      '1: 1-2',
      '1: 5-6',
      '1: 7-7',
    ])
  })

  it('take the next file when the amount would pass the limit, and not before', () => {
    expect(covers(plan(drawn('11111'), { maxRows: 99, maxTotalFen: 200n }))).toEqual([
      '1: 1-2',
      '1: 3-4',
      '1: 5-5',
    ])
    expect(covers(plan(drawn('111'), { maxRows: 99, maxTotalFen: 199n }))).toEqual([
      '1: 1-1',
      '1: 2-2',
      '1: 3-3',
    ])
  })

  it('give a line above the limit a file of its own', () => {
    expect(covers(plan(drawn('111'), { maxRows: 99, maxTotalFen: 50n }))).toEqual([
      '1: 1-1',
      '1: 2-2',
      '1: 3-3',
    ])
  })
})

const anyLines = fc
  .array(fc.record({ bank: fc.integer({ min: 1, max: 3 }), fen: fc.bigInt(1n, 900n), held: fc.boolean() }), {
    maxLength: 120,
  })
  .map((lines) =>
    lines.map(({ bank, fen, held }, index) => ({
      seq: index + 1,
      bankNo: bankNo(bank),
      amountFen: money(fen),
      held,
    })),
  )
const anyLimits = fc.record({
  maxRows: fc.integer({ min: 1, max: 12 }),
  maxTotalFen: fc.option(fc.bigInt(900n, 4000n), { nil: undefined }),
})

describe('any batch', () => {
  it('has every line that is not held in exactly one file, and no other line in any', () =>
    fc.assert(
      fc.property(anyLines, anyLimits, (lines, limits) => {
        const files = plan(lines, limits)
        for (const line of lines) {
          const holding = files.filter((file) => {
            const holds = membership({ ...file, members: undefined })
            return file.bankNo === line.bankNo && holds(line.seq)
          })
          expect(holding).toHaveLength(line.held ? 0 : 1)
        }
      }),
    ))

  it('has files whose counts and totals are those of their lines and within the limits', () =>
    fc.assert(
      fc.property(anyLines, anyLimits, (lines, limits) => {
        for (const file of plan(lines, limits)) {
          const holds = membership({ ...file, members: undefined })
          const mine = lines.filter((line) => line.bankNo === file.bankNo && holds(line.seq))
          expect(file.rowCount).toBe(mine.length)
          expect(file.totalFen).toBe(mine.reduce((sum, line) => sum + line.amountFen, 0n))
          expect(file.rowCount).toBeLessThanOrEqual(limits.maxRows)
          expect(file.totalFen <= (limits.maxTotalFen ?? file.totalFen)).toBe(true)
          expect(file.gaps.every((seq) => seq > file.loSeq && seq < file.hiSeq)).toBe(true)
        }
      }),
    ))
})
