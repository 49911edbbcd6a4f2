/**
 * PostgreSQL that needs nothing but `npm ci`: real server programs, started by us in a folder of the operator's
 * (measured.md §2). It outlives a killed parent without harm: the next start finds it, and uses it or ends it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Fault } from '../../gateway/faults.ts'
import { lockFolder } from './folder-lock.ts'
import { chooseRunAs, findPostgres } from './postgres-binaries.ts'
import { endServer, initialise, launch } from './server-launch.ts'
import { isMarkAlive, processMark } from './server-process.ts'
import {
  answers,
  ask,
  clearDeadLocks,
  findRunning,
  makeSite,
  type Site,
  superuser,
  urlOf,
} from './server-site.ts'

/** Where the server lives and how it is tuned. */
export interface EmbeddedPostgresOptions {
  /** Holds everything: data, password, log. Made when it is not there. */
  readonly folder: string
  /** Also listens on 127.0.0.1 at this port; without it there is a unix socket only. */
  readonly port?: number
  /** Replaces settings of the server, as `{ shared_buffers: '64MB' }`; those that keep data safe stay on. */
  readonly settings?: Readonly<Record<string, string>>
  /** For data that nobody will miss: a new data folder is not flushed to disk before the first start. */
  readonly temporary?: boolean
}

/** A server that runs. */
export interface EmbeddedPostgres {
  /** URL of the database `huida`. */
  readonly url: string
  readonly pid: number
  /** Makes a database, from a template when one is named, and returns its URL. Refuses a name that is taken. */
  createDatabase(name: string, template?: string): Promise<string>
  /** Ends the server, rolling back what runs; leaves it running when another live process had started it. */
  stop(): Promise<void>
}

/** Starts the server of a folder, or joins the one that runs there. Throws DATABASE_MISSING with the reason. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const unlock = await lockFolder(folder)
  try {
    return await startOrJoin(folder, options)
  } finally {
    unlock()
  }
}

async function startOrJoin(folder: string, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const runAs = chooseRunAs()
  const site = makeSite(folder, options.port, runAs)
  const running = findRunning(site)
  if (running && (await answers(running.site))) return await opened(running.site, running.pid)
  if (running) await endServer(running.pid)
  const launcher = { binaries: findPostgres(join(folder, 'lib')), runAs }
  // initdb writes PG_VERSION early; the file that says that it went through to the end is ours.
  const made = join(folder, 'initialised')
  if (!existsSync(made)) {
    rmSync(site.data, { recursive: true, force: true })
    await initialise(launcher, makeSite(folder, options.port, runAs), options.temporary ?? false)
    writeFileSync(made, '')
  }
  clearDeadLocks(site)
  return await opened(site, await launch(launcher, site, options.settings ?? {}))
}

async function opened(site: Site, pid: number): Promise<EmbeddedPostgres> {
  const ownerPath = join(site.folder, 'owner')
  const anothers = existsSync(ownerPath) && isAnothers(readFileSync(ownerPath, 'utf8'))
  if (!anothers) writeFileSync(ownerPath, processMark(process.pid))
  const known = await ask(site, `select 1 from pg_database where datname = '${superuser}'`)
  if (known.length === 0) await create(site, superuser, undefined)
  return {
    url: urlOf(site, superuser),
    pid,
    createDatabase: (name, template) => create(site, name, template),
    stop: async () => {
      if (anothers) return
      await endServer(pid)
      rmSync(ownerPath, { force: true })
    },
  }
}

const isAnothers = (mark: string): boolean => isMarkAlive(mark) && mark !== processMark(process.pid)

async function create(site: Site, name: string, template: string | undefined): Promise<string> {
  for (const word of [name, template ?? name]) {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(word)) throw new Fault('CONFIGURATION_INVALID', { databaseName: word })
  }
  await ask(site, `create database "${name}"${template === undefined ? '' : ` template "${template}"`}`)
  return urlOf(site, name)
}
