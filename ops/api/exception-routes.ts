/**
 * What needs a person in a client's own batches: listed, shown with what may be done, and ended on evidence. Files of
 * banks, codes and deliveries concern other clients too; those acts are an operator's.
 */
import { z } from 'zod'
import { recordAct } from '../../gateway/audit-store.ts'
import { parseAct } from '../../gateway/outcomes/resolution/parse-act.ts'
import { refusalSentences } from '../../gateway/outcomes/resolution/refusal-sentences.ts'
import {
  actNames,
  type ResolutionAct,
  type ResolutionReport,
} from '../../gateway/outcomes/resolution/resolution.ts'
import { evidenceLimits } from '../../gateway/outcomes/resolution/resolution-request.ts'
import { ResolutionRefused, resolveIn } from '../../gateway/outcomes/resolution/resolve-exception.ts'
import { showException } from '../../gateway/outcomes/resolution/show-exception.ts'
import type { Wake } from '../../gateway/run-step.ts'
import { exceptionKinds, listExceptions } from '../../gateway/transfer/exception-store.ts'
import { integerSchema, timeSchema } from './answer-schemas.ts'
import type { ApiNeeds } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import { answerOnce } from './keyed-answer-store.ts'
import { afterNumber, limitSchema, makePage, pageOf } from './list-page.ts'
import { instructionIdSchema, nothing, plainText } from './request-check.ts'
import { answer, defineRoute, type Route } from './route.ts'

const itemSchema = z.object({
  exceptionId: integerSchema,
  kind: z.string(),
  bank: z.string(),
  state: z.string(),
  batchNo: z.string().optional(),
  instructionId: z.string().optional(),
  inboundName: z.string().optional(),
  fileName: z.string().optional(),
  lineNo: z.int().optional(),
  facts: z.unknown(),
  openedAt: timeSchema,
  resolutionId: integerSchema.optional(),
})
const listSchema = pageOf(itemSchema)

const list = defineRoute({
  method: 'GET',
  path: '/v1/exceptions',
  operation: 'listExceptions',
  summary: { zh: '本方批次中需人工处理的异常', en: 'What needs a person in this client’s batches' },
  params: nothing,
  query: z.strictObject({
    state: z.enum(['open', 'resolved']).optional(),
    kind: z.enum(exceptionKinds).optional(),
    bank: plainText(64).optional(),
    after: afterNumber,
    limit: limitSchema,
  }),
  checked: z.unknown(),
  answers: { 200: listSchema },
  problems: [],
  async handle(needs, { client, query }) {
    const found = await listExceptions(needs.db, { ...query, client, limit: query.limit + 1 })
    return answer(
      200,
      listSchema,
      makePage(found, query.limit, query.after, (one) => one.exceptionId),
    )
  },
})

const exceptionPath = z.strictObject({
  exceptionId: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt)
    .meta({ type: 'integer', minimum: 0 }),
})

const shownSchema = itemSchema.extend({
  stands: z.object({
    line: z.string().optional(),
    file: z.string().optional(),
    inbound: z.string().optional(),
  }),
  acts: z.array(z.object({ act: z.enum(actNames), against: z.string().optional() })).readonly(),
  resolution: z
    .object({
      resolutionId: integerSchema,
      act: z.string(),
      by: z.string(),
      at: timeSchema,
      reason: z.string(),
      evidence: z.string(),
      reference: z.string().optional(),
      approval: z.enum(['wanted', 'not-wanted']),
      approvedBy: z.string().optional(),
    })
    .optional(),
})

const show = defineRoute({
  method: 'GET',
  path: '/v1/exceptions/{exceptionId}',
  operation: 'getException',
  summary: {
    zh: '一条异常：现状、可用处置、处置结果',
    en: 'One exception: how things stand, what may be done, what was done',
  },
  params: exceptionPath,
  query: nothing,
  checked: z.unknown(),
  answers: { 200: shownSchema },
  problems: ['EXCEPTION_NOT_FOUND'],
  async handle(needs, { client, params }) {
    const shown = await showException(needs.db, needs.intake.bankBook, params.exceptionId, client)
    if (!shown) throw new ApiProblem('EXCEPTION_NOT_FOUND')
    return answer(200, shownSchema, shown)
  },
})

