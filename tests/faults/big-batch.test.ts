/** A big batch for all banks comes in and goes its way while another client's calls are answered all the time. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import { call, expectPaidOnce, makeBatch, open, seal, untilPaid, upload } from '../support/stand-batch.ts'

const banks = ['yy-rcb', 'cmbc', 'spdb', 'ccb']

let stand: ProcessStand
beforeAll(async () => {
  stand = await startStand({ env: { HUIDA_STEP_THREADS: '1', HUIDA_INTAKE_THREADS: '1' } })
})
afterAll(() => stand.close())

it('F10: a big batch of every bank delays no other call until it is through', async () => {
  const { apiUrl } = await stand.start()
  const small = makeBatch('SMALL', 5)
  const big = makeBatch('BIG', 5_000, banks)
  expect((await open(stand, apiUrl, small)).status).toBe(201)
  expect((await open(stand, apiUrl, big)).status).toBe(201)
  let isThrough = false
  const uploading = upload(stand, apiUrl, big)
    .then(({ status }) => expect(status).toBe(200))
    .then(() => seal(stand, apiUrl, big))
    .finally(() => {
      isThrough = true
    })
  let answered = 0
  for (; !isThrough; answered++)
    expect((await call(stand, apiUrl, 'GET', `/v1/batches/${small.batchNo}`)).status).toBe(200)
  expect((await uploading).status).toBe(200)
  // One loop that was kept busy by the lines would have answered once or twice.
  expect(answered).toBeGreaterThan(20)
  await untilPaid(stand, big)
  await expectPaidOnce(stand, big)
  // spdb takes a thousand lines a file and no more.
  const { rows } = await stand.db.query(
    `select count(*) as files, max(row_count) as most from bank_file join bank using (bank_no) where bank = 'spdb'
       and row_count > 5`,
  )
  expect(rows).toEqual([{ files: 5n, most: 1000 }])
})
