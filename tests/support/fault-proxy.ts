/** A TCP proxy that breaks the line to a server in the ways that lines break: cut, black hole, delay, slow. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { carry } from '../../ops/drills/chaos/line-proxy.ts'

/** What happens to each connection. Counts are of bytes that the client sent over it. */
export interface LineFault {
  /** Both ends are reset after so many bytes. */
  readonly cutAfterBytes?: number
  /** After so many bytes nothing passes in either way, and nothing is closed. */
  readonly holeAfterBytes?: number
  /** Wait before each buffer is passed on. */
  readonly delayMs?: number
  /** Rate in each way once `slowAfterBytes` have passed. */
  readonly bytesPerS?: number
  readonly slowAfterBytes?: number
}

/** A running proxy; `fault` may be changed between connections and while they live. */
export interface FaultProxy {
  readonly port: number
  fault: LineFault
  /** Bytes that clients sent so far, over all connections. */
  readonly sentBytes: number
  readonly connections: number
  stop(): Promise<void>
}

/** Starts a proxy to a port of this machine. */
export async function startFaultProxy(targetPort: number, fault: LineFault = {}): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const state = { fault, sentBytes: 0, connections: 0 }
  const server = createServer((client) => {
    state.connections += 1
    const bank = connect(targetPort, '127.0.0.1')
    const line: Line = { client, bank, sentBytes: 0 }
    for (const socket of [client, bank]) track(sockets, socket)
    carry(client, bank, (buffer) => passSent(line, state, buffer))
    carry(bank, client, (buffer) => passReceived(line, state, buffer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return Object.assign(state, { port: address.port, stop })
}

interface Line {
  readonly client: Socket
  readonly bank: Socket
  sentBytes: number
}

interface ProxyState {
  fault: LineFault
  sentBytes: number
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
}

async function passSent(line: Line, state: ProxyState, buffer: Buffer): Promise<Buffer | undefined> {
  const { cutAfterBytes = Number.POSITIVE_INFINITY, holeAfterBytes = Number.POSITIVE_INFINITY } = state.fault
  const before = line.sentBytes
  line.sentBytes += buffer.length
  state.sentBytes += buffer.length
  if (line.sentBytes > cutAfterBytes) {
    cut(line)
    return undefined
  }
  await hold(line, state, buffer)
  return line.sentBytes > holeAfterBytes ? buffer.subarray(0, Math.max(0, holeAfterBytes - before)) : buffer
}

async function passReceived(line: Line, state: ProxyState, buffer: Buffer): Promise<Buffer | undefined> {
  await hold(line, state, buffer)
  return line.sentBytes > (state.fault.holeAfterBytes ?? Number.POSITIVE_INFINITY) ? undefined : buffer
}

async function hold(line: Line, state: ProxyState, buffer: Buffer): Promise<void> {
  const { delayMs = 0, bytesPerS, slowAfterBytes = 0 } = state.fault
  const slowMs =
    bytesPerS !== undefined && line.sentBytes > slowAfterBytes ? (buffer.length * 1000) / bytesPerS : 0
  if (delayMs + slowMs > 0) await sleep(delayMs + slowMs, undefined, { ref: false })
}

function cut(line: Line): void {
  line.client.resetAndDestroy()
  line.bank.resetAndDestroy()
}
