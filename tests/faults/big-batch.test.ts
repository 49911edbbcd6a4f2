/** A big batch for all banks comes in and goes its way while another client's calls are answered all the time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownProfile } from '../support/own-bank.ts'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import { call, expectPaidOnce, makeBatch, open, seal, untilPaid, upload } from '../support/stand-batch.ts'

/** Four banks over SFTP, one more with a layout of its own, and three behind APIs. */
const banks = ['yy-rcb', 'cmbc', 'spdb', 'ccb', 'my-eighth-bank', 'cmb-api', 'icbc-api', 'unionpay-api']
const result = `  style: full-list
  name: 'A_{date}_{sequence:NNN}.txt'
  appended: [ { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

const profiles = mkdtempSync(join(tmpdir(), 'huida-big-batch-'))
let stand: ProcessStand
beforeAll(async () => {
  const document = ownProfile({ id: 'eighth-bank', title: '第八家银行', result })
  writeFileSync(join(profiles, 'eighth-bank.yaml'), document)
  const env = { HUIDA_STEP_THREADS: '1', HUIDA_INTAKE_THREADS: '1' }
  stand = await startStand({ api: true, profiles, env })
})
afterAll(async () => {
  await stand.close()
  rmSync(profiles, { recursive: true })
})

it('F10: a big batch of every bank delays no other call until it is through', async () => {
  const { apiUrl } = await stand.start()
  const small = makeBatch('SMALL', 5)
  // This API names no file: the bank numbers files as they arrive, and only a single one is sure to have our number.
  const big = makeBatch('BIG', (bank) => (bank === 'cmb-api' ? 900 : 1_100), banks)
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
  expect(answered).toBeGreaterThan(4)
  await stand.until('every file was sent', async () => (await unsentFiles()) === 0)
  // Banks behind an API are asked for their answers every ten minutes.
  stand.turn(11)
  await untilPaid(stand, big)
  await expectPaidOnce(stand, big)
  // spdb takes a thousand lines a file and no more.
  const { rows } = await stand.db.query(
    `select count(*) as files, max(row_count) as most from bank_file join bank using (bank_no) where bank = 'spdb'
       and row_count > 5`,
  )
  expect(rows).toEqual([{ files: 2n, most: 1000 }])
})

async function unsentFiles(): Promise<number> {
  const { rows } = await stand.db.query<{ unsent: number }>(
    `select count(*)::int as unsent from batch left join bank_file using (batch_id)
     where batch_no = 'BIG' and (file_id is null or sent_at is null)`,
  )
  return rows[0]?.unsent ?? 0
}
