/** A stand for tests of the API: a ledger with two banks, two clients with tokens, and calls through the whole server. */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { loadCalendar } from '../../../gateway/banks/calendar.ts'
import type { Wake } from '../../../gateway/run-step.ts'
import { buildApi } from '../../../ops/api/api.ts'
import type { ApiLimits } from '../../../ops/api/api-needs.ts'
import { createClient } from '../../../ops/api/client-store.ts'
import type { Failure } from '../../../ops/api/problem-answer.ts'
import {
  digest,
  header,
  type IntakeStand,
  line,
  lines,
  ndjson,
  openStand,
  sumFen,
  type TestLine,
} from '../../gateway/intake/intake-stand.ts'

/** A call; `body` is sent as JSON unless it is bytes. */
export interface TestCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  readonly url: string
  readonly body?: unknown
  readonly key?: string
  readonly headers?: Record<string, string>
  readonly token?: string
}

/** The stand; `close` removes everything. */
export interface ApiStand {
  readonly intake: IntakeStand
  readonly app: FastifyInstance
  /** Tokens of two clients that must not see each other. */
  readonly tokens: { readonly county: string; readonly town: string }
  readonly woken: Wake[]
  readonly failures: Failure[]
  /** Calls as the county unless another token, or an empty one, is given. */
  call(call: TestCall): Promise<LightMyRequestResponse>
  close(): Promise<void>
}

/** Opens a stand. */
export async function openApiStand(limits: Partial<ApiLimits> = {}): Promise<ApiStand> {
  const intake = await openStand()
  const { db, clock } = intake.needs
  const woken: Wake[] = []
  const failures: Failure[] = []
  const tokens = { county: await createClient(db, 'county'), town: await createClient(db, 'town') }
  const app = buildApi({
    db,
    clock,
    calendar: loadCalendar(),
    intake: intake.needs,
    wake: (wake) => void woken.push(wake),
    version: '0.0.0',
    onFailure: (failure) => void failures.push(failure),
    limits,
  })
  await app.ready()
  return {
    intake,
    app,
    tokens,
    woken,
    failures,
    call: (call) => app.inject(toInjection(call, tokens.county)),
    async close() {
      await app.close()
      await intake.close()
    },
  }
}

function toInjection({ method, url, body, key, headers, token }: TestCall, usual: string): InjectOptions {
  const bearer = token ?? usual
  const bytes = Buffer.isBuffer(body)
  const payload = bytes ? body : body === undefined ? undefined : JSON.stringify(body)
  return {
    method,
    url,
    headers: {
      ...(bearer !== '' && { authorization: `Bearer ${bearer}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(payload !== undefined && { 'content-type': bytes ? 'application/x-ndjson' : 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload }),
  }
}

/** The totals that seal `all`. */
export const totals = (all: readonly TestLine[]) => ({
  count: all.length,
  amountFen: sumFen(all),
  sha256: digest(ndjson(all)),
})

/** Opens, uploads and seals a batch through the API; gives the answer to the seal. */
export async function postBatch(
  stand: ApiStand,
  batchNo: string,
  all: readonly TestLine[],
  token?: string,
): Promise<LightMyRequestResponse> {
  const as = token === undefined ? {} : { token }
  const url = `/v1/batches/${batchNo}`
  await stand.call({
    method: 'POST',
    url: '/v1/batches',
    body: header(batchNo, all),
    key: `open-${batchNo}`,
    ...as,
  })
  await stand.call({ method: 'PUT', url: `${url}/instructions?part=1`, body: ndjson(all), ...as })
  return stand.call({ method: 'POST', url: `${url}/seal`, body: totals(all), key: `seal-${batchNo}`, ...as })
}

/** Lines of which the second is kept back: its bank's charset lacks a character of the name. */
export const heldLines = (batchNo: string, count: number): TestLine[] =>
  lines(batchNo, count).map((one, index) => (index === 1 ? line(batchNo, 1, { payeeName: '王𬭎' }) : one))