const actSchema = z.strictObject({
  act: z.enum(actNames),
  reasonCode: plainText(40).optional(),
  instructionId: instructionIdSchema.optional(),
  outcome: z.enum(['paid', 'failed']).optional(),
  by: plainText(evidenceLimits.by),
  reason: plainText(evidenceLimits.reason),
  evidence: plainText(evidenceLimits.evidence),
  reference: plainText(evidenceLimits.reference).optional(),
})

/** The answer as it is kept under its key, in plain JSON numbers. */
const keptSchema = z.object({
  resolutionId: z.int(),
  act: z.enum(actNames),
  approval: z.enum(['wanted', 'not-wanted']),
  effect: z.object({ lines: z.int(), amountFen: z.int(), exceptions: z.int() }),
})

const resolve = defineRoute({
  method: 'POST',
  path: '/v1/exceptions/{exceptionId}/resolution',
  operation: 'resolveException',
  summary: { zh: '凭证据了结一条异常', en: 'End an exception on evidence' },
  params: exceptionPath,
  query: nothing,
  checked: actSchema,
  body: actSchema,
  key: 'required',
  answers: { 200: keptSchema },
  problems: ['EXCEPTION_NOT_FOUND', 'RESOLUTION_REFUSED', 'KEY_REUSED'],
  async handle(needs, { client, params, body, idempotencyKey }) {
    const { by, reason, evidence, reference, ...words } = body
    const act = actOf(words)
    const { exceptionId } = params
    const keyed = { client, key: idempotencyKey ?? '', request: ['exceptions', exceptionId, body] }
    let wakes: readonly Wake[] = []
    const found = await refusing(() =>
      answerOnce(needs.db, keyed, async (tx) => {
        const asked = { exceptionId, act, client, evidence: { by, reason, evidence, reference } }
        const { resolutionId, approval, effect, wakes: due } = await resolveIn(tx, resolveNeeds(needs), asked)
        wakes = due
        return { resolutionId, act: act.kind, approval, effect }
      }),
    )
    // Of an answer that was kept under its key there are none: what it made due was woken, or is swept.
    for (const wake of wakes) needs.wake(wake)
    if (found.kind === 'answered') return answer(200, keptSchema, keptSchema.parse(found.body))
    await recordAct(needs.db, needs.clock.now(), client, 'idempotency-key.reused', keyed.key, {
      act: 'exception.resolved',
    })
    throw new ApiProblem('KEY_REUSED')
  },
})

const resolveNeeds = ({ clock, calendar, intake }: ApiNeeds) => ({
  clock,
  calendar,
  bankBook: intake.bankBook,
})

function actOf(words: Parameters<typeof parseAct>[0]): ResolutionAct {
  const parsed = parseAct(words)
  if (parsed.kind === 'act') return parsed.act
  const field = parsed.member
  throw new ApiProblem('REQUEST_INVALID', {
    errors: [
      {
        ...{ code: 'MISSING', field, pointer: `/${field}` },
        messageZh: `处置 ${words.act} 需要 ${field}`,
        messageEn: `The act ${words.act} needs ${field}`,
      },
    ],
  })
}

/** A refusal undoes everything, the key's row included, and answers with every reason. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ResolutionRefused) throw problemOf(error.report)
    throw error
  }
}

function problemOf({ refusals, allowed }: Extract<ResolutionReport, { kind: 'refused' }>): ApiProblem {
  if (refusals.some(({ code }) => code === 'EXCEPTION_NOT_FOUND'))
    return new ApiProblem('EXCEPTION_NOT_FOUND')
  return new ApiProblem('RESOLUTION_REFUSED', {
    members: { allowed },
    errors: refusals.map(({ code, facts }) => ({
      ...{ code, field: 'act', facts },
      ...{ messageZh: refusalSentences[code].zh, messageEn: refusalSentences[code].en },
    })),
  })
}

/** Routes on exceptions. */
export const exceptionRoutes: readonly Route[] = [list, show, resolve]
