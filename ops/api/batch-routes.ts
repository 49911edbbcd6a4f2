/** Batches: open one, look at it, look at its files. DESIGN.md §4. */
import { z } from 'zod'
import { findFilesOfBatch } from '../../gateway/dispatch/bank-file-store.ts'
import { headerSchema, inlineCap } from '../../gateway/intake/batch-header.ts'
import { instructionSchema } from '../../gateway/intake/instruction-line.ts'
import { type OpenResult, openBatch } from '../../gateway/intake/open-batch.ts'
import type { Batch } from '../../gateway/ledger/batch.ts'
import { findBatchByNo } from '../../gateway/ledger/batch-store.ts'
import { readPositions } from '../../gateway/ledger/position-store.ts'
import { daySchema, integerSchema, reportSchema, timeSchema } from './answer-schemas.ts'
import type { ApiNeeds } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import { positionSchema, totalPosition } from './batch-position.ts'
import { heldSchema, holdOf } from './held-batch.ts'
import { refusedBatch } from './refused-batch.ts'
import { batchNoSchema, nothing } from './request-check.ts'
import { type Answer, answer, defineRoute, type Route } from './route.ts'

const openedSchema = z.object({
  batchNo: z.string(),
  state: z.enum(['open', 'accepted', 'refused', 'cancelled']),
  report: reportSchema.optional(),
})

const headerDocument = headerSchema.extend({
  instructions: z.array(instructionSchema).min(1).max(inlineCap).optional(),
})

const batchPath = z.strictObject({ batchNo: batchNoSchema })

/** The batch of a client; throws BATCH_NOT_FOUND, for another client's batch as well (S05). */
export async function batchOf(needs: ApiNeeds, client: string, batchNo: string): Promise<Batch> {
  const batch = await findBatchByNo(needs.db, client, batchNo)
  if (!batch) throw new ApiProblem('BATCH_NOT_FOUND')
  return batch
}

const open = defineRoute({
  method: 'POST',
  path: '/v1/batches',
  operation: 'openBatch',
  summary: {
    zh: '开立批次；小批次可随带明细一次受理',
    en: 'Open a batch; a small one may bring its instructions',
  },
  params: nothing,
  query: nothing,
  checked: z.unknown(),
  body: headerDocument,
  large: true,
  key: 'required',
  answers: { 200: openedSchema, 201: openedSchema },
  problems: ['HEADER_REFUSED', 'BATCH_REFUSED', 'KEY_REUSED', 'BATCH_NO_TAKEN'],
  async handle(needs, call) {
    return openAnswer(needs, await openBatch(needs.intake, call.client, call.body, call.idempotencyKey ?? ''))
  },
})

function openAnswer(needs: ApiNeeds, result: OpenResult): Answer {
  switch (result.kind) {
    case 'opened':
      return answer(201, openedSchema, { batchNo: result.batchNo, state: 'open' })
    case 'existing':
      return answer(200, openedSchema, {
        batchNo: result.batchNo,
        state: result.state,
        report: result.report,
      })
    case 'accepted':
      needs.wake({ step: 'plan', subject: String(result.batchId) })
      return answer(201, openedSchema, {
        batchNo: result.report.batchNo,
        state: 'accepted',
        report: result.report,
      })
    case 'refused':
      if (result.report) throw refusedBatch(result.report)
      throw new ApiProblem('HEADER_REFUSED', { errors: result.problems })
    case 'conflict':
      throw new ApiProblem(result.code)
    default:
      return result satisfies never
  }
}

const batchSchema = z.object({
  batchNo: z.string(),
  state: z.enum(['open', 'accepted', 'refused', 'cancelled']),
  programme: z.object({ code: z.string(), name: z.string() }),
  period: z.string(),
  region: z.string(),
  fundingAccount: z.string(),
  voucherNo: z.string().optional(),
  dueBy: daySchema,
  declared: z.object({ count: z.int(), amountFen: integerSchema }),
  position: positionSchema,
  /** A brake on the whole batch: nothing of it leaves while it stands. */
  held: heldSchema.optional(),
})

const show = defineRoute({
  method: 'GET',
  path: '/v1/batches/{batchNo}',
  operation: 'showBatch',
  summary: { zh: '批次概况与各状态笔数、金额', en: 'A batch and where its money stands' },
  params: batchPath,
  query: nothing,
  checked: z.unknown(),
  answers: { 200: batchSchema },
  problems: ['BATCH_NOT_FOUND'],
  async handle(needs, { client, params }) {
    const batch = await batchOf(needs, client, params.batchNo)
    const banks = await readPositions(needs.db, batch.batchId)
    const held = await holdOf(needs.db, batch.batchId)
    return answer(200, batchSchema, {
      ...batch,
      ...(held && { held }),
      programme: { code: batch.programmeCode, name: batch.programmeName },
      declared: { count: batch.declaredCount, amountFen: batch.declaredFen },
      position: { total: totalPosition(banks), banks },
    })
  },
})

const fileSchema = z.object({
  fileId: z.int(),
  bank: z.string(),
  name: z.string(),
  sealedName: z.string().optional(),
  state: z.string(),
  count: z.int(),
  amountFen: integerSchema,
  settledCount: z.int(),
  businessDate: daySchema,
  sequence: z.int(),
  notBefore: timeSchema,
})
const filesSchema = z.object({ items: z.array(fileSchema).readonly() })

const files = defineRoute({
  method: 'GET',
  path: '/v1/batches/{batchNo}/files',
  operation: 'listFiles',
  summary: { zh: '批次的银行文件', en: 'The bank files of a batch' },
  params: batchPath,
  query: nothing,
  checked: z.unknown(),
  answers: { 200: filesSchema },
  problems: ['BATCH_NOT_FOUND'],
  async handle(needs, { client, params }) {
    const batch = await batchOf(needs, client, params.batchNo)
    const found = await findFilesOfBatch(needs.db, batch.batchId)
    const items = found.map((file) => ({
      ...file,
      bank: needs.intake.bankBook.byNo(file.bankNo).bank,
      count: file.rowCount,
      amountFen: file.totalFen,
    }))
    return answer(200, filesSchema, { items })
  },
})

/** Routes on whole batches. */
export const batchRoutes: readonly Route[] = [open, show, files]
