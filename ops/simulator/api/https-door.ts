/**
 * The HTTPS door of a simulated bank: its own key, TLS 1.2 or newer, one handler for every POST. The handler may let
 * the connection break instead of answering, which is how time-outs after execution are made.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { selfSignedCertificate } from '../../../crypto/self-signed-certificate.ts'
import { serverPin } from '../../../gateway/transfer/api/pinned-connector.ts'

/** A call as the door hands it in. */
export interface DoorCall {
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
}

/** An answer, or a connection that breaks. */
export type DoorAnswer =
  | {
      readonly kind: 'answer'
      readonly body: Buffer | string
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'break' }

/** An open door. `pin` is what agreements pin. */
export interface HttpsDoor {
  readonly url: string
  readonly pin: string
  close(): Promise<void>
}

const largestBodyBytes = 64 * 1024 * 1024
const dayMs = 86_400_000

/** Opens a door on loopback with a key of its own. Rejects when the port is taken; port 0 takes a free one. */
export async function openHttpsDoor(
  handle: (call: DoorCall) => Promise<DoorAnswer>,
  port = 0,
): Promise<HttpsDoor> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = selfSignedCertificate({
    privateKey,
    commonName: 'simulated bank API',
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 3650 * dayMs),
    keyUsages: ['digitalSignature'],
  })
  const certificate = new X509Certificate(der)
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const server = createServer(
    { key, cert: certificate.toString(), minVersion: 'TLSv1.2' },
    (request, response) => {
      void answer(handle, request, response)
    },
  )
  await listening(server, port)
  const address = server.address()
  const at = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `https://127.0.0.1:${at}`,
    pin: serverPin(certificate),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })

async function answer(
  handle: (call: DoorCall) => Promise<DoorAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'https://bank')
    const body = await bodyOf(request)
    const made = await handle({ path: url.pathname, query: url.searchParams, body })
    if (made.kind === 'break') return void request.socket.destroy()
    response.writeHead(made.status ?? 200, { ...made.headers })
    response.end(made.body)
  } catch {
    request.socket.destroy()
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const blocks: Buffer[] = []
  let sizeBytes = 0
  for await (const block of request) {
    const bytes = Buffer.from(block)
    sizeBytes += bytes.length
    if (sizeBytes > largestBodyBytes) throw new RangeError('the body is too long')
    blocks.push(bytes)
  }
  return Buffer.concat(blocks)
}
