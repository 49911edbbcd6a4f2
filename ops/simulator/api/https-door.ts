/**
 * The HTTPS door of a simulated bank: its own key, TLS 1.2 or newer, one handler for every POST. The handler may let
 * the connection break instead of answering, which is how time-outs after execution are made.
 */
import { X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { serverPin } from '../../../gateway/transfer/api/pinned-connector.ts'
import { listenPatiently } from '../listen-patiently.ts'
import { passingIdentity } from './api-keys.ts'

/** A call as the door hands it in. */
export interface DoorCall {
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
}

/** An answer, a connection that breaks, or one on which nothing ever comes. */
export type DoorAnswer =
  | {
      readonly kind: 'answer'
      readonly body: Buffer | string
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'break' }
  | { readonly kind: 'silence' }

/** An open door. `pin` is what agreements pin. */
export interface HttpsDoor {
  readonly url: string
  readonly pin: string
  close(): Promise<void>
}

const largestBodyBytes = 64 * 1024 * 1024

/** Where a door stands and how it is known; without an identity it makes one for itself. */
export interface DoorPlace {
  readonly host?: string
  readonly port?: number
  readonly identity?: { readonly key: string; readonly certificate: Buffer }
}

/** Opens a door on loopback. Rejects when the port stays taken; port 0 takes a free one. */
export async function openHttpsDoor(
  handle: (call: DoorCall) => Promise<DoorAnswer>,
  { host = '127.0.0.1', port = 0, identity = passingIdentity() }: DoorPlace = {},
): Promise<HttpsDoor> {
  const certificate = new X509Certificate(identity.certificate)
  const server = createServer(
    { key: identity.key, cert: certificate.toString(), minVersion: 'TLSv1.2' },
    (request, response) => {
      void answer(handle, request, response)
    },
  )
  const at = await listenPatiently(server, { host, port })
  return {
    url: `https://${host}:${at}`,
    pin: serverPin(certificate),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

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
    if (made.kind === 'silence') return
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
