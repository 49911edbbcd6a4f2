/**
 * The validation report of a sealed batch: what was received, what was found, exact counts and the first 1,000
 * findings. It is stored with the batch, so that asking twice gives the same answer.
 */
import { z } from 'zod'
import { type Money, money } from '../../formats/values/money.ts'
import { type DescribedFinding, describeFinding, findingCap, type Tally } from './finding.ts'
import { isFindingCode } from './finding-catalogue.ts'

/** Control totals: lines, their sum in fen, and the digest of the content in lower-case hex. */
export interface ControlTotals {
  readonly count: number
  readonly amountFen: Money
  readonly sha256: string
}

/** Findings of one level: how many in all, and how many of each code. */
export interface FindingCounts {
  readonly total: number
  readonly byCode: Readonly<Record<string, number>>
}

/** What a client is told of a sealed batch. `count`, `amountFen` and `sha256` are what was received. */
export interface IntakeReport extends ControlTotals {
  readonly batchNo: string
  /** What the seal said; differs from what was received only in a refused batch. */
  readonly sealed: ControlTotals
  /** Lines that are kept back; their correction is asked for. */
  readonly held: number
  /** Lines with a warning. */
  readonly warned: number
  readonly refused: FindingCounts
  readonly heldByCode: Readonly<Record<string, number>>
  readonly warnedByCode: Readonly<Record<string, number>>
  /** How many lines repeat an instruction id, or an earlier payment that nobody said was meant. */
  readonly duplicates: { readonly instructionIds: number; readonly payments: number }
  /** The gravest first, at most 1,000. */
  readonly findings: readonly DescribedFinding[]
}

/** Makes a report of what was received, what was sealed, the exact counts and the kept findings. */
export function makeReport(
  batchNo: string,
  received: ControlTotals,
  sealed: ControlTotals,
  tally: Tally,
  findings: readonly DescribedFinding[],
): IntakeReport {
  const count = (code: string): number => (tally.refuse.byCode[code] ?? 0) + (tally.warn.byCode[code] ?? 0)
  const total = Object.values(tally.refuse.byCode).reduce((sum, each) => sum + each, 0)
  return {
    batchNo,
    ...received,
    sealed,
    held: tally.hold.lines,
    warned: tally.warn.lines,
    refused: { total, byCode: tally.refuse.byCode },
    heldByCode: tally.hold.byCode,
    warnedByCode: tally.warn.byCode,
    duplicates: { instructionIds: count('DUPLICATE_INSTRUCTION_ID'), payments: count('DUPLICATE_PAYMENT') },
    findings: findings.slice(0, findingCap),
  }
}

/** Totals stay far below 2^53, which intake itself refuses to pass, so JSON numbers hold them exactly. */
export const reportToJson = (report: IntakeReport): string =>
  JSON.stringify(report, (_key, member: unknown) => (typeof member === 'bigint' ? Number(member) : member))

const counts = z.record(z.string(), z.int())
const fen = z.int().transform((value) => money(BigInt(value)))
const totals = { count: z.int(), amountFen: fen, sha256: z.string() }
const findingSchema = z
  .object({
    line: z.int().optional(),
    part: z.int().optional(),
    level: z.enum(['refuse', 'hold', 'warn']),
    field: z.string(),
    code: z.string().refine(isFindingCode),
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .transform(({ line, part, level, ...found }) =>
    describeFinding(found, level, line === undefined || part === undefined ? undefined : { part, line }),
  )

const reportSchema = z.object({
  batchNo: z.string(),
  ...totals,
  sealed: z.object(totals),
  held: z.int(),
  warned: z.int(),
  refused: z.object({ total: z.int(), byCode: counts }),
  heldByCode: counts,
  warnedByCode: counts,
  duplicates: z.object({ instructionIds: z.int(), payments: z.int() }),
  findings: z.array(findingSchema),
})

/** Reads a report as it was stored in `batch.report`; throws when it is none. */
export const readReport = (stored: unknown): IntakeReport => reportSchema.parse(stored)

const levelSchema = z.object({ lines: z.int(), byCode: counts })
const tallySchema = z.object({ refuse: levelSchema, hold: levelSchema, warn: levelSchema })

/** Reads a tally as it was stored with a part; throws when it is none. */
export const readTally = (stored: unknown): Tally => tallySchema.parse(stored)
