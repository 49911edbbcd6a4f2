/** The simulated SMS provider: what it accepts, what it forgets, and how a caller in doubt finds out. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type SmsProvider,
  type SmsProviderOptions,
  startSmsProvider,
} from '../../../ops/simulator/sms/sms-provider.ts'

const token = 'a-token-of-the-test'
const clock = { now: () => new Date('2026-03-02T02:00:00Z') }
let folder: string
let provider: SmsProvider
let ledgers = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'huida-sms-'))
})
afterEach(async () => await provider.close())
afterAll(async () => await rm(folder, { recursive: true }))

async function start(faults: Partial<SmsProviderOptions> = {}): Promise<void> {
  const ledgerFile = join(folder, `ledger-${++ledgers}`)
  const calm = { idempotent: false, dropShare: 0, busyShare: 0 }
  provider = await startSmsProvider({
    host: '127.0.0.1',
    port: 0,
    token,
    ledgerFile,
    clock,
    seed: 7,
    ...calm,
    ...faults,
  })
}

const message = (n: number) => ({
  ref: `ref-${n}`,
  phone: '13800000000',
  params: { name: '张三', tail: '0017' },
})

async function call(path: string, body?: unknown, bearer = token) {
  const answer = await fetch(`http://127.0.0.1:${provider.port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const parsed: unknown = await answer.json()
  return { status: answer.status, body: parsed }
}

const send = (requestId: string, numbers: readonly number[]) =>
  call('/v1/messages', { requestId, template: 'arrival', messages: numbers.map(message) })

describe('the SMS provider', () => {
  it('accepts a call and tells how many messages it took', async () => {
    await start()
    expect(await send('r1', [1, 2])).toEqual({ status: 202, body: { requestId: 'r1', accepted: 2 } })
    expect(await call('/v1/requests/r1')).toEqual({ status: 200, body: { accepted: 2 } })
    expect((await call('/v1/requests/r2')).status).toBe(404)
  })

  it('sends a repeated request again, unless it is idempotent', async () => {
    await start()
    await send('r1', [1, 2])
    await send('r1', [1, 2])
    expect((await call('/v1/ledger')).body).toEqual({ requests: 2, messages: 4, duplicateRefs: 2 })
    await provider.close()
    await start({ idempotent: true })
    await send('r1', [1, 2])
    expect(await send('r1', [1, 2])).toEqual({ status: 202, body: { requestId: 'r1', accepted: 2 } })
    expect((await call('/v1/ledger')).body).toEqual({ requests: 1, messages: 2, duplicateRefs: 0 })
  })

  it('breaks the connection after it accepted, and says so when asked', async () => {
    await start({ dropShare: 1 })
    await expect(send('r1', [1])).rejects.toThrow()
    expect(await call('/v1/requests/r1')).toEqual({ status: 200, body: { accepted: 1 } })
  })

  it('answers 503 before it accepted anything, and lets a later try through', async () => {
    await start({ busyShare: 0.5 })
    let busy = 0
    for (let n = 0; n < 20; n++) {
      while ((await send(`r${n}`, [n])).status === 503) {
        busy++
        expect((await call(`/v1/requests/r${n}`)).status).toBe(404)
      }
    }
    expect(busy).toBeGreaterThan(0)
    expect((await call('/v1/ledger')).body).toEqual({ requests: 20, messages: 20, duplicateRefs: 0 })
  })

  it('remembers after a restart what it accepted', async () => {
    await start()
    await send('r1', [1, 2, 3])
    await provider.close()
    const ledgerFile = join(folder, `ledger-${ledgers}`)
    await start({ ledgerFile })
    expect((await call('/v1/requests/r1')).body).toEqual({ accepted: 3 })
  })

  it('writes no phone number and no name to its ledger', async () => {
    await start()
    await send('r1', [1])
    const text = await readFile(join(folder, `ledger-${ledgers}`), 'utf8')
    expect(text).toContain('ref-1')
    expect(text).not.toMatch(/13800000000|张三|0017/)
  })

  it('refuses a wrong token, more than 1000 messages and a malformed body, naming fields only', async () => {
    await start()
    expect((await call('/v1/ledger', undefined, 'another')).status).toBe(401)
    expect(
      (
        await send(
          'r1',
          Array.from({ length: 1001 }, (_, n) => n),
        )
      ).status,
    ).toBe(400)
    expect(
      await send(
        'r1',
        Array.from({ length: 1000 }, (_, n) => n),
      ),
    ).toMatchObject({ status: 202 })
    const bad = { requestId: 'r2', template: 't', messages: [{ ...message(1), phone: 'secret' }] }
    expect(await call('/v1/messages', bad)).toEqual({
      status: 400,
      body: { error: 'MALFORMED', fields: ['messages.0.phone'] },
    })
  })
})
