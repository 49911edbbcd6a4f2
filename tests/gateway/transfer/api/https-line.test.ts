/** The line to a bank's server: who it is, how long it may take, how much it may say, and what is proven when it fails. */
import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type Exchange, httpsLine, type LineTerms } from '../../../../gateway/transfer/api/https-line.ts'
import { reachServer } from '../../../../gateway/transfer/api/pinned-connector.ts'
import { freePort } from '../../../../ops/simulator/listen-patiently.ts'
import { type RawAnswer, type RawServer, rawTlsServer } from './raw-tls-server.ts'

let server: RawServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const http = (body: string | Buffer, head = '', status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${head}\r\n${body}`

async function post(terms: Partial<LineTerms> & { url: string }): Promise<Exchange> {
  const line = httpsLine({ connectMs: 1000, answerMs: 600, maxAnswerBytes: 64 * 1024, ...terms })
  try {
    return await line.post({ path: '/api', contentType: 'text/plain', body: Buffer.from('hello') })
  } finally {
    await line.close()
  }
}

async function answered(answer: RawAnswer, terms: Partial<LineTerms> = {}): Promise<Exchange> {
  server = await rawTlsServer(answer)
  return post({ url: server.url, pins: [server.pin], ...terms })
}

/** A TCP server without TLS. */
async function plainServer(
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; seen(): number; close(): void }> {
  const sockets: Socket[] = []
  const plain = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((listening) => plain.listen(0, '127.0.0.1', () => listening()))
  const address = plain.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seen: () => sockets.length,
    close: () => {
      for (const socket of sockets) socket.destroy()
      plain.close()
    },
  }
}

const ends = (bytes: string | Buffer): RawAnswer => ({ bytes, after: 'end' })

describe('a server is known by its key', () => {
  it('S01: the pinned one is spoken to', async () => {
    expect(await answered(ends(http('ok')))).toMatchObject({ kind: 'answered', status: 200 })
  })

  it('S01: another key gets no byte of the request', async () => {
    const pins = [Buffer.alloc(32, 1).toString('base64')]
    expect(await answered(ends(http('ok')), { pins })).toMatchObject({
      kind: 'not-sent',
      fault: { code: 'HOST_KEY_CHANGED' },
    })
    expect(server?.seen()).toBe(0)
  })

  it('S01: one of two pins is enough while a key is changed', async () => {
    server = await rawTlsServer(ends(http('ok')))
    const pins = [Buffer.alloc(32, 1).toString('base64'), server.pin]
    expect((await post({ url: server.url, pins })).kind).toBe('answered')
  })

  it('S01: without a pin, a certificate that no named authority signed is refused', async () => {
    server = await rawTlsServer(ends(http('ok')))
    expect(await post({ url: server.url })).toMatchObject({ kind: 'not-sent' })
    const other = await rawTlsServer(ends(http('ok')))
    const authority = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'
    expect((await post({ url: other.url, ca: authority })).kind).toBe('not-sent')
    await other.close()
    expect(server.seen()).toBe(0)
  })

  it('S01: TLS 1.1 is too old', async () => {
    server = await rawTlsServer(ends(http('ok')), 'TLSv1.1')
    expect((await post({ url: server.url, pins: [server.pin] })).kind).toBe('not-sent')
    expect(server.seen()).toBe(0)
  })

  it('S01: a look at the server makes no request, and tells a key that is not pinned', async () => {
    server = await rawTlsServer(ends(http('ok')))
    await reachServer(server.url, { connectMs: 1000, pins: [server.pin] })
    const stranger = reachServer(server.url, {
      connectMs: 1000,
      pins: [Buffer.alloc(32, 1).toString('base64')],
    })
    await expect(stranger).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' })
    expect(server.seen()).toBe(0)
  })

  it('no proxy of the environment is asked', async () => {
    const proxy = await plainServer((socket) => socket.destroy())
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`
    expect((await answered(ends(http('ok')))).kind).toBe('answered')
    delete process.env.HTTPS_PROXY
    expect(proxy.seen()).toBe(0)
    proxy.close()
  })
})

describe('nothing was sent', () => {
  it('where nobody listens', async () => {
    const port = await freePort()
    const url = `https://127.0.0.1:${port}`
    expect(await post({ url, pins: [] })).toMatchObject({
      kind: 'not-sent',
      fault: { code: 'BANK_UNREACHABLE' },
    })
  })

  it('where the server speaks no TLS', async () => {
    const plain = await plainServer((socket) => socket.end('220 hello\r\n'))
    expect((await post({ url: `https://127.0.0.1:${plain.port}`, pins: [] })).kind).toBe('not-sent')
    plain.close()
  })

  it('F44: where the handshake never ends', async () => {
    const silent = await plainServer(() => {})
    const url = `https://127.0.0.1:${silent.port}`
    expect((await post({ url, pins: [], connectMs: 300 })).kind).toBe('not-sent')
    silent.close()
  })
})

describe('F50: nothing is known after', () => {
  const cases: readonly [string, RawAnswer][] = [
    ['a reset instead of an answer', { bytes: '', after: 'reset' }],
    ['half a head', ends('HTTP/1.1 200 OK\r\ncontent-le')],
    ['half a body', ends('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
    ['an end within a chunk', ends('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\nhalf')],
    ['something that is not HTTP', ends('\u0000\u0001garbage')],
    ['a head without end', { bytes: `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}`, after: 'wait' }],
    ['an answer that never comes', { bytes: '', after: 'wait' }],
    [
      'a body that stops coming',
      { bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', after: 'wait' },
    ],
  ]
  it.each(cases)('%s', async (_what, answer) => {
    expect((await answered(answer)).kind).toBe('unanswered')
    expect(server?.seen()).toBe(1)
  })

  it('S35: an answer that is longer than agreed, with or without saying so', async () => {
    expect((await answered(ends(http('x'.repeat(70_000))))).kind).toBe('unanswered')
    await server?.close()
    const chunk = `${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n`
    const endless = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`
    expect((await answered(ends(endless))).kind).toBe('unanswered')
  })

  it('S35: a packed answer, which could be a bomb', async () => {
    const packed = gzipSync(Buffer.alloc(1024 * 1024))
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`
    expect((await answered(ends(Buffer.concat([Buffer.from(head), packed])))).kind).toBe('unanswered')
  })
})

describe('what the server says is told as it was said', () => {
  it('S35: a redirect is an answer and is not followed', async () => {
    const elsewhere = await rawTlsServer(ends(http('other')))
    const head = `location: ${elsewhere.url}/\r\n`
    expect(await answered(ends(http('', head, '302 Found')))).toMatchObject({ kind: 'answered', status: 302 })
    expect(elsewhere.seen()).toBe(0)
    await elsewhere.close()
  })

  it('F55: 429, and 503 with a time, ask us to wait', async () => {
    const slow = ends(http('slow', 'retry-after: 90\r\n', '429 Too Many Requests'))
    expect(await answered(slow)).toMatchObject({ kind: 'busy', status: 429, retryAfter: '90' })
    await server?.close()
    const down = ends(http('', 'retry-after: 5\r\n', '503 Service Unavailable'))
    expect(await answered(down)).toMatchObject({ kind: 'busy', status: 503 })
    await server?.close()
    const error = ends(http('', '', '503 Service Unavailable'))
    expect(await answered(error)).toMatchObject({ kind: 'answered', status: 503 })
  })
})
