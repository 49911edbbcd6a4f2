/**
 * Ports of simulated servers. A port that was free a moment ago may be taken by somebody's passing connection, so a
 * server waits for its port a while before it gives up; ports of a new world lie below those that connections take.
 */
import { createServer, type Server } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Where a server listens; port 0 takes a free one. */
export interface Listening {
  readonly host: string
  readonly port: number
}

const tries = 12
const pauseMs = 250

/** Listens and gives the port. Rejects with what the system says when the port stays taken, or for another reason. */
export async function listenPatiently(server: Server, at: Listening): Promise<number> {
  for (let left = tries; ; left--) {
    try {
      return await listenOnce(server, at)
    } catch (error) {
      if (left <= 1 || !isTaken(error)) throw error
      await pause(pauseMs)
    }
  }
}

function listenOnce(server: Server, { host, port }: Listening): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

/** Lowest and highest port of a world; connections that go out take theirs from above on every usual system. */
const [lowest, highest] = [15_000, 31_999]

/** Ports that are free now, all different. Rejects when the host cannot be listened on. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let left = count * 50; ports.size < count && left > 0; left--) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (!ports.has(port) && (await isFree(host, port))) ports.add(port)
  }
  if (ports.size < count) throw new Error(`${host} has no free ports between ${lowest} and ${highest}.`)
  return [...ports]
}

/** One of them on this machine, for a server that must be found there again when it comes back. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts('127.0.0.1', 1)
  return port
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    await listenOnce(server, { host, port })
    return true
  } catch (error) {
    if (isTaken(error)) return false
    throw error
  } finally {
    await new Promise<void>((closed) => server.close(() => closed()))
  }
}
