/** The embedded PostgreSQL through the lives that operators give it: killed parents, deep folders, second starts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPool } from '../../../gateway/store/pool.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../ops/embedded/embedded-postgres.ts'
import { linkLibraries } from '../../../ops/embedded/postgres-binaries.ts'
import { isAlive } from '../../../ops/embedded/server-process.ts'
import { socketFolderFor } from '../../../ops/embedded/socket-folder.ts'
import { freePort } from '../../../ops/simulator/listen-patiently.ts'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'huida-test-embedded-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

const settings = { shared_buffers: '32MB' }
const start = (folder: string): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ folder, temporary: true, settings })

async function ask(url: string, sql: string): Promise<unknown[]> {
  const db = openPool(url, { max: 1 })
  try {
    return (await db.query(sql)).rows
  } finally {
    await db.close()
  }
}

describe('an embedded PostgreSQL', () => {
  it('keeps what was committed over a stop and a start, in a folder too deep for a socket', async () => {
    const folder = join(root, 'd'.repeat(60), 'e'.repeat(60))
    const first = await start(folder)
    expect(Buffer.byteLength(`${socketFolderFor(folder)}/.s.PGSQL.65535`)).toBeLessThanOrEqual(107)
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42::bigint AS fen')
    await first.stop()
    expect(isAlive(first.pid)).toBe(false)
    const second = await start(folder)
    expect(await ask(second.url, 'SELECT fen FROM kept')).toEqual([{ fen: 42n }])
    expect(await ask(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
    expect(
      await ask(
        second.url,
        "SELECT pg_encoding_to_char(encoding) AS e, datcollate AS c FROM pg_database WHERE datname = 'huida'",
      ),
    ).toEqual([{ e: 'UTF8', c: 'C' }])
    await second.stop()
    rmSync(socketFolderFor(folder), { recursive: true, force: true })
  })

  it('listens on a port only when told, and lets nobody in without the password', async () => {
    const port = await freePort()
    const server = await startEmbeddedPostgres({
      folder: join(root, 'port'),
      port,
      temporary: true,
      settings,
    })
    expect(new URL(server.url)).toMatchObject({ hostname: '127.0.0.1', port: String(port), search: '' })
    const wrong = server.url.replace(/:[0-9a-f]{48}@/, ':guess@')
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
    await server.stop()
  })

  it('is joined by a second start, which does not end it', async () => {
    const folder = join(root, 'joined')
    const [first, second] = await Promise.all([start(folder), start(folder)])
    expect(second.pid).toBe(first.pid)
    await first.stop()
    expect(isAlive(first.pid)).toBe(false)
    await second.stop()
  })

  it('makes databases from a template, and refuses a name that is no name', async () => {
    const server = await start(join(root, 'names'))
    const template = await server.createDatabase('shape')
    await ask(template, 'CREATE TABLE batch (id int)')
    const copy = await server.createDatabase('copy', 'shape')
    expect(await ask(copy, 'SELECT * FROM batch')).toEqual([])
    await expect(server.createDatabase('x"; DROP DATABASE shape; --')).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    })
    await server.stop()
  })

  it('says why it cannot start, and names the way out', async () => {
    const folder = join(root, 'broken')
    await expect(
      startEmbeddedPostgres({ folder, temporary: true, settings: { shared_buffers: 'lots' } }),
    ).rejects.toThrow(/shared_buffers.*DATABASE_URL/s)
  })
})

const parentCode = (folder: string): string => `
  import { startEmbeddedPostgres } from ${JSON.stringify(fileURLToPath(new URL('../../../dist/ops/embedded/embedded-postgres.js', import.meta.url)))}
  const server = await startEmbeddedPostgres({ folder: ${JSON.stringify(folder)}, temporary: true, settings: { shared_buffers: '32MB' } })
  process.stdout.write(String(server.pid) + '\\n')
  setInterval(() => {}, 1000)
`

/** Runs a parent of its own that starts the server, and kills it with SIGKILL. */
async function leaveOrphan(folder: string): Promise<number> {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', parentCode(folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(parent, 'exit').then(() =>
    Promise.reject(new Error('the parent ended; is `npm run build` done?')),
  )
  const [said] = await Promise.race([once(parent.stdout, 'data'), ended])
  parent.kill('SIGKILL')
  await ended.catch(() => {})
  return Number(String(said).trim())
}

describe('a server whose parent was killed', () => {
  it('is used by the next start, which then owns it', async () => {
    const folder = join(root, 'orphan')
    const orphan = await leaveOrphan(folder)
    expect(isAlive(orphan)).toBe(true)
    const server = await start(folder)
    expect(server.pid).toBe(orphan)
    await ask(server.url, 'SELECT 1')
    await server.stop()
    expect(isAlive(orphan)).toBe(false)
  })

  it('recovers when it was killed as well, and another program has its process id', async () => {
    const folder = join(root, 'killed')
    const orphan = await leaveOrphan(folder)
    process.kill(orphan, 'SIGKILL')
    while (isAlive(orphan)) await new Promise((resolve) => setTimeout(resolve, 20))
    const lockPath = join(folder, 'data/postmaster.pid')
    writeFileSync(lockPath, readFileSync(lockPath, 'utf8').replace(/^\d+/, String(process.pid)))
    const server = await start(folder)
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.stop()
  })
})

describe('library links of the package', () => {
  it('are made when install scripts were off, and making them twice does no harm', () => {
    const home = join(root, 'package')
    mkdirSync(join(home, 'native/lib'), { recursive: true })
    const links = [
      { source: 'native/lib/libicuuc.so.60.2', target: 'native/lib/libicuuc.so.60' },
      { source: '../../etc/passwd', target: 'native/lib/x' },
    ]
    writeFileSync(join(home, 'native/pg-symlinks.json'), JSON.stringify(links))
    for (let time = 0; time < 2; time++) expect(linkLibraries(home, join(root, 'unused'))).toEqual({})
    expect(readlinkSync(join(home, 'native/lib/libicuuc.so.60'))).toBe('libicuuc.so.60.2')
    expect(lstatSync(join(home, 'native/lib/x'), { throwIfNoEntry: false })).toBeUndefined()
    expect(existsSync(join(root, 'unused'))).toBe(false)
  })
})
