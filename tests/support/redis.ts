/** A real redis-server of a test's own, on a free port: started, flushed, killed and brought back as a test needs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../ops/simulator/listen-patiently.ts'

/** How to start it. */
export interface RedisOptions {
  /** `noeviction` unless told. */
  readonly policy?: string
  /** A free one unless told. */
  readonly port?: number
}

/** A Redis that a test may hurt. */
export interface TestRedis {
  readonly url: string
  readonly port: number
  /** Sends one command and returns the raw answer. */
  command(...words: string[]): Promise<string>
  /** Forgets everything. */
  flushAll(): Promise<void>
  /** SIGKILL: nothing is saved. */
  kill(): Promise<void>
  /** Comes back on the same port, with what was saved: nothing. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server that saves nothing. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const port = options.port ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'huida-test-redis-'))
  let child = await launch(port, folder, options)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command: (...words) => send(port, words),
    flushAll: async () => void (await send(port, ['FLUSHALL'])),
    kill,
    restart: async () => {
      await kill()
      child = await launch(port, folder, options)
    },
    stop: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function launch(port: number, folder: string, options: RedisOptions): Promise<ChildProcess> {
  const settings = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', options.policy ?? 'noeviction']
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settings]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  for (let attempt = 0; attempt < 200; attempt++) {
    if (failure) throw new Error('redis-server is missing; `npm test` installs it', { cause: failure })
    if ((await send(port, ['PING']).catch(() => '')).startsWith('+PONG')) return child
    await sleep(25)
  }
  child.kill('SIGKILL')
  throw new Error('redis-server did not answer')
}

async function send(port: number, words: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    )
    const [answer] = await once(socket, 'data')
    return String(answer)
  } finally {
    socket.destroy()
  }
}
