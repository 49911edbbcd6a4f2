/** `huida doctor`: a whole set-up passes, and each thing that is wrong is named with its cure and fails the command. */
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadOrMakeFieldKey } from '../../../crypto/field-key.ts'
import { systemClock } from '../../../gateway/clock.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { buildHealth } from '../../../ops/api/health.ts'
import { calendarCheck, clockCheck, nodeCheck } from '../../../ops/cli/doctor-machine.ts'
import { freePort } from '../../../ops/simulator/listen-patiently.ts'
import { writeSimulatedClock } from '../../../ops/simulator/simulated-clock.ts'
import { prepareBanks } from '../../../ops/simulator/world/prepare-banks.ts'
import { runWorld } from '../../../ops/simulator/world/run-world.ts'
import type { SimulatedWorld } from '../../../ops/simulator/world/simulated-world.ts'
import { handIn, lines, openStand } from '../../gateway/intake/intake-stand.ts'
import { bareDatabase, type FreshDatabase, freshDatabase } from '../../support/postgres.ts'
import { startRedis } from '../../support/redis.ts'
import { expectHelp, type RunEnvironment, runHuida } from './command-run.ts'

interface Found {
  readonly id: string
  readonly status: string
  readonly finding: { readonly zh: string; readonly en: string }
  readonly hint?: { readonly zh: string; readonly en: string }
}

let database: FreshDatabase
let folder: string
let world: SimulatedWorld
let environment: RunEnvironment

