/** Uploads over a real connection: broken off, silent, too large, packed too well, too many; nothing is left of any. */
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { header, lines, ndjson } from '../../gateway/intake/intake-stand.ts'
import { type ApiStand, openApiStand } from './api-stand.ts'

let stand: ApiStand
let port: number

beforeAll(async () => {
  stand = await openApiStand({ uploadIdleMs: 400, uploadsPerClient: 2, jsonTimeoutMs: 400 })
  await stand.app.listen({ host: '127.0.0.1', port: 0 })
  port = (stand.app.server.address() as AddressInfo).port
})
afterAll(() => stand.close())

interface Sent {
  readonly status: number
  readonly body: { code: string; errors?: { code: string }[]; lineCount?: number }
}

interface Sending {
  readonly answer: Promise<Sent>
  write(bytes: Buffer): void
  end(): void
  breakOff(): void
}

/** Begins an upload with its head sent; the test decides what follows. */
function begin(batchNo: string, headers: Record<string, string> = {}): Sending {
  const request = httpRequest({
    port,
    method: 'PUT',
    path: `/v1/batches/${batchNo}/instructions?part=1`,
    headers: {
      authorization: `Bearer ${stand.tokens.county}`,
      'content-type': 'application/x-ndjson',
      ...headers,
    },
  })
  request.flushHeaders()
  const answer = new Promise<Sent>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(String(Buffer.concat(chunks))) }),
      )
    })
  })
  answer.catch(() => {})
  return {
    answer,
    write: (bytes) => void request.write(bytes),
    end: () => void request.end(),
    breakOff: () => void request.destroy(),
  }
}

function upload(batchNo: string, body: Buffer, headers?: Record<string, string>): Promise<Sent> {
  const sending = begin(batchNo, headers)
  sending.write(body)
  sending.end()
  return sending.answer
}

async function open(batchNo: string, count: number): Promise<Buffer> {
  const all = lines(batchNo, count)
  await stand.call({ method: 'POST', url: '/v1/batches', body: header(batchNo, all), key: `open-${batchNo}` })
  return ndjson(all)
}

const linesOf = (batchNo: string): Promise<number> =>
  stand.intake.count(
    `select count(*)::int as n from batch b join staged_instruction i using (batch_id) where b.batch_no = $1`,
    [batchNo],
  )

/** Waits until a condition of the server holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('an upload', () => {
  it('arrives piece by piece', async () => {
    const body = await open('PIECES', 3000)
    const sending = begin('PIECES')
    for (let at = 0; at < body.length; at += 9_973) sending.write(body.subarray(at, at + 9_973))
    sending.end()
    expect(await sending.answer).toMatchObject({ status: 200, body: { lineCount: 3000 } })
    expect(await linesOf('PIECES')).toBe(3000)
  })

  it('F01: that breaks off leaves nothing, and the whole of it is taken afterwards', async () => {
    const body = await open('BROKEN', 500)
    const sending = begin('BROKEN')
    sending.write(body.subarray(0, body.length / 2))
    await until(() => stand.intake.spooled().length > 0 || true)
    sending.breakOff()
    await expect(sending.answer).rejects.toThrow()
    expect(await linesOf('BROKEN')).toBe(0)
    expect(await upload('BROKEN', body)).toMatchObject({ status: 200, body: { lineCount: 500 } })
    expect(stand.intake.spooled()).toEqual([])
  })

  it('that falls silent is ended with 408', async () => {
    const body = await open('SILENT', 50)
    const sending = begin('SILENT')
    sending.write(body.subarray(0, 1000))
    expect(await sending.answer).toMatchObject({ status: 408, body: { code: 'REQUEST_TIMEOUT' } })
    expect(await linesOf('SILENT')).toBe(0)
    sending.breakOff()
  })

  it('F70: that is packed like a bomb is refused with 413 while it still comes', async () => {
    await open('BOMB', 10)
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    const sent = await upload('BOMB', bomb, { 'content-encoding': 'gzip' })
    expect(sent).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE', errors: [{ code: 'GZIP_RATIO' }] },
    })
  })

  it('with damaged gzip is refused', async () => {
    const body = gzipSync(await open('DAMAGED', 10))
    const sent = await upload('DAMAGED', body.subarray(0, body.length - 9), { 'content-encoding': 'gzip' })
    expect(sent).toMatchObject({
      status: 422,
      body: { code: 'BODY_REFUSED', errors: [{ code: 'GZIP_DAMAGED' }] },
    })
  })

  it('to nowhere is answered although its body is still on its way', async () => {
    const sent = await upload('NOWHERE', Buffer.alloc(8 * 1024 * 1024, 0x20))
    expect(sent).toMatchObject({ status: 404, body: { code: 'BATCH_NOT_FOUND' } })
    const stranger = await upload('NOWHERE', Buffer.alloc(8 * 1024 * 1024, 0x20), {
      authorization: 'Bearer none',
    })
    expect(stranger.status).toBe(401)
  })

  it('S13: beside two others of the same client is put off', async () => {
    const bodies = [await open('FIRST', 20), await open('SECOND', 20)]
    const two = ['FIRST', 'SECOND'].map((batchNo) => begin(batchNo))
    for (const [index, sending] of two.entries())
      sending.write(bodies[index]?.subarray(0, 500) ?? Buffer.alloc(0))
    await open('THIRD', 20)
    let third = await upload('THIRD', ndjson(lines('THIRD', 20)))
    expect(third).toMatchObject({ status: 429, body: { code: 'TOO_MANY_UPLOADS' } })
    for (const [index, sending] of two.entries()) {
      sending.write(bodies[index]?.subarray(500) ?? Buffer.alloc(0))
      sending.end()
      expect((await sending.answer).status).toBe(200)
    }
    third = await upload('THIRD', ndjson(lines('THIRD', 20)))
    expect(third.status).toBe(200)
  })
})

/** Sends bytes as they are and gives everything that comes back. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => resolve(String(Buffer.concat(chunks))))
    socket.on('error', reject)
    socket.write(bytes)
  })
}

describe('a connection', () => {
  it('on which no HTTP comes is answered with a problem too', async () => {
    const answer = await raw('HELLO\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/)
    expect(answer).toContain('"code":"REQUEST_MALFORMED"')
  })

  it('with headers beyond 16 KiB is answered with 431', async () => {
    const answer = await raw(`GET /v1/outcomes HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(answer).toContain('"code":"HEADERS_TOO_LARGE"')
  })

  it('whose JSON does not come in time is answered with 408', async () => {
    const answer = await raw(
      [
        'POST /v1/batches HTTP/1.1',
        'Host: a',
        `Authorization: Bearer ${stand.tokens.county}`,
        'Idempotency-Key: slow',
        'Content-Type: application/json',
        'Content-Length: 100',
        'Connection: close',
        '',
        '{"batchNo"',
      ].join('\r\n'),
    )
    expect(answer).toContain('"code":"REQUEST_TIMEOUT"')
  })
})
