/** The demo's platform as a good client: what got no answer is asked again as it was, what was refused is not. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { money } from '../../formats/values/money.ts'
import { type PlatformClient, platformClient } from '../../ops/demo/platform-client.ts'

interface Seen {
  readonly line: string
  readonly key: string | undefined
  readonly body: string
}

let server: Server | undefined
let client: PlatformClient | undefined
afterEach(async () => {
  await client?.close()
  server?.closeAllConnections()
  server?.close()
})

/** An API that treats each call, by its number from 0, as `manners` has it. */
async function api(
  manners: (at: number, response: ServerResponse, request: IncomingMessage) => void,
  patienceMs: number,
): Promise<Seen[]> {
  const seen: Seen[] = []
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      const key = request.headers['idempotency-key']
      seen.push({
        line: `${request.method} ${request.url}`,
        key: typeof key === 'string' ? key : undefined,
        body,
      })
      manners(seen.length - 1, response, request)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((ready) => server?.once('listening', ready))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  client = platformClient(`http://127.0.0.1:${port}`, 'token', patienceMs)
  return seen
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const batch = {
  header: { batchNo: 'B1', period: '2026' },
  chunks: [Buffer.from('one\n'), Buffer.from('two\n')],
  seal: { count: 2, amountFen: money(3n), sha256: '00' },
}

describe('the platform', () => {
  it('F01 F03: repeats a call whose answer was lost with the same key and the same bytes', async () => {
    const seen = await api((at, response, request) => {
      if (at % 2 === 0) request.socket.destroy()
      else response.end('{}')
    }, 60_000)
    await client?.handIn(batch)
    expect(seen.map(({ line }) => line)).toEqual([
      'POST /v1/batches',
      'POST /v1/batches',
      'PUT /v1/batches/B1/instructions?part=1',
      'PUT /v1/batches/B1/instructions?part=1',
      'PUT /v1/batches/B1/instructions?part=2',
      'PUT /v1/batches/B1/instructions?part=2',
      'POST /v1/batches/B1/seal',
      'POST /v1/batches/B1/seal',
    ])
    expect(JSON.parse(seen[6]?.body ?? '').sha256).toBe(sha256(sha256('one\n') + sha256('two\n')))
    for (let at = 0; at < seen.length; at += 2) expect(seen[at + 1]).toEqual(seen[at])
  })

  it('comes again after 503 and 429, and not after a refusal', async () => {
    const seen = await api((at, response) => {
      response.statusCode = [503, 429, 409][at] ?? 500
      response.end('{"code":"BATCH_NO_TAKEN"}')
    }, 60_000)
    await expect(client?.handIn(batch)).rejects.toThrow('409')
    expect(seen).toHaveLength(3)
  })

  it('without patience asks once, and sends a batch as one part', async () => {
    const seen = await api((at, response) => {
      response.statusCode = at < 3 ? 200 : 503
      response.end('{}')
    }, 0)
    await client?.handIn(batch)
    expect(seen[1]).toMatchObject({ line: 'PUT /v1/batches/B1/instructions?part=1', body: 'one\ntwo\n' })
    await expect(client?.position('B1')).rejects.toThrow('503')
    expect(seen).toHaveLength(4)
  })
})