beforeAll(async () => {
  database = await freshDatabase()
  folder = mkdtempSync(join(tmpdir(), 'huida-doctor-'))
  world = await prepareBanks(join(folder, 'banks'), 3, { only: ['cmbc', 'ccb'] })
  loadOrMakeFieldKey(join(folder, 'field-key'))
  environment = {
    DATABASE_URL: database.url,
    HUIDA_FOLDER: join(folder, 'huida'),
    HUIDA_AGREEMENTS: world.agreementsFolder,
    HUIDA_PROGRAMMES: world.programmesFile,
    HUIDA_FIELD_KEY_FILE: join(folder, 'field-key'),
    HUIDA_API_PORT: String(await freePort()),
    HUIDA_HEALTH_PORT: String(await freePort()),
    REDIS_URL: undefined,
  }
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs with changes to a sound environment; gives the checks by id and the exit code. */
async function examine(
  changes: RunEnvironment = {},
  ...words: string[]
): Promise<{ code: number; checks: Map<string, Found>; text: string }> {
  const { code, stdout } = await runHuida(['doctor', '--json', ...words], {
    ...environment,
    ...changes,
  })
  const report: { ok: boolean; checks: Found[] } = JSON.parse(stdout)
  expect(report.ok).toBe(code === 0)
  return { code, checks: new Map(report.checks.map((one) => [one.id, one])), text: stdout }
}

const statusOf = (checks: Map<string, Found>, id: string): string | undefined => checks.get(id)?.status

describe('huida doctor', () => {
  test('help begins with examples', () => expectHelp('doctor'))

  test('a sound set-up passes, line by line in both languages, and nothing was made or changed', async () => {
    const { code, stdout, stderr } = await runHuida(['doctor'], environment)
    // From the year on whose holidays nobody has published yet, the calendar alone fails.
    const late = calendarCheck(new Date()).status === 'fail'
    expect({ code, failures: stdout.match(/FAIL\] *\S+/g) }).toEqual({
      code: late ? 1 : 0,
      failures: late ? ['FAIL] calendar:'] : null,
    })
    for (const id of [
      'node',
      'configuration',
      'database',
      'database.durability',
      'database.migrations',
      'agreements',
      'keys:cmbc',
      'port.api',
    ])
      expect(stdout).toContain(`[正常 ok]   ${id}: `)
    expect(stdout).toContain('提交不会丢失')
    expect(stdout).toContain('[跳过 skip] redis: ')
    expect(stdout).toContain('[跳过 skip] banks: 未连接银行')
    expect(stderr).toMatch(/项失败 failed, 5 项跳过 skipped/)
    expect(existsSync(join(folder, 'huida'))).toBe(false)
    const db = openPool(database.url, { max: 1 })
    expect((await db.query('select 1 from bank')).rows).toEqual([])
    await db.close()
  })

  test('no secret is in what it prints', async () => {
    const { text } = await examine()
    const password = new URL(database.url).password
    const [, , key = ''] = readFileSync(join(folder, 'field-key'), 'utf8').split(':').slice(1)
    expect(password.length).toBeGreaterThan(8)
    for (const secret of [password, key.trim()]) expect(text).not.toContain(secret)
  })
})

describe('the database', () => {
  test('that is away is a failure that names DATABASE_URL', async () => {
    const { code, checks, text } = await examine({ DATABASE_URL: 'postgresql://u:hidden-word@127.0.0.1:1/x' })
    expect(code).toBe(1)
    expect(checks.get('database')).toMatchObject({
      status: 'fail',
      hint: { en: 'Check DATABASE_URL and the server.' },
    })
    expect(text).not.toContain('hidden-word')
  })

  test('without our schema asks for huida migrate, and is not migrated', async () => {
    const bare = await bareDatabase()
    const { code, checks } = await examine({ DATABASE_URL: bare.url })
    expect(code).toBe(1)
    expect(checks.get('database.migrations')).toMatchObject({
      status: 'fail',
      hint: { en: 'Run: huida migrate' },
    })
    expect(statusOf((await examine({ DATABASE_URL: bare.url })).checks, 'database.migrations')).toBe('fail')
    await bare.drop()
  })

  test('that forgets commits is a failure, whichever role or database setting says so', async () => {
    const db = openPool(database.url, { max: 1 })
    const name = new URL(database.url).pathname.slice(1)
    await db.query(`alter database ${name} set synchronous_commit = off`)
    const { code, checks } = await examine()
    await db.query(`alter database ${name} reset synchronous_commit`)
    await db.close()
    expect(code).toBe(1)
    expect(checks.get('database.durability')?.finding.en).toContain('synchronous_commit=off')
  })

  test('that was sealed under another field key is a failure', async () => {
    const stand = await openStand()
    await handIn(stand, 'KEY', lines('KEY', 4))
    const [found] = await stand.rows('select current_database() as name')
    const url = new URL(database.url)
    url.pathname = `/${String(found?.name)}`
    const { code, checks } = await examine({ DATABASE_URL: url.href })
    expect(code).toBe(1)
    expect(checks.get('database.field-key')?.finding.en).toMatch(
      /sealed under [0-9a-f]{8}, our key is [0-9a-f]{8}/,
    )
    await stand.close()
  })

  test('that is embedded and was never made will be made at the first start, not by the doctor', async () => {
    const { checks } = await examine({ DATABASE_URL: undefined, HUIDA_FIELD_KEY_FILE: undefined })
    expect(checks.get('database')?.finding.en).toContain('will be made at the first start')
    expect(statusOf(checks, 'field-key')).toBe('ok')
    expect(existsSync(join(folder, 'huida'))).toBe(false)
  })
})

describe('what the operator set', () => {
  test('a configuration that is not valid is told with every problem', async () => {
    const { code, checks } = await examine({ HUIDA_API_PORT: 'eighty', HUIDA_ROLE: 'boss' })
    expect(code).toBe(1)
    expect(checks.get('configuration')?.finding.en).toMatch(/HUIDA_ROLE.*HUIDA_API_PORT/)
  })

  test('a field key that others may read, that is damaged or missing is a failure', async () => {
    const path = join(folder, 'loose-key')
    cpSync(join(folder, 'field-key'), path)
    chmodSync(path, 0o644)
    expect((await examine({ HUIDA_FIELD_KEY_FILE: path })).checks.get('field-key')).toMatchObject({
      status: 'fail',
      finding: { en: expect.stringContaining('chmod 600') },
    })
    writeFileSync(path, 'huida-field-key:1:00000000:broken', { mode: 0o600 })
    chmodSync(path, 0o600)
    expect(statusOf((await examine({ HUIDA_FIELD_KEY_FILE: path })).checks, 'field-key')).toBe('fail')
    expect(
      statusOf((await examine({ HUIDA_FIELD_KEY_FILE: join(folder, 'no-key') })).checks, 'field-key'),
    ).toBe('fail')
  })

  test('agreements that are missing, broken or on an unknown profile are failures', async () => {
    expect(
      statusOf((await examine({ HUIDA_AGREEMENTS: join(folder, 'nowhere') })).checks, 'agreements'),
    ).toBe('fail')
    const changed = agreementsWith((yaml) => yaml.replace(/profile: \S+/, 'profile: no-such-profile'))
    expect((await examine({ HUIDA_AGREEMENTS: changed })).checks.get('agreements')?.finding.en).toContain(
      'no-such-profile',
    )
    const broken = agreementsWith((yaml) => yaml.replace(/^ {2}host: .*$/m, ''))
    expect((await examine({ HUIDA_AGREEMENTS: broken })).checks.get('agreements')?.finding.en).toContain(
      'channel.host',
    )
    expect(
      statusOf((await examine({ HUIDA_PROGRAMMES: join(folder, 'nowhere') })).checks, 'programmes'),
    ).toBe('fail')
  })

  test("a bank's key that is missing is that bank's failure alone", async () => {
    const changed = agreementsWith(
      (yaml) => yaml.replace(/^( +)keyFile: .*/m, '$1keyFile: /nowhere/key.pem'),
      'ccb',
    )
    const { code, checks } = await examine({ HUIDA_AGREEMENTS: changed })
    expect(code).toBe(1)
    expect(statusOf(checks, 'keys:ccb')).toBe('fail')
    expect(statusOf(checks, 'keys:cmbc')).toBe('ok')
  })

  test('a certificate that runs out soon is a warning, one that has run out a failure', async () => {
    const { checks } = await examine()
    const days = Number(/(\d+) days/.exec(checks.get('certificate:ccb:signing')?.finding.en ?? '')?.[1])
    const inDays = async (from: number) => {
      const path = join(folder, `clock-${from}.json`)
      writeSimulatedClock(path, new Date(Date.now() + from * 86_400_000))
      return statusOf((await examine({ HUIDA_SIMULATED_CLOCK: path })).checks, 'certificate:ccb:signing')
    }
    expect([await inDays(0), await inDays(days - 5), await inDays(days + 2)]).toEqual(['ok', 'warn', 'fail'])
  })

  test('a list of counties is read, and each line that is none is told', async () => {
    const path = join(folder, 'counties.csv')
    writeFileSync(path, '430621,岳阳县\n430623,华容县,2020-01-01\n')
    expect(statusOf((await examine({ HUIDA_REGIONS: path })).checks, 'regions')).toBe('ok')
    writeFileSync(path, '430621,岳阳县\n43062,华容县\n')
    expect((await examine({ HUIDA_REGIONS: path })).checks.get('regions')).toMatchObject({
      status: 'fail',
      finding: { en: expect.stringContaining('line 2: a code has six digits') },
    })
  })

  test('an SMS token that cannot be read is a failure', async () => {
    const sms = { HUIDA_SMS_URL: 'http://127.0.0.1:9', HUIDA_SMS_TOKEN_FILE: join(folder, 'no-token') }
    expect(statusOf((await examine(sms)).checks, 'sms')).toBe('fail')
  })

  test('a port that something else holds is a failure, one that a service of ours holds is not', async () => {
    const other = createServer((socket) => socket.end('HELLO\n')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = String(typeof address === 'object' ? address?.port : 0)
    expect(statusOf((await examine({ HUIDA_API_PORT: port })).checks, 'port.api')).toBe('fail')
    other.close()
    const db = openPool(database.url, { max: 1 })
    const health = buildHealth({ db, metrics: async () => '' })
    const listening = await health.listen({ host: '127.0.0.1', port: 0 })
    const ours = new URL(listening).port
    expect((await examine({ HUIDA_HEALTH_PORT: ours })).checks.get('port.health')).toMatchObject({
      status: 'ok',
      finding: { zh: expect.stringContaining('惠达服务') },
    })
    await health.close()
    await db.close()
  })
})

describe('services around it', () => {
  test('F24: a Redis that may throw wake-ups away is a failure, one that keeps them is not', async () => {
    const keeping = await startRedis()
    expect(statusOf((await examine({ REDIS_URL: keeping.url })).checks, 'redis')).toBe('ok')
    await keeping.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    expect((await examine({ REDIS_URL: keeping.url })).checks.get('redis')).toMatchObject({
      status: 'fail',
      finding: { zh: expect.stringContaining('REDIS_EVICTS') },
    })
    await keeping.stop()
    expect(statusOf((await examine({ REDIS_URL: keeping.url })).checks, 'redis')).toBe('fail')
  })

  test('banks are contacted only when it is asked for; one that is away is its own failure', async () => {
    const banks = await runWorld(join(folder, 'banks'), { clock: systemClock, report: () => {} })
    expect((await examine({}, '--banks')).checks.get('bank:cmbc')).toMatchObject({ status: 'ok' })
    expect([...(await examine()).checks.keys()]).not.toContain('bank:cmbc')
    await banks.close()
    const { code, checks } = await examine({}, '--banks')
    expect(code).toBe(1)
    expect(checks.get('bank:ccb')?.finding.zh).toContain('BANK_UNREACHABLE')
  })
})

describe('the machine', () => {
  test.each([
    ['20.11.0', 'ok'],
    ['24.1.0', 'ok'],
    ['20.10.9', 'fail'],
    ['18.20.0', 'fail'],
  ])('Node %s is %s', (version, status) => expect(nodeCheck(version).status).toBe(status))

  test.each([
    ['2026-03-01T00:00:00Z', 'ok'],
    ['2025-11-02T00:00:00Z', 'ok'],
    ['2026-10-31T15:59:00Z', 'ok'],
    ['2026-10-31T16:01:00Z', 'warn'],
    ['2031-03-01T00:00:00Z', 'fail'],
  ])('at %s the calendar is %s', (at, status) => expect(calendarCheck(new Date(at)).status).toBe(status))

  test('a clock before this program was written cannot be right, and a simulated one is told', () => {
    expect(clockCheck(new Date('1970-01-01'), false).status).toBe('fail')
    expect(clockCheck(new Date('2026-05-01'), false).status).toBe('ok')
    expect(clockCheck(new Date('2026-05-01'), true).status).toBe('warn')
  })
})

/** A copy of the agreements, changed; of one bank's alone when one is named. */
function agreementsWith(change: (yaml: string) => string, bank?: string): string {
  const target = mkdtempSync(join(folder, 'agreements-'))
  for (const name of readdirSync(world.agreementsFolder)) {
    const yaml = readFileSync(join(world.agreementsFolder, name), 'utf8')
    writeFileSync(join(target, name), bank === undefined || name.startsWith(bank) ? change(yaml) : yaml)
  }
  return target
}
