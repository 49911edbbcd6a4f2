/** Which key sealed a file and which opened its answer can be told afterwards; the keys themselves are nowhere. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Journey, startJourney } from '../../support/journey.ts'
import { countsOf, sendBatch } from '../../support/ledger-view.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['ccb'], failShare: 0 })
})
afterAll(() => journey.close())

const rows = async <Row extends object>(sql: string): Promise<readonly Row[]> =>
  (await journey.assembly.db.query<Row>(sql)).rows

/** Every row of every table as text. */
async function dump(): Promise<string> {
  const tables = await rows<{ name: string }>(
    `select quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const found = await rows<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(...found.map(({ row }) => row))
  }
  return texts.join('\n')
}

/** Lines of base64 of every secret file of the world: those that only their owner may read. */
function secretLines(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && (statSync(path).mode & 0o077) === 0)
    .flatMap((path) => readFileSync(path, 'latin1').split(/\r?\n/))
    .filter((line) => /^[A-Za-z0-9+/=]{48,}$/.test(line))
}

it('events of files and answers name the keys, and no table holds a line of any secret', async () => {
  const { batchId } = await sendBatch(journey, 'KEYS', 4, 'ccb')
  await journey.settle()
  expect(await countsOf(journey, batchId)).toEqual({ paid: 4 })
  const keyId = expect.stringMatching(/^(sha256|pgp):[0-9a-f]{16}$/)
  const [sealed] = await rows<{ facts: Record<string, string> }>(
    `select facts from bank_file_event where to_state = 'sealed'`,
  )
  expect(sealed?.facts).toMatchObject({ signedBy: keyId, sealedFor: keyId })
  const [matched] = await rows<{ facts: Record<string, string> }>(
    `select facts from inbound_file_event where to_state = 'matched'`,
  )
  expect(matched?.facts).toMatchObject({
    signedBy: sealed?.facts.sealedFor,
    openedBy: sealed?.facts.signedBy,
  })
  const secrets = secretLines(dirname(journey.banksFolder))
  expect(secrets.length).toBeGreaterThan(5)
  const everything = await dump()
  expect(everything).toContain(String(sealed?.facts.signedBy))
  for (const line of secrets) {
    expect(everything).not.toContain(line)
    expect(everything).not.toContain(Buffer.from(line, 'latin1').toString('hex'))
    expect(everything).not.toContain(Buffer.from(line, 'base64').toString('hex'))
  }
})
