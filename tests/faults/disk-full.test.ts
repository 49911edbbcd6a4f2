/**
 * A disk that is full, here and at the database: calls and steps fail with a code that says so, nothing half is kept or
 * delivered, and everything goes on by itself once there is space.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ProcessStand, startStand } from '../support/process-stand.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { mountDisk, type SmallDisk } from '../support/small-disk.ts'
import {
  arrivals,
  expectPaidOnce,
  fileNames,
  handOver,
  makeBatch,
  open,
  seal,
  untilPaid,
  upload,
} from '../support/stand-batch.ts'

let stand: ProcessStand
let service: ServiceProcess
let scratch: SmallDisk
beforeAll(async () => {
  stand = await startStand({ only: ['cmbc'] })
  scratch = mountDisk(join(stand.home, 'scratch'), 2)
  service = await stand.start()
})
afterAll(async () => {
  await stand.stopProcesses()
  scratch.unmount()
  await stand.close()
})

const saysDiskFull = (step: string): boolean =>
  service.said.some((line) => line.includes(`"event":"${step}.put_off"`) && line.includes('DISK_FULL'))

describe('a full disk', () => {
  it('F19: of the gateway refuses a part as a fault of ours, and takes it when there is space', async () => {
    const batch = makeBatch('FULL-part', 200)
    await open(stand, service.apiUrl, batch)
    scratch.fill()
    const refused = await upload(stand, service.apiUrl, batch)
    expect(refused.status).toBe(503)
    expect(refused.text).toContain('DISK_FULL')
    scratch.free()
    expect((await upload(stand, service.apiUrl, batch)).status).toBe(200)
    expect((await seal(stand, service.apiUrl, batch)).status).toBe(200)
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })

  it('F19: of the gateway puts composing off, sends nothing, and composes when there is space', async () => {
    const batch = makeBatch('FULL-file', 40)
    await open(stand, service.apiUrl, batch)
    await upload(stand, service.apiUrl, batch)
    scratch.fill()
    await seal(stand, service.apiUrl, batch)
    await stand.until('composing was put off', async () => saysDiskFull('compose'))
    const [name = ''] = await fileNames(stand, batch.batchNo)
    expect(arrivals(stand, name)).toBe(0)
    scratch.free()
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })
})

describe('a full disk of PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'huida-full-'))
  let disk: SmallDisk | undefined
  afterAll(async () => {
    await stand.db.query('alter table content_chunk set tablespace pg_default')
    await stand.db.query('alter index content_chunk_pkey set tablespace pg_default')
    await stand.db.query('drop tablespace if exists huida_small')
    disk?.unmount()
    rmSync(folder, { recursive: true, force: true })
  })

  it('F19: keeps no half file, and the work goes on when there is space', async () => {
    const { rows } = await stand.db.query<{ data_directory: string }>('show data_directory')
    const { uid } = statSync(rows[0]?.data_directory ?? '')
    disk = mountDisk(join(folder, 'disk'), 4, uid)
    await stand.db.query(`create tablespace huida_small location '${disk.folder}'`)
    await stand.db.query('alter table content_chunk set tablespace huida_small')
    await stand.db.query('alter index content_chunk_pkey set tablespace huida_small')
    disk.fill()
    const batch = makeBatch('FULL-database', 400)
    await handOver(stand, service.apiUrl, batch)
    await stand.until('keeping the file was put off', async () => saysDiskFull('compose'))
    expect(arrivals(stand, (await fileNames(stand, batch.batchNo))[0] ?? '')).toBe(0)
    disk.free()
    await untilPaid(stand, batch)
    await expectPaidOnce(stand, batch)
  })
})
