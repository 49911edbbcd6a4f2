/** `huida client`: tokens are shown once and stored as digests, names are never used twice. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPool } from '../../../gateway/store/pool.ts'
import { clientFinder } from '../../../ops/api/client-store.ts'
import { bareDatabase, type FreshDatabase, freshDatabase } from '../../support/postgres.ts'
import { expectHelp, runHuida } from './command-run.ts'

let database: FreshDatabase
let folder: string
beforeAll(async () => {
  database = await freshDatabase()
  folder = mkdtempSync(join(tmpdir(), 'huida-cli-'))
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: string[]) => runHuida(['client', ...words], { DATABASE_URL: database.url })

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const db = openPool(database.url, { max: 1 })
  try {
    return (await db.query(sql)).rows
  } finally {
    await db.close()
  }
}

describe('huida client', () => {
  test('help begins with examples', async () => {
    await expectHelp('client')
    await expectHelp('client', 'add')
    await expectHelp('client', 'list')
    await expectHelp('client', 'disable')
  })

  test('a new client gets a token on stdout, of which only the digest is stored', async () => {
    const { code, stdout, stderr } = await run('add', 'county-finance')
    expect(code).toBe(0)
    const token = stdout.trim()
    expect(stdout).toBe(`${token}\n`)
    expect(stderr).toContain('shown this once')
    expect(stderr).not.toContain(token)
    const [stored] = await rows(`select token_sha256 from api_client where client = 'county-finance'`)
    expect(stored?.token_sha256).toEqual(createHash('sha256').update(token).digest())
    const [act] = await rows(`select actor, facts from audit_event where act = 'client.created'`)
    expect(act).toMatchObject({ actor: expect.stringMatching(/^cli:/), facts: {} })
  })

  test('a name that is taken is refused and keeps its token', async () => {
    const first = JSON.parse((await run('add', 'city-finance', '--json')).stdout)
    expect(first).toMatchObject({ client: 'city-finance', token: expect.any(String) })
    const again = await run('add', 'city-finance')
    expect(again).toMatchObject({ code: 3, stdout: '' })
    expect(again.stderr).toContain('There is a client city-finance already')
  })

  test('a disabled client is listed as such and its token is taken no more', async () => {
    const token = (await run('add', 'old-platform')).stdout.trim()
    const first = await run('disable', 'old-platform', '--json')
    const second = await run('disable', 'old-platform', '--json')
    expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout))
    expect((await run('list')).stdout).toMatch(/old-platform .* 停用 disabled/)
    const listed = JSON.parse((await run('list', '--json')).stdout)
    expect(listed).toContainEqual({
      client: 'old-platform',
      createdAt: expect.any(String),
      disabledAt: expect.any(String),
    })
    const db = openPool(database.url, { max: 1 })
    expect(await clientFinder(db)(token)).toBeUndefined()
    await db.close()
  })

  test('nobody is disabled who is not there', async () => {
    expect(await run('disable', 'nobody')).toMatchObject({ code: 3, stdout: '' })
  })

  test.each([['UPPER'], ['with space'], ['-dash'], ['x'.repeat(64)]])(
    'the name %j is no name',
    async (name) => {
      expect((await run('add', '--', name)).code).toBe(2)
    },
  )

  test('a database of another schema is not touched', async () => {
    const bare = await bareDatabase()
    const run = await runHuida(['client', 'list'], { DATABASE_URL: bare.url })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toContain('huida migrate')
    await bare.drop()
  })

  test('without a database the command says where one could be, and makes none', async () => {
    const run = await runHuida(['client', 'list'], { DATABASE_URL: undefined, HUIDA_FOLDER: folder })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toContain('set DATABASE_URL')
  })

  test('a database that is away is a fault of its own code', async () => {
    const run = await runHuida(['client', 'list'], { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x' })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('DATABASE_UNREACHABLE')
    expect(run.stderr).not.toContain('u:p')
  })
})
