/** Shapes that several answers share. They take in what the ledger gives and give out plain JSON values. */
import { z } from 'zod'
import { jsonInteger } from './json-text.ts'

/** An amount or a number of the ledger: a bigint inside, a JSON integer outside. */
export const integerSchema = z.bigint().transform(jsonInteger).pipe(z.int())

/** A time: ISO 8601 in UTC. */
export const timeSchema = z
  .date()
  .transform((at) => at.toISOString())
  .pipe(z.iso.datetime())

/** A calendar day in China, `YYYY-MM-DD`. */
export const daySchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

/** Why an instruction stands where it stands, with what the bank itself said. */
export const reasonSchema = z.object({
  code: z.string(),
  class: z.string(),
  bankCode: z.string(),
  bankText: z.string(),
})

const factsSchema = z.record(z.string(), z.union([z.string(), z.number()])).readonly()

/** Something found in a line or a whole batch. */
export const findingSchema = z.object({
  line: z.int().optional(),
  part: z.int().optional(),
  level: z.enum(['refuse', 'hold', 'warn']),
  field: z.string(),
  code: z.string(),
  messageZh: z.string(),
  messageEn: z.string(),
  facts: factsSchema,
})

const countsSchema = z.record(z.string(), z.int()).readonly()
const totals = { count: z.int(), amountFen: integerSchema, sha256: z.string() }

/** The validation report of a sealed batch. */
export const reportSchema = z.object({
  batchNo: z.string(),
  ...totals,
  sealed: z.object(totals),
  held: z.int(),
  warned: z.int(),
  refused: z.object({ total: z.int(), byCode: countsSchema }),
  heldByCode: countsSchema,
  warnedByCode: countsSchema,
  duplicates: z.object({ instructionIds: z.int(), payments: z.int() }),
  findings: z.array(findingSchema).readonly(),
})

/** Shape of every error answer. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  title_zh: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string(),
  traceId: z.string(),
  errors: z.array(
    z.object({
      code: z.string(),
      field: z.string(),
      messageZh: z.string(),
      messageEn: z.string(),
      pointer: z.string().optional(),
      part: z.int().optional(),
      line: z.int().optional(),
      level: z.string().optional(),
      facts: factsSchema.optional(),
    }),
  ),
})
