/** The running service, in a process of its own: an operator changes a layout, and the next file is planned with it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadOrMakeFieldKey } from '../../../crypto/field-key.ts'
import { type Db, openPool } from '../../../gateway/store/pool.ts'
import { createClient } from '../../../ops/api/client-store.ts'
import { digestingNdjson } from '../../../ops/demo/batch-ndjson.ts'
import { type Child, startChild } from '../../../ops/demo/child-process.ts'
import { type PlatformClient, platformClient } from '../../../ops/demo/platform-client.ts'
import { prepareBanks } from '../../../ops/simulator/world/prepare-banks.ts'
import { plainPeople } from '../../support/ledger-view.ts'
import { type FreshDatabase, freshDatabase } from '../../support/postgres.ts'

const document = (version: number, name = 'Q'): string => `
id: own-bank
version: ${version}
title: 自己的银行
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999999 }
request:
  name: '${name}${version}_{date}_{sequence:NNN}.txt'
  row: [ { item: serial }, { item: account }, { item: name }, { item: amount } ]
result:
  style: full-list
  name: 'A_{date}_{sequence:NNN}.txt'
  appended: [ { item: code } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

const root = mkdtempSync(join(tmpdir(), 'huida-profile-reload-'))
const folder = join(root, 'profiles')
let database: FreshDatabase
let db: Db
let service: Child
let client: PlatformClient

beforeAll(async () => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'own-bank.yaml'), document(1))
  const world = await prepareBanks(join(root, 'world'), 1, { only: [], profiles: folder })
  database = await freshDatabase()
  db = openPool(database.url, { max: 2 })
  const token = await createClient(db, 'platform')
  mkdirSync(join(root, 'service', 'keys'), { recursive: true })
  loadOrMakeFieldKey(join(root, 'service', 'keys', 'field-key'))
  service = await startChild({
    name: 'service',
    args: ['start', '--json'],
    env: {
      DATABASE_URL: database.url,
      REDIS_URL: '',
      HUIDA_FOLDER: join(root, 'service'),
      HUIDA_AGREEMENTS: world.agreementsFolder,
      HUIDA_PROGRAMMES: world.programmesFile,
      HUIDA_PROFILES: folder,
      HUIDA_PROFILES_POLL_MS: '50',
      HUIDA_API_PORT: '0',
      HUIDA_HEALTH_PORT: '0',
      HUIDA_SWEEP_MS: '100',
      HUIDA_STEP_THREADS: '1',
    },
    onRestart: () => {},
  })
  client = platformClient(`http://127.0.0.1:${service.ready()['apiPort']}`, token)
}, 120_000)
afterAll(async () => {
  await client.close()
  await service.stop()
  await db.close()
  await database.drop()
  rmSync(root, { recursive: true })
})

async function handIn(batchNo: string): Promise<void> {
  const lines = plainPeople(batchNo, 'my-own-bank', 5)
  const body = digestingNdjson(lines)
  const chunks = [...body.chunks]
  const { count, amountFen, sha256 } = body.totals()
  const header = {
    batchNo,
    programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
    period: '2026',
    region: '430621',
    fundingAccount: '43050166360800000999',
    dueBy: '2099-12-04',
    approvals: [{ role: 'finance', by: '县财政局', at: '2026-11-20T09:00:00+08:00' }],
    declared: { count, amountFen },
  }
  await client.handIn({ header, chunks, seal: { count, amountFen, sha256 } })
}

const plannedNames = (): Promise<readonly string[]> =>
  db
    .query<{ named: string }>(
      `select name || ' ' || profile_version as named from bank_file order by file_id`,
    )
    .then(({ rows }) => rows.map(({ named }) => named.replace(/_\d{8}_\d{3}/, '')))

const metric = async (name: string): Promise<string | undefined> => {
  const answer = await request(`http://127.0.0.1:${service.ready()['healthPort']}/metrics`)
  return (await answer.body.text())
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.split(' ')[1]
}

const patience = { timeout: 30_000, interval: 100 }

describe('a layout that is changed while the service runs', () => {
  test('is used by the threads that plan, as soon as the folder holds', async () => {
    await handIn('R1')
    await vi.waitFor(async () => expect(await plannedNames()).toEqual(['Q1.txt 1']), patience)
    writeFileSync(join(folder, 'own-bank.yaml'), document(2))
    await vi.waitFor(async () => expect(await metric('huida_profile_reloads_total')).toBe('1'), patience)
    await handIn('R2')
    await vi.waitFor(async () => expect(await plannedNames()).toEqual(['Q1.txt 1', 'Q2.txt 2']), patience)
  }, 90_000)

  test('is refused and counted when it does not hold or keeps its number, and what was in use stays', async () => {
    writeFileSync(join(folder, 'own-bank.yaml'), document(2, 'X'))
    await vi.waitFor(
      async () => expect(await metric('huida_profile_reload_failures_total')).toBe('1'),
      patience,
    )
    await handIn('R3')
    await vi.waitFor(
      async () => expect(await plannedNames()).toEqual(['Q1.txt 1', 'Q2.txt 2', 'Q2.txt 2']),
      patience,
    )
    writeFileSync(join(folder, 'own-bank.yaml'), document(3, 'X'))
    await vi.waitFor(async () => expect(await metric('huida_profile_reloads_total')).toBe('2'), patience)
  }, 90_000)
})
