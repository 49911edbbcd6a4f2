/** Follows a batch until everything that banks were asked to do has an answer, and says how it ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AnsweredPosition, positionAnswer } from './api-answers.ts'
import { type ApiConnection, ApiRefusal, ApiSilent } from './api-connection.ts'
import { say } from './output.ts'

/** Failures in a row that are put up with. */
const patience = 10

/** How to follow. `everyMs` lies between two looks. */
export interface WatchOptions {
  readonly everyMs: number
  /** Ends when nothing waits and nothing is in flight; otherwise only when it is interrupted. */
  readonly untilSettled: boolean
  readonly interrupted: AbortSignal
  /** Told of every look. */
  readonly show: (batch: AnsweredPosition) => void
}

/** Asks for a batch. Throws as `ApiConnection.call` does. */
export const askPosition = (api: ApiConnection, batchNo: string): Promise<AnsweredPosition> =>
  api.call(positionAnswer, { method: 'GET', path: `/v1/batches/${encodeURIComponent(batchNo)}` })

/** Follows; gives the last look, undefined when it was interrupted before the first. */
export async function watchBatch(
  api: ApiConnection,
  batchNo: string,
  options: WatchOptions,
): Promise<AnsweredPosition | undefined> {
  let last: AnsweredPosition | undefined
  for (let failures = 0; !options.interrupted.aborted; ) {
    try {
      last = await askPosition(api, batchNo)
      failures = 0
      options.show(last)
      if (options.untilSettled && isSettled(last)) return last
    } catch (error) {
      failures += 1
      if (!isPassing(error) || failures >= patience) throw error
      say(error.message)
    }
    await sleep(options.everyMs, undefined, { signal: options.interrupted }).catch(() => {})
  }
  return last
}

const isPassing = (error: unknown): error is ApiSilent | ApiRefusal =>
  error instanceof ApiSilent || (error instanceof ApiRefusal && error.problem.status >= 500)

const countOf = ({ position }: AnsweredPosition, state: string): number =>
  position.total.states[state]?.count ?? 0

/** A batch that is still received has everything before it; one that was refused has nothing. */
const isSettled = (batch: AnsweredPosition): boolean =>
  batch.state !== 'open' && countOf(batch, 'waiting') === 0 && countOf(batch, 'in_flight') === 0

/** Instructions of which nobody can say what became of their money. */
export const inDoubtCount = (batch: AnsweredPosition): number =>
  countOf(batch, 'unknown') + countOf(batch, 'conflict')
