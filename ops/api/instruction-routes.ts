/** Lines of a batch: upload them in parts, seal them, list those that are out of the ordinary. DESIGN.md §4. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type PartResult, receivePart } from '../../gateway/intake/receive-part.ts'
import { sealBatch } from '../../gateway/intake/seal-batch.ts'
import { listStanding, standingStates } from '../../gateway/ledger/standing-store.ts'
import { findingSchema, integerSchema, reasonSchema, reportSchema, timeSchema } from './answer-schemas.ts'
import { ApiProblem } from './api-problem.ts'
import { batchOf } from './batch-routes.ts'
import { afterLine, limitSchema, makePage, pageOf } from './list-page.ts'
import type { ProblemCode } from './problems.ts'
import { refusedBatch } from './refused-batch.ts'
import { batchNoSchema, nothing } from './request-check.ts'
import { type Answer, answer, defineRoute, type Route } from './route.ts'
import { openUpload } from './upload.ts'

const batchPath = z.strictObject({ batchNo: batchNoSchema })

const partSchema = z.object({
  part: z.int(),
  lineCount: z.int(),
  amountFen: integerSchema,
  sha256: z.string(),
  refused: z.int(),
  held: z.int(),
  warned: z.int(),
  findings: z.array(findingSchema).readonly(),
})

const upload = defineRoute({
  method: 'PUT',
  path: '/v1/batches/{batchNo}/instructions',
  operation: 'uploadPart',
  summary: {
    zh: '分片上传明细（NDJSON 或 CSV，可 gzip）',
    en: 'Upload a part of the lines (NDJSON or CSV, gzip allowed)',
  },
  params: batchPath,
  query: z.strictObject({
    part: z
      .string()
      .regex(/^\d{1,7}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(1_000_000))
      .default(1)
      .meta({ type: 'integer', minimum: 1, maximum: 1_000_000 }),
  }),
  checked: z.unknown(),
  body: 'upload',
  answers: { 200: partSchema },
  problems: [
    'BATCH_NOT_FOUND',
    'REQUEST_TIMEOUT',
    'BATCH_SEALED',
    'PART_OUT_OF_ORDER',
    'PART_TAKEN',
    'BODY_TOO_LARGE',
    'BODY_REFUSED',
    'TOO_MANY_UPLOADS',
  ],
  async handle(needs, { client, params, query, raw }) {
    const { body, format, encoding, close } = openUpload(needs, client, raw)
    try {
      return partAnswer(
        await receivePart(needs.intake, client, params.batchNo, query.part, body, format, encoding),
      )
    } finally {
      close()
    }
  },
})

/** Findings that have a status of their own among bodies that cannot be taken. */
const bodyCodes: Readonly<Record<string, ProblemCode>> = {
  BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  GZIP_RATIO: 'BODY_TOO_LARGE',
  BODY_INCOMPLETE: 'REQUEST_TIMEOUT',
}

function partAnswer(result: PartResult): Answer {
  switch (result.kind) {
    case 'received':
      return answer(200, partSchema, result)
    case 'refused':
      throw new ApiProblem(bodyCodes[result.problems[0]?.code ?? ''] ?? 'BODY_REFUSED', {
        errors: result.problems,
      })
    case 'not-found':
      throw new ApiProblem('BATCH_NOT_FOUND')
    case 'conflict': {
      const { kind: _, code, ...members } = result
      throw new ApiProblem(code, { members })
    }
    default:
      return result satisfies never
  }
}

const sealDocument = z.strictObject({
  count: z.int().positive(),
  amountFen: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
const sealedSchema = z.object({ batchNo: z.string(), state: z.literal('accepted'), report: reportSchema })

const seal = defineRoute({
  method: 'POST',
  path: '/v1/batches/{batchNo}/seal',
  operation: 'sealBatch',
  summary: { zh: '封包：整批受理或整批拒收', en: 'Seal a batch: it is accepted whole or refused whole' },
  params: batchPath,
  query: nothing,
  checked: z.unknown(),
  body: sealDocument,
  key: 'optional',
  answers: { 200: sealedSchema },
  problems: ['BATCH_NOT_FOUND', 'BATCH_REFUSED', 'KEY_REUSED', 'SEALED_DIFFERENTLY', 'BATCH_CANCELLED'],
  async handle(needs, { client, params, body, idempotencyKey }) {
    // A seal repeats itself by its totals alone, so a key is welcome and not needed.
    const key = idempotencyKey ?? `seal-${randomUUID()}`
    const result = await sealBatch(needs.intake, client, params.batchNo, body, key)
    switch (result.kind) {
      case 'accepted':
        needs.wake({ step: 'plan', subject: String(result.batchId) })
        return answer(200, sealedSchema, {
          batchNo: params.batchNo,
          state: 'accepted',
          report: result.report,
        })
      case 'refused':
        throw refusedBatch(result.report)
      case 'invalid':
        throw new ApiProblem('REQUEST_INVALID', { errors: result.problems })
      case 'not-found':
        throw new ApiProblem('BATCH_NOT_FOUND')
      case 'conflict':
        throw new ApiProblem(result.code)
      default:
        return result satisfies never
    }
  },
})

const standingSchema = pageOf(
  z.object({
    line: z.int(),
    instructionId: z.string(),
    bank: z.string(),
    state: z.string(),
    amountFen: integerSchema,
    reason: reasonSchema,
    since: timeSchema,
  }),
)

const list = defineRoute({
  method: 'GET',
  path: '/v1/batches/{batchNo}/instructions',
  operation: 'listInstructions',
  summary: { zh: '批次中需要关注的明细', en: 'Instructions of a batch that are out of the ordinary' },
  params: batchPath,
  query: z.strictObject({ state: z.enum(standingStates).optional(), after: afterLine, limit: limitSchema }),
  checked: z.unknown(),
  answers: { 200: standingSchema },
  problems: ['BATCH_NOT_FOUND'],
  async handle(needs, { client, params, query }) {
    const batch = await batchOf(needs, client, params.batchNo)
    const found = await listStanding(needs.db, batch, query.state, query.after, query.limit + 1)
    const lines = found.map(({ seq, ...line }) => ({ line: seq, ...line }))
    return answer(
      200,
      standingSchema,
      makePage(lines, query.limit, query.after, ({ line }) => line),
    )
  },
})

/** Routes on the lines of a batch. */
export const instructionRoutes: readonly Route[] = [upload, seal, list]
