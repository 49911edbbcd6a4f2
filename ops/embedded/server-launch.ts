/** Making a data folder and starting the server on it, as whoever may run PostgreSQL here. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../gateway/faults.ts'
import { folderOf, type PostgresBinaries, type RunAs } from './postgres-binaries.ts'
import { endProcess } from './server-process.ts'
import { answers, passwordPath, readLockFile, type Site, superuser } from './server-site.ts'

/** What to run and as whom. */
export interface Launcher {
  readonly binaries: PostgresBinaries
  readonly runAs: RunAs
}

const fixedSettings: Readonly<Record<string, string>> = {
  shared_buffers: '256MB',
  work_mem: '64MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  max_connections: '60',
  unix_socket_permissions: '0700',
  log_timezone: 'UTC',
  timezone: 'UTC',
}
// Settings on which the promise rests that an accepted batch survives a power cut; nobody tunes these.
const safeSettings: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
}

const logLimitBytes = 10_000_000
// Recovery after a crash replays the log first, which may take a while.
const readyLimitMs = 120_000

/** Makes the data folder: UTF-8, locale C, password needed even on the socket. Leaves nothing behind when it fails. */
export async function initialise(launcher: Launcher, site: Site, temporary: boolean): Promise<void> {
  const args = ['-D', site.data, '-U', superuser, '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256']
  args.push(`--pwfile=${passwordPath(site.folder)}`, ...(temporary ? ['--no-sync'] : []))
  const child = run(launcher, launcher.binaries.initdb, args, ['ignore', 'pipe', 'pipe'])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      said += text.toString()
    })
  }
  const code = await new Promise<number | string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (exit, signal) => done(exit ?? signal ?? 'killed'))
  })
  if (code === 0) return
  rmSync(site.data, { recursive: true, force: true })
  throw missing(launcher, 'initdb', `ended with ${code}: ${said.slice(-500).trim()}`)
}

/** Starts the server and waits until it answers; returns its process id. */
export async function launch(
  launcher: Launcher,
  site: Site,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const logPath = join(site.folder, 'postgres.log')
  const log = openSync(
    logPath,
    existsSync(logPath) && statSync(logPath).size > logLimitBytes ? 'w' : 'a',
    0o600,
  )
  const args = [
    '-D',
    site.data,
    '-k',
    site.sockets,
    '-p',
    String(site.port),
    ...settingArguments(site, settings),
  ]
  const child = run(launcher, launcher.binaries.postgres, args, ['ignore', log, log])
  closeSync(log)
  child.unref()
  const failure = await untilReady(child, site)
  if (failure === undefined && child.pid !== undefined) return child.pid
  throw missing(launcher, 'postgres', `${failure}: ${readFileSync(logPath, 'utf8').slice(-600).trim()}`)
}

function settingArguments(site: Site, settings: Readonly<Record<string, string>>): string[] {
  const all = {
    ...fixedSettings,
    ...settings,
    ...safeSettings,
    listen_addresses: site.tcp ? '127.0.0.1' : '',
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function run(
  { binaries, runAs }: Launcher,
  program: string,
  args: readonly string[],
  stdio: ('pipe' | 'ignore' | number)[],
): ChildProcess {
  const [first, ...rest] = [...runAs.prefix, program, ...args]
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', ...binaries.environment }
  // A group of its own and no pipes to us: Ctrl-C, or our death, must not reach a server that still has work of ours.
  return spawn(first ?? program, rest, { cwd: '/', detached: true, env, stdio, ...runAs.ids })
}

async function untilReady(child: ChildProcess, site: Site): Promise<string | undefined> {
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code, signal) => {
    ended = `ended with ${code ?? signal}`
  })
  const endsAt = performance.now() + readyLimitMs
  for (let pauseMs = 10; performance.now() < endsAt; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    if (ended !== undefined) return ended
    const lock = readLockFile(site.data)
    if (lock?.pid === child.pid && lock?.ready && (await answers(site))) return undefined
    await sleep(pauseMs)
  }
  if (child.pid !== undefined) await endServer(child.pid)
  return `not ready in ${readyLimitMs} ms`
}

function missing({ binaries, runAs }: Launcher, program: string, reason: string): Fault {
  const hint = 'or set DATABASE_URL to a PostgreSQL of your own'
  return new Fault('DATABASE_MISSING', { program, from: folderOf(binaries), runAs: runAs.how, reason, hint })
}

/** Ends a server: fast shutdown first; then immediate, which costs a recovery at the next start; then by force. */
export const endServer = (pid: number): Promise<void> =>
  endProcess(pid, [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 5_000],
  ])
