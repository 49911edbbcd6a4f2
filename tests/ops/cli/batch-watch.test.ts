/** `huida batch status` and `huida batch watch`: where the money of a batch stands, until banks have answered. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lines, ndjson } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApi } from './api-stand.ts'
import { runHuida } from './command-run.ts'

let api: ApiStand
beforeAll(async () => {
  api = await openApi()
  const all = lines('FOLLOW', 20)
  const input = api.file('follow.ndjson', ndjson(all))
  await api.run('submit', '--header', api.headerFile('FOLLOW', all), '--in', input)
  await api.run(
    'submit',
    '--header',
    api.headerFile('OPEN', all),
    '--in',
    input,
    '--url',
    `${api.url}/nowhere`,
  )
})
afterAll(() => api.close())

/** Moves all of a batch at each bank as given: its ten lines between waiting and these states. */
const stand = async (states: Readonly<Record<string, number>>): Promise<void> => {
  const all = ['waiting', 'in_flight', 'unknown', 'conflict', 'paid', 'failed']
  const counts = all.map((state) => `${state}_count = ${states[state] ?? 0}`)
  const first = all.find((state) => (states[state] ?? 0) > 0) ?? 'waiting'
  const fens = all.map((state) => {
    const others = all.filter((other) => other !== first).map((other) => states[other] ?? 0)
    return state === first
      ? `${state}_fen = accepted_fen - ${others.reduce((sum, count) => sum + count * 10_000, 0)}`
      : `${state}_fen = ${(states[state] ?? 0) * 10_000}`
  })
  await api.rows(`update position set ${[...counts, ...fens].join(', ')}`)
}

describe('huida batch status', () => {
  test('the position is a table with Chinese names, count and yuan, per bank and in total', async () => {
    await stand({ waiting: 4, in_flight: 3, paid: 2, failed: 1 })
    const { code, stdout } = await api.run('status', 'FOLLOW')
    expect(code).toBe(0)
    expect(stdout.split('\n')[0]).toBe('FOLLOW  耕地地力保护补贴 FARMLAND-2026  已受理 accepted')
    expect(stdout).toMatch(/cmbc +受理 accepted +10 +1001\.00/)
    expect(stdout).toMatch(/\n +在途 in_flight +3 +300\.00/)
    expect(stdout).toMatch(/合计 total +受理 accepted +20 +2001\.90/)
    expect(stdout).toMatch(/\n +已发放 paid +4 +400\.00/)
    expect(stdout).not.toContain('状态未知')
  })

  test('as JSON it is the answer of the API', async () => {
    const { stdout } = await api.run('status', 'FOLLOW', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      batchNo: 'FOLLOW',
      position: { total: { accepted: { count: 20, amountFen: 200190 }, states: { paid: { count: 4 } } } },
    })
  })

  test('a batch that is not there is refused', async () => {
    const run = await api.run('status', 'NONE')
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toContain('BATCH_NOT_FOUND: 没有这个批次')
  })

  test('a service that is away is a fault', async () => {
    const run = await api.run('status', 'FOLLOW', '--url', 'http://127.0.0.1:1')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('No answer from http://127.0.0.1:1')
  })

  test.each([['ftp://x'], ['not a url'], ['http://user:secret@host']])(
    'the address %j is no address',
    async (url) => {
      expect((await runHuida(['batch', 'status', 'X', '--url', url])).code).toBe(2)
    },
  )
})

describe('huida batch watch', () => {
  beforeEach(() => stand({ waiting: 10 }))

  const watch = (...more: string[]) =>
    api.run('watch', 'FOLLOW', '--until-settled', '--every', '0.05', ...more)

  test('it goes on while something waits or is in flight and ends when all is answered', async () => {
    const watching = watch('--json')
    await stand({ in_flight: 10 })
    await stand({ in_flight: 4, paid: 6 })
    await stand({ paid: 9, failed: 1 })
    const { code, stdout } = await watching
    expect(code).toBe(0)
    const looks = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).position.total.states)
    expect(looks.at(-1)).toMatchObject({
      waiting: { count: 0 },
      in_flight: { count: 0 },
      paid: { count: 18 },
    })
  })

  test('off a terminal each change is one line', async () => {
    await stand({ paid: 9, failed: 1 })
    expect((await watch()).stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}已发放 18 {2}失败 2\n$/)
  })

  test('payments of which nobody can say what became of them end it with 4', async () => {
    await stand({ paid: 8, unknown: 1, conflict: 1 })
    const { code, stderr } = await watch()
    expect(code).toBe(4)
    expect(stderr).toContain('4 笔状态未知或结果矛盾')
  })

  test('a batch that is not there ends it at once', async () => {
    expect((await api.run('watch', 'NONE', '--until-settled')).code).toBe(3)
  })

  test('a batch that is still received is waited for, and an interruption ends the wait', async () => {
    await api.rows(`update batch set state = 'open' where batch_no = 'FOLLOW'`)
    const before = process.listenerCount('SIGINT')
    const watching = watch()
    while (process.listenerCount('SIGINT') === before) await new Promise((resolve) => setImmediate(resolve))
    process.emit('SIGINT', 'SIGINT')
    expect((await watching).code).toBe(0)
    await api.rows(`update batch set state = 'accepted' where batch_no = 'FOLLOW'`)
  })
})
