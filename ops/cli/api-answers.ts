/** Answers of the HTTP API as this command reads them; members that a newer service adds are let through. */
import { z } from 'zod'
import { type Money, money } from '../../formats/values/money.ts'

const fen = z.int().transform((value): Money => money(BigInt(value)))

/** Something found in a line, a body or a header. `line` counts from 1 in its part. */
const finding = z.object({
  line: z.int().optional(),
  part: z.int().optional(),
  level: z.string().default('refuse'),
  field: z.string().default(''),
  code: z.string(),
  messageZh: z.string().default(''),
  messageEn: z.string().default(''),
  facts: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
})

const counts = z.record(z.string(), z.int())
const reportMembers = {
  batchNo: z.string(),
  count: z.int(),
  amountFen: fen,
  sha256: z.string(),
  held: z.int(),
  warned: z.int(),
  refused: z.object({ total: z.int(), byCode: counts }),
}

const report = z.looseObject({ ...reportMembers, findings: z.array(finding).default([]) })

/** The validation report of a sealed batch; `findings` are the gravest 1,000. */
export type AnsweredReport = z.output<typeof report>

/** Answer to opening a batch; `report` once it was sealed. */
export const openedAnswer = z.object({
  batchNo: z.string(),
  state: z.enum(['open', 'accepted', 'refused', 'cancelled']),
  report: report.optional(),
})

/** Answer to a part. */
export const partAnswer = z.object({
  part: z.int(),
  lineCount: z.int(),
  sha256: z.string(),
  refused: z.int(),
})

/** Answer to a seal that was accepted. */
export const sealedAnswer = z.object({ batchNo: z.string(), state: z.literal('accepted'), report })

/** Any error of the API (RFC 9457). */
export const problemAnswer = z.looseObject({
  status: z.int(),
  code: z.string(),
  title: z.string(),
  title_zh: z.string().default(''),
  detail: z.string().default(''),
  traceId: z.string().default(''),
  errors: z.array(finding).default([]),
  report: report.optional(),
})

/** An error of the API. */
export type ProblemAnswer = z.output<typeof problemAnswer>

const standing = z.object({ count: z.int(), amountFen: fen })
const standings = { accepted: standing, states: z.record(z.string(), standing) }

/** Count and fen of one state. */
export type AnsweredStanding = z.output<typeof standing>

/** A batch and where its money stands. */
export const positionAnswer = z.looseObject({
  batchNo: z.string(),
  state: z.string(),
  programme: z.object({ code: z.string(), name: z.string() }),
  declared: standing,
  position: z.object({
    total: z.object(standings),
    banks: z.array(z.object({ bank: z.string(), ...standings })),
  }),
})

/** A batch and where its money stands. */
export type AnsweredPosition = z.output<typeof positionAnswer>
