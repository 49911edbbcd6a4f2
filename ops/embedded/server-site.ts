/**
 * The place of an embedded server: its folders, its password, how to reach it, and what its own lock file says of a
 * server that runs there already (measured.md §2, orphans).
 */
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { RunAs } from './postgres-binaries.ts'
import { isAlive, programOf } from './server-process.ts'
import { socketFolderFor } from './socket-folder.ts'

/** Where a server lives and how to reach it. */
export interface Site {
  readonly folder: string
  readonly data: string
  readonly sockets: string
  readonly port: number
  /** Whether it also listens on 127.0.0.1. */
  readonly tcp: boolean
  readonly password: string
}

/** The role that owns everything, and the name of the first database. */
export const superuser = 'huida'

/** The file that holds the role's password, made with the folder and readable by its owner only. */
export const passwordPath = (folder: string): string => join(folder, 'password')

/** Makes the folders and the password of a server where they are not there yet. */
export function makeSite(folder: string, port: number | undefined, runAs: RunAs): Site {
  const site = { folder, data: join(folder, 'data'), sockets: socketFolderFor(folder) }
  for (const path of [site.data, site.sockets]) mkdirSync(path, { recursive: true, mode: 0o700 })
  const password = readPassword(folder)
  if (runAs.ids) {
    for (const path of [folder, site.data, site.sockets, passwordPath(folder)]) {
      chownSync(path, runAs.ids.uid, runAs.ids.gid)
    }
  }
  return { ...site, port: port ?? 5432, tcp: port !== undefined, password }
}

function readPassword(folder: string): string {
  const path = passwordPath(folder)
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

/** The URL of one of its databases. Without TCP the socket's folder is named in `host`, which psql understands too. */
export function urlOf(site: Site, database: string): string {
  const base = `postgresql://${superuser}:${site.password}@127.0.0.1:${site.port}/${encodeURIComponent(database)}`
  return site.tcp ? base : `${base}?host=${encodeURIComponent(site.sockets)}`
}

/** What `postmaster.pid` says; the server writes it while it runs. */
export interface LockFile {
  readonly pid: number
  readonly port: number
  readonly sockets: string
  readonly tcp: boolean
  readonly ready: boolean
}

/** Reads the lock file of a data folder; undefined when there is none that makes sense. */
export function readLockFile(data: string): LockFile | undefined {
  const path = join(data, 'postmaster.pid')
  if (!existsSync(path)) return undefined
  const [pid, , , port, sockets, address, , status] = readFileSync(path, 'utf8').split('\n')
  if (!/^\d+$/.test(pid ?? '')) return undefined
  return {
    pid: Number(pid),
    port: Number(port ?? 0),
    sockets: sockets ?? '',
    tcp: address === '127.0.0.1',
    ready: status?.trim() === 'ready',
  }
}

/** The server that runs in a place, as it really listens; undefined when none does. */
export function findRunning(site: Site): { readonly pid: number; readonly site: Site } | undefined {
  const lock = readLockFile(site.data)
  if (!lock || !isAlive(lock.pid) || !isPostgres(lock.pid)) return undefined
  const sockets = lock.sockets === '' ? site.sockets : lock.sockets
  return { pid: lock.pid, site: { ...site, sockets, port: lock.port || site.port, tcp: lock.tcp } }
}

/**
 * Makes way for a start after a server that was killed. PostgreSQL refuses when some other program, or a process that
 * nobody has reaped, holds the old process id; it is replaced by one that no process can have. The lock file itself
 * stays, since PostgreSQL finds in it whether a backend of the killed server still writes.
 */
export function clearDeadLocks(site: Site): void {
  const path = join(site.data, 'postmaster.pid')
  if (existsSync(path)) writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(impossiblePid)))
  for (const name of readdirSync(site.sockets)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(site.sockets, name), { force: true })
  }
}

const impossiblePid = 2_147_483_647

const isPostgres = (pid: number): boolean => /postgres|postmaster/.test(programOf(pid) ?? 'postgres')

/** Whether the server takes our password and answers; waits up to 60 s for one that is starting. */
export async function answers(site: Site): Promise<boolean> {
  for (let attempt = 0; attempt < 240; attempt++) {
    const answer = await ask(site, 'select 1').then(
      () => 'yes',
      (error: Error) => ('code' in error && error.code === '57P03' ? 'starting' : 'no'),
    )
    if (answer !== 'starting') return answer === 'yes'
    await sleep(250)
  }
  return false
}

/** Runs one statement in the server's own database and returns the rows. */
export async function ask(site: Site, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: urlOf(site, 'postgres'), connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => {})
  }
}
