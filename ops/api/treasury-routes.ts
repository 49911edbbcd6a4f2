/** Money that goes back to the treasury: decided by a person, ended by the treasury's voucher. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { recordAct } from '../../gateway/audit-store.ts'
import { confirmReturnsIn, decideReturnsIn, type TreasuryReport } from '../../gateway/outcomes/treasury.ts'
import { listReturns } from '../../gateway/outcomes/treasury-store.ts'
import type { Tx } from '../../gateway/store/pool.ts'
import { daySchema, integerSchema } from './answer-schemas.ts'
import type { ApiNeeds } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import { answerOnce, type Keyed } from './keyed-answer-store.ts'
import { afterNumber, limitSchema, makePage, pageOf } from './list-page.ts'
import { instructionIdSchema, nothing, plainText } from './request-check.ts'
import { type Answer, answer, defineRoute, type Route } from './route.ts'

/** Most instructions that one call may name. */
const mostAtOnce = 1000

const idsSchema = z.array(instructionIdSchema).min(1).max(mostAtOnce)

const doneSchema = z.object({
  done: z.array(z.string()).readonly(),
  refused: z
    .array(
      z.object({
        instructionId: z.string(),
        code: z.enum(['NOT_FOUND', 'IN_DOUBT', 'NOT_OPEN', 'ALREADY_RETURNED']),
      }),
    )
    .readonly(),
})

const decisionSchema = z.strictObject({
  instructionIds: idsSchema,
  by: plainText(100),
  reason: plainText(500),
})

const decide = defineRoute({
  method: 'POST',
  path: '/v1/treasury-returns',
  operation: 'decideReturns',
  summary: { zh: '决定将款项退回国库', en: 'Decide that money goes back to the treasury' },
  params: nothing,
  query: nothing,
  checked: decisionSchema,
  body: decisionSchema,
  key: 'required',
  answers: { 200: doneSchema },
  problems: ['KEY_REUSED'],
  handle(needs, { client, body, idempotencyKey }) {
    const keyed = { client, key: idempotencyKey ?? '', request: ['treasury-returns', body] }
    return reportOnce(needs, 'treasury-return.decided', keyed, (tx) =>
      decideReturnsIn(tx, needs.clock.now(), client, body.instructionIds, {
        by: body.by,
        reason: body.reason,
      }),
    )
  },
})

const voucherSchema = z.strictObject({
  instructionIds: idsSchema,
  voucherNo: plainText(64),
  voucherDate: z.iso.date(),
  by: plainText(100),
})

const confirm = defineRoute({
  method: 'POST',
  path: '/v1/treasury-returns/confirmations',
  operation: 'confirmReturns',
  summary: { zh: '国库退款入账确认', en: 'Confirm that the treasury has booked refunds' },
  params: nothing,
  query: nothing,
  checked: voucherSchema,
  body: voucherSchema,
  key: 'optional',
  answers: { 200: doneSchema },
  problems: ['KEY_REUSED'],
  handle(needs, { client, body, idempotencyKey }) {
    const key = idempotencyKey ?? `confirm-${randomUUID()}`
    const voucher = { no: body.voucherNo, date: body.voucherDate, by: body.by }
    const keyed = { client, key, request: ['treasury-confirmations', body] }
    return reportOnce(needs, 'treasury-return.confirmed', keyed, (tx) =>
      confirmReturnsIn(tx, needs.clock.now(), client, body.instructionIds, voucher),
    )
  },
})

/** Acts once under a key; the act, its report and its audit row are one transaction. */
async function reportOnce(
  needs: ApiNeeds,
  act: 'treasury-return.decided' | 'treasury-return.confirmed',
  keyed: Keyed,
  run: (tx: Tx) => Promise<TreasuryReport>,
): Promise<Answer> {
  const result = await answerOnce(needs.db, keyed, async (tx) => {
    const report = await run(tx)
    const facts = { done: report.done.length, refused: report.refused.length }
    await recordAct(tx, needs.clock.now(), keyed.client, act, keyed.key, facts)
    return report
  })
  if (result.kind === 'answered') return answer(200, doneSchema, doneSchema.parse(result.body))
  await recordAct(needs.db, needs.clock.now(), keyed.client, 'idempotency-key.reused', keyed.key, { act })
  throw new ApiProblem('KEY_REUSED')
}

const returnsSchema = pageOf(
  z.object({
    returnId: integerSchema,
    instructionId: z.string(),
    batchNo: z.string(),
    bank: z.string(),
    amountFen: integerSchema,
    reasonCode: z.string(),
    cause: z.string(),
    originalVoucherNo: z.string().optional(),
    originalDate: daySchema,
    state: z.enum(['pending', 'returned', 'withdrawn']),
    refundVoucherNo: z.string().optional(),
  }),
)

const list = defineRoute({
  method: 'GET',
  path: '/v1/treasury-returns',
  operation: 'listReturns',
  summary: { zh: '退回国库清单', en: 'Returns to the treasury' },
  params: nothing,
  query: z.strictObject({
    state: z.enum(['pending', 'returned', 'withdrawn']).optional(),
    after: afterNumber,
    limit: limitSchema,
  }),
  checked: z.unknown(),
  answers: { 200: returnsSchema },
  problems: [],
  async handle(needs, { client, query }) {
    const found = await listReturns(needs.db, client, query.state, query.after, query.limit + 1)
    return answer(
      200,
      returnsSchema,
      makePage(found, query.limit, query.after, (one) => one.returnId),
    )
  },
})

/** Routes on treasury returns. */
export const treasuryRoutes: readonly Route[] = [decide, confirm, list]
