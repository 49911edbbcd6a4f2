/** Looks one instruction up: its whole way, without personal data. */
import { z } from 'zod'
import { findLineage } from '../../gateway/ledger/lineage-store.ts'
import { integerSchema, reasonSchema, timeSchema } from './answer-schemas.ts'
import { ApiProblem } from './api-problem.ts'
import { instructionIdSchema, nothing } from './request-check.ts'
import { answer, defineRoute, type Route } from './route.ts'

const lineageSchema = z.object({
  instructionId: z.string(),
  batchNo: z.string(),
  line: z.int(),
  bank: z.string(),
  amountFen: integerSchema,
  state: z.string(),
  reason: reasonSchema.optional(),
  file: z
    .object({
      fileId: z.int(),
      name: z.string(),
      state: z.string(),
      serial: z.string(),
      sentAt: timeSchema.optional(),
    })
    .optional(),
  answer: z.object({ inboundId: z.int(), name: z.string(), lineNo: z.int() }).optional(),
  replaces: z.string().optional(),
  replacedBy: z.string().optional(),
  events: z.array(z.object({ at: timeSchema, what: z.string(), cause: z.string() })).readonly(),
})

const show = defineRoute({
  method: 'GET',
  path: '/v1/instructions/{instructionId}',
  operation: 'showInstruction',
  summary: { zh: '一条指令的来龙去脉', en: 'The whole way of one instruction' },
  params: z.strictObject({ instructionId: instructionIdSchema }),
  query: nothing,
  checked: z.unknown(),
  answers: { 200: lineageSchema },
  problems: ['INSTRUCTION_NOT_FOUND'],
  async handle(needs, { client, params }) {
    const lineage = await findLineage(needs.db, params.instructionId, client)
    if (!lineage) throw new ApiProblem('INSTRUCTION_NOT_FOUND')
    return answer(200, lineageSchema, { ...lineage, line: lineage.seq })
  },
})

/** Routes that look things up. */
export const lookupRoutes: readonly Route[] = [show]
