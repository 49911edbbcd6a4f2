/** A client holds its own batch back and lets it go again: what has left cannot be called back, the rest waits. */
import { z } from 'zod'
import type { Brake } from '../../gateway/transfer/brakes/brake.ts'
import { brakesOnBatch } from '../../gateway/transfer/brakes/brake-store.ts'
import { liftBrake, pullBrake } from '../../gateway/transfer/brakes/pull-brake.ts'
import { ApiProblem } from './api-problem.ts'
import { batchOf } from './batch-routes.ts'
import { heldSchema, holdOf } from './held-batch.ts'
import { batchNoSchema, nothing, plainText } from './request-check.ts'
import { answer, defineRoute, type Route } from './route.ts'

const batchPath = z.strictObject({ batchNo: batchNoSchema })
const holdBody = z.strictObject({ reason: plainText(500) })
const releaseBody = z.strictObject({ reason: plainText(500) })
const heldAnswer = z.object({ batchNo: z.string(), held: heldSchema })
const releasedAnswer = z.object({ batchNo: z.string(), held: heldSchema.optional() })

const hold = defineRoute({
  method: 'POST',
  path: '/v1/batches/{batchNo}/hold',
  operation: 'holdBatch',
  summary: { zh: '暂停向银行发送该批次', en: 'Hold a batch back from the banks' },
  params: batchPath,
  query: nothing,
  checked: holdBody,
  body: holdBody,
  answers: { 200: heldAnswer },
  problems: ['BATCH_NOT_FOUND'],
  async handle(needs, { client, params, body }) {
    const { batchId, batchNo } = await batchOf(needs, client, params.batchNo)
    const { brake } = await pullBrake(
      needs,
      { kind: 'batch', batchId },
      { by: client, reason: body.reason, via: 'client' },
    )
    const held = { by: client, scope: 'batch' as const, reason: brake.reason, since: brake.pulledAt }
    return answer(200, heldAnswer, { batchNo, held })
  },
})

/** Lifts what a client pulled and nothing else; where only others hold the batch, that is a refusal. */
const release = defineRoute({
  method: 'POST',
  path: '/v1/batches/{batchNo}/release',
  operation: 'releaseBatch',
  summary: { zh: '解除本方对该批次的暂停', en: 'Release a batch that this client held back' },
  params: batchPath,
  query: nothing,
  checked: releaseBody,
  body: releaseBody,
  answers: { 200: releasedAnswer },
  problems: ['BATCH_NOT_FOUND', 'HELD_BY_OPERATOR'],
  async handle(needs, { client, params, body }) {
    const { batchId, batchNo } = await batchOf(needs, client, params.batchNo)
    const standing = await brakesOnBatch(needs.db, batchId)
    const own = standing.find(isOwn)
    if (!own && standing.length > 0) throw new ApiProblem('HELD_BY_OPERATOR')
    if (own) {
      const lifted = await liftBrake(needs, own.brakeId, { by: client, reason: body.reason, via: 'client' })
      if (lifted.kind === 'lifted') for (const wake of lifted.wakes) needs.wake(wake)
    }
    const held = await holdOf(needs.db, batchId)
    return answer(200, releasedAnswer, { batchNo, ...(held && { held }) })
  },
})

const isOwn = ({ scope, pulledVia }: Brake): boolean => scope.kind === 'batch' && pulledVia === 'client'

/** Routes by which a client holds and releases its batches. */
export const holdRoutes: readonly Route[] = [hold, release]
