/** Wake-ups over a real Redis that is flushed, killed, absent or badly set up: money work is never lost with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../ops/simulator/listen-patiently.ts'
import { type BullDriver, type BullOptions, openBullDriver } from '../../schedulers/bull-driver.ts'
import { type Sweep, startSweep } from '../../schedulers/sweep.ts'
import { keyOf, type WakeUp } from '../../schedulers/work-driver.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { startRecorder, until } from './recorder.ts'

const opened: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

async function redis(policy?: string): Promise<TestRedis> {
  const server = await startRedis(policy === undefined ? {} : { policy })
  opened.push(server)
  return server
}

function driverOn(url: string, options: BullOptions = {}): BullDriver {
  const driver = openBullDriver(url, options)
  opened.push(driver)
  return driver
}

/** Due work as PostgreSQL would list it: what has not run yet. */
function sweepOf(due: readonly WakeUp[], runs: readonly string[], driver: BullDriver): Sweep {
  const findDue = async (): Promise<readonly WakeUp[]> =>
    due.filter((wakeUp) => !runs.includes(keyOf(wakeUp)))
  const sweep = startSweep({ findDue, wake: (wakeUp) => driver.wake(wakeUp), everyMs: 300 })
  opened.push(sweep)
  return sweep
}

const lanes = { heavySteps: ['seal'] }
const fifty: readonly WakeUp[] = Array.from({ length: 50 }, (_, at) => ({
  step: 'plan',
  subject: String(at),
}))

describe('a Bull driver', () => {
  it('makes one run of equal wake-ups that wait, from any process', async () => {
    const { url } = await redis()
    const [first, second] = [driverOn(url), driverOn(url)]
    for (const driver of [first, second, first, second]) await driver.wake({ step: 'plan', subject: '7' })
    await second.wake({ step: 'plan', subject: '8' })
    const recorder = startRecorder()
    first.start(recorder.run, lanes)
    await until('both ran', () => recorder.runs.length >= 2)
    expect(recorder.runs.sort()).toEqual(['plan:7', 'plan:8'])
  })

  it('runs a wake-up again that came while it ran, after it and not beside it', async () => {
    const { url } = await redis()
    const driver = driverOn(url)
    const recorder = startRecorder(true)
    driver.start(recorder.run, lanes)
    await driver.wake({ step: 'plan', subject: '7' })
    await until('it runs', () => recorder.runs.length === 1)
    await driver.wake({ step: 'plan', subject: '7' })
    await driver.wake({ step: 'plan', subject: '7' })
    recorder.release()
    await until('it ran again', () => recorder.runs.length === 2)
    expect(recorder.most.get('plan')).toBe(1)
  })

  it('lets an earlier wake-up overtake a later one', async () => {
    const { url } = await redis()
    const driver = driverOn(url)
    const recorder = startRecorder()
    driver.start(recorder.run, lanes)
    await driver.wake({ step: 'collect', subject: 'bank' }, 3_600_000)
    await driver.wake({ step: 'collect', subject: 'bank' })
    await until('it ran', () => recorder.runs.length === 1)
  })

  it('sends heavy work to the heavy lane when the waker did not know the lanes', async () => {
    const { url } = await redis()
    const worker = driverOn(url)
    const recorder = startRecorder(true)
    worker.start(recorder.run, lanes)
    const waker = driverOn(url)
    for (const subject of ['1', '2', '3']) await waker.wake({ step: 'seal', subject })
    await until('one runs', () => recorder.runs.length === 1)
    recorder.release()
    await until('all ran', () => recorder.runs.length === 3)
    expect(recorder.most.get('seal')).toBe(1)
  })

  it('carries a step and a subject and nothing else', async () => {
    const server = await redis()
    await driverOn(server.url).wake({ step: 'plan', subject: '7' })
    const job = await server.command('HGET', 'huida:light:plan:7', 'data')
    expect(job).toContain('{"step":"plan","subject":"7"}')
  })
})

