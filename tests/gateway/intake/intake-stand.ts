/** A stand for intake tests: a fresh ledger, two contracted banks, a programme, and batches of synthetic people. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fieldKeyOf } from '../../../crypto/field-key.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { agreementSchema, type Programme } from '../../../gateway/banks/agreement.ts'
import { openBankBook } from '../../../gateway/banks/open-bank-book.ts'
import type { IntakeNeeds } from '../../../gateway/intake/intake-needs.ts'
import { openBatch } from '../../../gateway/intake/open-batch.ts'
import { type PartResult, receivePart } from '../../../gateway/intake/receive-part.ts'
import { type SealResult, sealBatch } from '../../../gateway/intake/seal-batch.ts'
import { openPool } from '../../../gateway/store/pool.ts'
import { accountAt, residentIdAt } from '../../../ops/demo/synthetic-identifiers.ts'
import { freshDatabase } from '../../support/postgres.ts'

/** The finance platform of the tests. */
export const client = 'finance-platform'

/** A line as a test writes it; undefined members are left out. */
export type TestLine = Record<string, string | number | undefined>

/** The stand; `close` removes everything. */
export interface IntakeStand {
  readonly needs: IntakeNeeds
  /** Counts rows of a query that selects a number as `n`. */
  count(sql: string, values?: readonly unknown[]): Promise<number>
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Names of files that lie in the spool folder. */
  spooled(): string[]
  close(): Promise<void>
}

const levels: Programme['checks'] = {
  idNumberChecksum: 'warn',
  idNumberMissing: 'warn',
  cardLuhn: 'warn',
  accountFormat: 'block',
  oneAccountSeveralPeople: 'warn',
  onePersonSeveralAccounts: 'warn',
  duplicatePayment: 'block',
}

const agreement = (bank: string, profile: string) =>
  agreementSchema.parse({
    bank,
    title: bank,
    profile,
    fundingAccount: '43050166360800000999',
    channel: {
      kind: 'sftp',
      host: '127.0.0.1',
      username: 'huida',
      privateKeyFile: 'unused',
      hostKeys: ['ssh-ed25519 AAAA'],
      outbox: '/in',
      inbox: '/out',
    },
    envelope: { scheme: 'none' },
    windows: [{ days: 'every', open: '00:00', close: '24:00' }],
    result: { dueMinutes: 240 },
  })

/** Opens a stand. `checks` changes the programme's policy, `needs` what intake is given. */
export async function openStand(
  options: { checks?: Partial<Programme['checks']>; needs?: Partial<IntakeNeeds> } = {},
): Promise<IntakeStand> {
  const database = await freshDatabase()
  const db = openPool(database.url, { max: 12 })
  const spoolFolder = mkdtempSync(join(tmpdir(), 'huida-spool-'))
  await db.query('insert into api_client (client, token_sha256) values ($1, $2)', [client, randomBytes(32)])
  const bankBook = await openBankBook(db, {
    agreements: [agreement('yy-rcb', 'rural-fixed'), agreement('cmbc', 'cmbc-batch')],
    programmes: [{ code: 'FARMLAND-*', name: '耕地地力保护补贴', checks: { ...levels, ...options.checks } }],
    catalog: loadCatalog(),
  })
  const clock = { now: () => new Date('2026-11-23T02:00:00Z') }
  const rows: IntakeStand['rows'] = async (sql, values) => (await db.query(sql, values)).rows
  return {
    needs: {
      db,
      bankBook,
      fieldKey: fieldKeyOf(randomBytes(64)),
      clock,
      spoolFolder,
      threads: 0,
      ...options.needs,
    },
    rows,
    count: async (sql, values) => Number((await rows(sql, values))[0]?.n),
    spooled: () => readdirSync(spoolFolder),
    async close() {
      await db.close()
      await database.drop()
      rmSync(spoolFolder, { recursive: true, force: true })
    },
  }
}

const surnames = ['王', '李', '张', '刘', '陈']
const givenNames = ['秀英', '建国', '桂兰', '志强', '玉梅']

