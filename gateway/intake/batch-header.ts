/**
 * The header of a batch as it is handed in (DESIGN.md §4): its strict shape, and the digest by which the same header
 * is known again. A small batch may bring its instructions along.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type DescribedFinding, describeFinding, problem } from './finding.ts'
import { shownName, textFlaw } from './instruction-line.ts'

/** A line's serial carries its number in eight digits. */
const mostLines = 99_999_999

/** Most instructions that a header may bring along. */
export const inlineCap = 5000

const text = (longest: number) => z.string().refine((value) => textFlaw(value, longest) === undefined, 'FORM')
const code = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
const instant = z.iso.datetime({ offset: true })

const overrideSchema = z.strictObject({ instructionId: code(64), reason: text(500), by: text(100) })

/** The strict shape of a header; amounts are integer fen. */
export const headerSchema = z.strictObject({
  batchNo: code(64),
  programme: z.strictObject({ code: code(64), name: text(100) }),
  period: text(32),
  region: z.string().regex(/^\d{2,12}$/),
  fundingAccount: z.string().regex(/^\d[\d-]{5,38}\d$/),
  voucherNo: text(64).optional(),
  dueBy: z.iso.date(),
  approvals: z
    .array(z.strictObject({ role: text(64), by: text(100), at: instant }))
    .min(1)
    .max(20),
  declared: z.strictObject({ count: z.int().positive().max(mostLines), amountFen: z.int().positive() }),
  /** People's recorded reasons why an equal payment is meant. */
  overrides: z.array(overrideSchema).max(inlineCap).optional(),
  /** The lines themselves; then the batch is opened, loaded and sealed in one transaction. */
  instructions: z.array(z.record(z.string(), z.unknown())).min(1).optional(),
})

/** A header of the right shape. */
export type BatchHeader = z.infer<typeof headerSchema>

/** A header, or everything that is wrong with it. */
export type CheckedHeader =
  | { readonly kind: 'header'; readonly header: BatchHeader }
  | { readonly kind: 'flawed'; readonly problems: readonly DescribedFinding[] }

/** Checks the shape of a parsed header. */
export function checkHeader(value: unknown): CheckedHeader {
  const result = headerSchema.safeParse(value)
  if (!result.success) return { kind: 'flawed', problems: result.error.issues.slice(0, 100).map(toProblem) }
  const lines = result.data.instructions?.length ?? 0
  if (lines <= inlineCap) return { kind: 'header', header: result.data }
  const tooMany = problem('TOO_MANY_INLINE', { most: inlineCap, found: lines }, 'instructions')
  return { kind: 'flawed', problems: [describeFinding(tooMany, 'refuse', undefined)] }
}

/** An issue of a header's or a seal request's shape, in our words. */
export function toProblem(issue: z.core.$ZodIssue): DescribedFinding {
  const path = issue.path
    .map((step) => (typeof step === 'number' ? String(step) : shownName(String(step))))
    .join('.')
  const unknown =
    issue.code === 'unrecognized_keys' ? { unknown: issue.keys.slice(0, 10).map(shownName).join(' ') } : {}
  return describeFinding(
    problem('HEADER_INVALID', { rule: issue.code, ...unknown }, path),
    'refuse',
    undefined,
  )
}

/** SHA-256 of a header without its instructions; the same however its members were ordered. */
export function headerDigest(header: BatchHeader): Buffer {
  const { instructions: _lines, ...rest } = header
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest()
}

/** The instructions of a header as NDJSON; undefined when it brings none. */
export function inlineBody(header: BatchHeader): Buffer | undefined {
  if (!header.instructions) return undefined
  return Buffer.from(header.instructions.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}
