/** A redis-server of chaos's own that keeps nothing on disk: flushed, killed and brought back on the same port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../simulator/listen-patiently.ts'

/** A Redis that may be hurt. */
export interface FragileRedis {
  readonly url: string
  /** Forgets everything. */
  flush(): Promise<void>
  /** SIGKILL, and a new one on the same port that knows nothing. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** Starts one; undefined where this machine has no redis-server. */
export async function startFragileRedis(folder: string): Promise<FragileRedis | undefined> {
  const port = await freePort()
  let child = await launch(port, folder)
  if (child === undefined) return undefined
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    flush: async () => void (await say(port, 'FLUSHALL')),
    crash: async () => {
      await kill()
      child = await launch(port, folder)
    },
    close: kill,
  }
}

async function launch(port: number, folder: string): Promise<ChildProcess | undefined> {
  const keep = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
  const child = spawn('redis-server', [...place, ...keep], { stdio: 'ignore' })
  let missing = false
  child.once('error', () => {
    missing = true
  })
  for (let tries = 0; tries < 400 && !missing; tries++) {
    if ((await say(port, 'PING').catch(() => '')).startsWith('+PONG')) return child
    await sleep(25)
  }
  child.kill('SIGKILL')
  return undefined
}

/** One command without arguments, as a line of Redis's inline protocol; gives the raw answer. */
async function say(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(`${command}\r\n`)
    const [answer] = await once(socket, 'data')
    return String(answer)
  } finally {
    socket.destroy()
  }
}
