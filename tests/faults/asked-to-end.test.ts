/** A process that is asked to end while it is busy: it says so, finishes what it has, and leaves nothing in its hands. */
import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import {
  expectPaidOnce,
  handOver,
  makeBatch,
  open,
  type StandBatch,
  seal,
  untilPaid,
} from '../support/stand-batch.ts'

let stand: ProcessStand
beforeAll(async () => {
  stand = await startStand({ only: ['cmbc', 'yy-rcb'] })
})
afterAll(() => stand.close())

/** A body of which the second half comes when the test says so. */
function slowUpload(apiUrl: string, { batchNo, body }: StandBatch): { finish: () => Promise<number> } {
  const half = Math.floor(body.length / 2)
  const upload = request(new URL(`/v1/batches/${batchNo}/instructions?part=1`, apiUrl), {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${stand.token}`,
      'content-type': 'application/x-ndjson',
      'content-length': body.length,
    },
  })
  const answered = new Promise<number>((resolve, reject) => {
    upload.once('error', reject)
    upload.once('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
  })
  upload.write(body.subarray(0, half))
  return {
    finish: () => {
      upload.end(body.subarray(half))
      return answered
    },
  }
}

const held = async (): Promise<number> => {
  const { rows } = await stand.db.query<{ n: number }>(
    'select count(*)::int as n from due_work where leased_until > now()',
  )
  return rows[0]?.n ?? 0
}

it('F35: SIGTERM under load is told at /readyz, what runs is finished, and no lease is left behind', async () => {
  const [first, second] = [makeBatch('T-1', 30, ['cmbc', 'yy-rcb']), makeBatch('T-2', 12)]
  const service = await stand.start()
  await open(stand, service.apiUrl, second)
  const upload = slowUpload(service.apiUrl, second)
  await handOver(stand, service.apiUrl, first)
  expect((await fetch(`${service.healthUrl}/readyz`)).status).toBe(200)
  service.signal('SIGTERM')
  await stand.until('it is not ready any more', async () => {
    const { status } = await fetch(`${service.healthUrl}/readyz`)
    return status === 503
  })
  expect((await fetch(`${service.healthUrl}/livez`)).status).toBe(200)
  expect(await upload.finish()).toBe(200)
  expect(await service.ended).toEqual({ code: 0, signal: null })
  expect(await held()).toBe(0)
  const next = await stand.start()
  expect((await seal(stand, next.apiUrl, second)).status).toBe(200)
  for (const batch of [first, second]) await untilPaid(stand, batch)
  await expectPaidOnce(stand, first, second)
})
