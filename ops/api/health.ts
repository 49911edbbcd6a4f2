/**
 * The second listener, for the machines that watch over this one (S42): is the process alive, may it be given work, and
 * its numbers. Banks play no part: an unreachable bank must not take the service away from everybody else.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { asFault, catalogue, Fault, type FaultCode } from '../../gateway/faults.ts'
import { isMigrated } from '../../gateway/store/migrate.ts'
import type { Queryable } from '../../gateway/store/pool.ts'
import { ApiProblem } from './api-problem.ts'
import { connectionSettings } from './connection-errors.ts'
import { answerProblem } from './problem-answer.ts'

/** The ledger, and what gives the metrics as text. */
export interface HealthNeeds {
  readonly db: Queryable
  readonly metrics: () => Promise<string>
  /** How long PostgreSQL may take to answer, in milliseconds; 2,000 unless told. */
  readonly patienceMs?: number
  /** True once this process has been asked to end: it finishes what it has, and is to be given nothing more (F35). */
  readonly isEnding?: () => boolean
}

/** Builds the listener; the caller lets it listen and closes it. */
export function buildHealth(needs: HealthNeeds): FastifyInstance {
  const app = Fastify({ ...connectionSettings(undefined), forceCloseConnections: true })
  app.removeAllContentTypeParsers()
  app.setErrorHandler((error, request, reply) => answerProblem(request, reply, error, undefined))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(request, reply, new ApiProblem('ROUTE_NOT_FOUND'), undefined),
  )
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async () => {
    await checkReady(needs)
    return { status: 'ready' }
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await needs.metrics()),
  )
  return app
}

/** Throws NOT_READY with the code of the fault that stands in the way. */
async function checkReady({ db, patienceMs = 2_000, isEnding }: HealthNeeds): Promise<void> {
  if (isEnding?.()) throw new ApiProblem('NOT_READY', { detail: 'This process is coming to its end' })
  const fault = await Promise.race([isMigrated(db).then(migrationFault), silence(patienceMs)]).catch(
    faultCode,
  )
  if (fault === undefined) return
  throw new ApiProblem('NOT_READY', { detail: catalogue[fault].en, members: { fault } })
}

const faultCode = (error: unknown): FaultCode => asFault(error).code

/** Missing migrations are under way, or were never begun; both look like a database that is not there yet. */
const migrationFault = (migrated: boolean): FaultCode | undefined =>
  migrated ? undefined : 'DATABASE_MISSING'

function silence(patienceMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Fault('DATABASE_UNREACHABLE', { patienceMs })), patienceMs).unref()
  })
}