/** A valid line of a batch; `changes` replaces or, with undefined, removes members. */
export function line(batchNo: string, index: number, changes: TestLine = {}): TestLine {
  const bank = index % 2 === 0 ? 'yy-rcb' : 'cmbc'
  return {
    instructionId: `${batchNo}-${String(index).padStart(7, '0')}`,
    bank,
    payeeName: `${surnames[index % 5]}${givenNames[(index >> 2) % 5]}`,
    payeeIdNumber: residentIdAt(7, index),
    payeeAccount: accountAt(7, index, bank),
    amountFen: 10_000 + index,
    remark: '耕地补贴',
    region: '430621',
    ...changes,
  }
}

/** Many valid lines. */
export const lines = (batchNo: string, count: number): TestLine[] =>
  Array.from({ length: count }, (_, index) => line(batchNo, index))

/** NDJSON of lines. */
export const ndjson = (all: readonly TestLine[]): Buffer =>
  Buffer.from(all.map((one) => `${JSON.stringify(one)}\n`).join(''))

/** A body in pieces of `sizeBytes`. */
export async function* pieces(content: Buffer, sizeBytes = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += sizeBytes) yield content.subarray(at, at + sizeBytes)
}

/** SHA-256 in hex. */
export const digest = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

/** The sum of the amounts of lines, in fen. */
export const sumFen = (all: readonly TestLine[]): number =>
  all.reduce((sum, one) => sum + Number(one.amountFen), 0)

/** A header that declares `all`. */
export const header = (batchNo: string, all: readonly TestLine[], changes: Record<string, unknown> = {}) => ({
  batchNo,
  programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
  // A period of its own, or the duplicate guard would compare the batches of different tests.
  period: batchNo,
  region: '430621',
  fundingAccount: '43050166360800000999',
  dueBy: '2026-12-04',
  approvals: [{ role: 'finance', by: '县财政局 国库中心', at: '2026-11-20T16:40:00+08:00' }],
  declared: { count: all.length, amountFen: sumFen(all) },
  ...changes,
})

/** Opens a batch that declares `all`. */
export const open = (
  stand: IntakeStand,
  batchNo: string,
  all: readonly TestLine[],
  changes?: Record<string, unknown>,
) =>
  openBatch(
    stand.needs,
    client,
    header(batchNo, all, changes),
    `open-${batchNo}-${digest(JSON.stringify(changes ?? '')).slice(0, 8)}`,
  )

/** Sends one part. */
export const send = (
  stand: IntakeStand,
  batchNo: string,
  content: Buffer,
  how: { part?: number; format?: 'ndjson' | 'csv'; encoding?: 'identity' | 'gzip'; sizeBytes?: number } = {},
): Promise<PartResult> =>
  receivePart(
    stand.needs,
    client,
    batchNo,
    how.part ?? 1,
    pieces(content, how.sizeBytes),
    how.format ?? 'ndjson',
    how.encoding ?? 'identity',
  )

/** Seals a batch with the totals of `all` and the digest of `content`. */
export const seal = (
  stand: IntakeStand,
  batchNo: string,
  all: readonly TestLine[],
  content: Buffer,
  changes: Record<string, unknown> = {},
): Promise<SealResult> =>
  sealBatch(
    stand.needs,
    client,
    batchNo,
    { count: all.length, amountFen: sumFen(all), sha256: digest(content), ...changes },
    `seal-${batchNo}-${digest(JSON.stringify(changes)).slice(0, 8)}`,
  )

/** Opens, sends and seals a batch of `all` in one go. */
export async function handIn(
  stand: IntakeStand,
  batchNo: string,
  all: readonly TestLine[],
  changes?: Record<string, unknown>,
): Promise<SealResult> {
  const content = ndjson(all)
  const opened = await open(stand, batchNo, all, changes)
  if (opened.kind !== 'opened') throw new Error(`${batchNo} was not opened: ${opened.kind}`)
  const sent = await send(stand, batchNo, content)
  if (sent.kind !== 'received') throw new Error(`${batchNo} was not received: ${JSON.stringify(sent)}`)
  const totals = { count: all.length, amountFen: sumFen(all), sha256: digest(content) }
  return sealBatch(stand.needs, client, batchNo, totals, `handed-in-${opened.batchId}`)
}