/** A process takes the work of plan:7 and is killed while it runs. */
async function dieRunning(url: string, driver: BullDriver): Promise<void> {
  const worker = spawn(process.execPath, ['--input-type=module', '-e', workerCode(url)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(worker, 'exit').then(() => Promise.reject(new Error('the worker ended; is it built?')))
  await driver.wake({ step: 'plan', subject: '7' })
  await Promise.race([once(worker.stdout, 'data'), ended])
  worker.kill('SIGKILL')
  await ended.catch(() => {})
}

const workerCode = (url: string): string => `
  import { openBullDriver } from ${JSON.stringify(new URL('../../dist/schedulers/bull-driver.js', import.meta.url).href)}
  openBullDriver(${JSON.stringify(url)}).start((wakeUp) => {
    process.stdout.write(wakeUp.subject)
    return new Promise(() => {})
  }, { heavySteps: [] })
  setInterval(() => {}, 1000)
`

describe('a worker that is killed', () => {
  it('leaves its work to another process at the next sweep, long before Bull gives it up', async () => {
    const { url } = await redis()
    const driver = driverOn(url)
    await dieRunning(url, driver)
    const recorder = startRecorder()
    driver.start(recorder.run, lanes)
    sweepOf([{ step: 'plan', subject: '7' }], recorder.runs, driver)
    await until('it ran', () => recorder.runs.length === 1)
  })

  it('F27: leaves it even when several processes died on the same work, one after the other', async () => {
    const { url } = await redis()
    const driver = driverOn(url, { lockMs: 300_000 })
    for (let deaths = 0; deaths < 3; deaths++) await dieRunning(url, driver)
    const recorder = startRecorder()
    driver.start(recorder.run, lanes)
    sweepOf([{ step: 'plan', subject: '7' }], recorder.runs, driver)
    await until('it ran', () => recorder.runs.length === 1)
  })
})

describe('Redis in trouble', () => {
  it('F22: FLUSHALL loses fifty wake-ups, and the sweep wakes all fifty again', async () => {
    const server = await redis()
    const driver = driverOn(server.url)
    for (const wakeUp of fifty) await driver.wake(wakeUp)
    await server.flushAll()
    const recorder = startRecorder()
    driver.start(recorder.run, lanes)
    await driver.wake({ step: 'after', subject: 'flush' })
    await until('new work runs', () => recorder.runs.includes('after:flush'))
    expect(recorder.runs).toEqual(['after:flush'])
    sweepOf(fifty, recorder.runs, driver)
    await until('all ran', () => fifty.every((wakeUp) => recorder.runs.includes(keyOf(wakeUp))))
  })

  it('F22: FLUSHALL under a running worker does not stop it', async () => {
    const server = await redis()
    const driver = driverOn(server.url)
    const recorder = startRecorder()
    driver.start(recorder.run, lanes)
    for (const wakeUp of fifty.slice(0, 10)) await driver.wake(wakeUp)
    await server.flushAll()
    sweepOf(fifty, recorder.runs, driver)
    await until('all ran', () => fifty.every((wakeUp) => recorder.runs.includes(keyOf(wakeUp))))
  })

  it('F22: a wake-up that Redis forgot while it ran is no outage, and the next outage is told', async () => {
    const server = await redis()
    const troubles: unknown[] = []
    const driver = driverOn(server.url, { onTrouble: (error) => troubles.push(error) })
    const recorder = startRecorder(true)
    driver.start(recorder.run, lanes)
    await driver.wake({ step: 'plan', subject: '7' })
    await until('it runs', () => recorder.runs.length === 1)
    await server.flushAll()
    recorder.release()
    await driver.wake({ step: 'plan', subject: '8' })
    await until('the next one ran', () => recorder.runs.includes('plan:8'))
    expect(troubles).toEqual([])
    await server.kill()
    await until('the outage is told', () => troubles.length > 0)
    expect(troubles).toMatchObject([{ code: 'REDIS_UNREACHABLE' }])
  })

  it('F23: after kill -9 without a saved file the same worker runs everything', async () => {
    const server = await redis()
    const troubles: unknown[] = []
    let recoveries = 0
    const driver = driverOn(server.url, {
      onTrouble: (e) => troubles.push(e),
      onRecovery: () => recoveries++,
    })
    const recorder = startRecorder()
    for (const wakeUp of fifty) await driver.wake(wakeUp)
    await server.kill()
    driver.start(recorder.run, lanes)
    await driver.wake({ step: 'while', subject: 'away' })
    await server.restart()
    sweepOf(fifty, recorder.runs, driver)
    await until('all ran', () => fifty.every((wakeUp) => recorder.runs.includes(keyOf(wakeUp))))
    await until('recovery was told', () => recoveries === 1)
    expect(troubles).toHaveLength(1)
    expect(troubles[0]).toMatchObject({ code: 'REDIS_UNREACHABLE' })
  })

  it('F24: refuses a Redis that may evict wake-ups', async () => {
    const { url } = await redis('allkeys-lru')
    await expect(driverOn(url).check()).rejects.toMatchObject({
      code: 'REDIS_EVICTS',
      facts: { policy: 'allkeys-lru' },
    })
    const fit = await redis()
    await expect(driverOn(fit.url).check()).resolves.toBeUndefined()
  })

  it('F25: with no Redis at all, waking never fails, says so once, and work is woken when Redis comes', async () => {
    const port = await freePort()
    const troubles: unknown[] = []
    const driver = driverOn(`redis://127.0.0.1:${port}`, {
      onTrouble: (e) => troubles.push(e),
      wakeLimitMs: 200,
    })
    const recorder = startRecorder()
    driver.start(recorder.run, lanes)
    for (const wakeUp of fifty.slice(0, 3)) await driver.wake(wakeUp)
    expect(troubles).toHaveLength(1)
    await expect(driver.check()).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' })
    const server = await startRedis({ port })
    opened.push(server)
    sweepOf(fifty, recorder.runs, driver)
    await until('all ran', () => fifty.every((wakeUp) => recorder.runs.includes(keyOf(wakeUp))))
  })

  it('F25: stops in time although Redis is away', async () => {
    const driver = openBullDriver(`redis://127.0.0.1:${await freePort()}`)
    driver.start(startRecorder().run, lanes)
    await driver.wake({ step: 'plan', subject: '1' })
    await driver.stop()
    await driver.stop()
  })
})
