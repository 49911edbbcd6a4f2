/** The result feed: what became of every instruction, behind a cursor that a client may keep for ever. */
import { z } from 'zod'
import { feedStart, parseCursor, readOutcomes } from '../../gateway/outcomes/feed.ts'
import { integerSchema, reasonSchema, timeSchema } from './answer-schemas.ts'
import { limitSchema } from './list-page.ts'
import { nothing } from './request-check.ts'
import { answer, defineRoute, type Route } from './route.ts'

const outcomesSchema = z.object({
  outcomes: z
    .array(
      z.object({
        batchNo: z.string(),
        instructionId: z.string(),
        bank: z.string(),
        outcome: z.enum(['paid', 'failed', 'returned', 'conflicting']),
        amountFen: integerSchema,
        reason: reasonSchema,
        answer: z.string(),
        at: timeSchema,
      }),
    )
    .readonly(),
  next: z.string(),
  more: z.boolean(),
})

const cursorSchema = z
  .string()
  .regex(/^\d{1,18}\.\d{1,9}$/)
  .optional()

const read = defineRoute({
  method: 'GET',
  path: '/v1/outcomes',
  operation: 'readOutcomes',
  summary: { zh: '支付结果流', en: 'The result feed' },
  params: nothing,
  query: z.strictObject({ after: cursorSchema, limit: limitSchema }),
  checked: z.unknown(),
  answers: { 200: outcomesSchema },
  problems: [],
  async handle(needs, { client, query }) {
    const after = query.after === undefined ? feedStart : (parseCursor(query.after) ?? feedStart)
    return answer(200, outcomesSchema, await readOutcomes(needs.db, client, after, query.limit))
  },
})

/** Routes on outcomes. */
export const outcomeRoutes: readonly Route[] = [read]
