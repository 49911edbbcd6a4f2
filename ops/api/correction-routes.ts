/** Corrections that line departments are asked for. The corrected data comes back as a new instruction (law 8). */
import { z } from 'zod'
import { listCorrections } from '../../gateway/outcomes/correction-store.ts'
import { integerSchema, reasonSchema, timeSchema } from './answer-schemas.ts'
import { afterNumber, limitSchema, makePage, pageOf } from './list-page.ts'
import { nothing } from './request-check.ts'
import { answer, defineRoute, type Route } from './route.ts'

const correctionsSchema = pageOf(
  z.object({
    correctionId: integerSchema,
    batchNo: z.string(),
    instructionId: z.string(),
    bank: z.string(),
    amountFen: integerSchema,
    reason: reasonSchema,
    wanted: z.enum(['corrected-data', 'same-data-again', 'person-must-act']),
    fields: z.array(z.string()).readonly(),
    state: z.enum(['open', 'reissued', 'given-up']),
    openedAt: timeSchema,
  }),
)

const list = defineRoute({
  method: 'GET',
  path: '/v1/corrections',
  operation: 'listCorrections',
  summary: { zh: '待更正清单', en: 'Corrections that are asked for' },
  params: nothing,
  query: z.strictObject({
    state: z.enum(['open', 'reissued', 'given-up']).optional(),
    after: afterNumber,
    limit: limitSchema,
  }),
  checked: z.unknown(),
  answers: { 200: correctionsSchema },
  problems: [],
  async handle(needs, { client, query }) {
    const found = await listCorrections(needs.db, client, query.state, query.after, query.limit + 1)
    return answer(
      200,
      correctionsSchema,
      makePage(found, query.limit, query.after, (one) => one.correctionId),
    )
  },
})

/** Routes on corrections. */
export const correctionRoutes: readonly Route[] = [list]
