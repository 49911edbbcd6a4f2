/** A finance platform over real HTTP, call by call, and what a stand's ledger must say when everybody was paid. */
import { expect } from 'vitest'
import { findFilesOfBatch } from '../../gateway/dispatch/bank-file-store.ts'
import { batchId as toBatchId } from '../../gateway/ledger/batch.ts'
import { checkLaws, listAccepted, recountBatch } from '../../gateway/ledger/conservation-store.ts'
import { digestingNdjson } from '../../ops/demo/batch-ndjson.ts'
import { compareLedgers } from '../../ops/demo/demo-law-store.ts'
import type { DemoLine } from '../../ops/demo/people.ts'
import { readBankLedgers } from '../../ops/simulator/world/read-bank-ledgers.ts'
import { plainPeople } from './ledger-view.ts'
import type { ProcessStand } from './process-stand.ts'

/** A batch as a platform holds it. */
export interface StandBatch {
  readonly batchNo: string
  readonly lines: readonly DemoLine[]
  readonly body: Buffer
  readonly seal: { readonly count: number; readonly amountFen: number; readonly sha256: string }
}

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number
  readonly text: string
}

/** Makes a batch of made-up people of some banks. */
export function makeBatch(
  batchNo: string,
  people: number | ((bank: string) => number),
  banks: readonly string[] = ['cmbc'],
): StandBatch {
  const at = (bank: string): number => (typeof people === 'number' ? people : people(bank))
  const lines = banks.flatMap((bank) => plainPeople(`${batchNo}-${bank}`, bank, at(bank)))
  const made = digestingNdjson(lines)
  const body = Buffer.concat([...made.chunks])
  const { count, amountFen, sha256 } = made.totals()
  return { batchNo, lines, body, seal: { count, amountFen: Number(amountFen), sha256 } }
}

/** One call of the platform. Rejects when the connection breaks. */
export async function call(
  { token }: ProcessStand,
  apiUrl: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: Buffer | object,
  key?: string,
): Promise<ApiAnswer> {
  const answer = await fetch(new URL(path, apiUrl), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && {
        'content-type': Buffer.isBuffer(body) ? 'application/x-ndjson' : 'application/json',
      }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** Opens the batch. */
export const open = (stand: ProcessStand, apiUrl: string, batch: StandBatch): Promise<ApiAnswer> =>
  call(stand, apiUrl, 'POST', '/v1/batches', headerOf(batch), `open-${batch.batchNo}`)

/** Uploads all lines as part 1. */
export const upload = (stand: ProcessStand, apiUrl: string, batch: StandBatch): Promise<ApiAnswer> =>
  uploadPart(stand, apiUrl, batch, 1, batch.body)

/** Uploads lines as one part of the batch. */
export const uploadPart = (
  stand: ProcessStand,
  apiUrl: string,
  { batchNo }: StandBatch,
  part: number,
  body: Buffer,
): Promise<ApiAnswer> => call(stand, apiUrl, 'PUT', `/v1/batches/${batchNo}/instructions?part=${part}`, body)

/** Seals it. */
export const seal = (stand: ProcessStand, apiUrl: string, batch: StandBatch): Promise<ApiAnswer> =>
  call(stand, apiUrl, 'POST', `/v1/batches/${batch.batchNo}/seal`, batch.seal, `seal-${batch.batchNo}`)

/** Hands a batch in, all three calls; throws for an answer that is no success. */
export async function handOver(stand: ProcessStand, apiUrl: string, batch: StandBatch): Promise<void> {
  for (const step of [open, upload, seal]) {
    const { status, text } = await step(stand, apiUrl, batch)
    if (status >= 300) throw new Error(`${batch.batchNo}: ${status} ${text}`)
  }
}

const headerOf = ({ batchNo, seal: { count, amountFen } }: StandBatch): object => ({
  batchNo,
  programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
  period: '2026',
  region: '430621',
  fundingAccount: '43050166360800000999',
  voucherNo: '5201-2026-000123',
  dueBy: '2026-12-04',
  approvals: [{ role: 'finance', by: '县财政局', at: '2026-11-20T09:00:00+08:00' }],
  declared: { count, amountFen },
})

/** Lines of a batch that stand in each state. */
export async function standingOf({ db }: ProcessStand, batchNo: string): Promise<Record<string, number>> {
  const { rows } = await db.query<{ counts: Record<string, number> }>(
    `select jsonb_build_object('waiting', sum(waiting_count), 'in_flight', sum(in_flight_count), 'paid', sum(paid_count))
       as counts from position join batch using (batch_id) where batch_no = $1`,
    [batchNo],
  )
  return rows[0]?.counts ?? {}
}

/** Waits until everybody of a batch is paid. */
export const untilPaid = (stand: ProcessStand, { batchNo, lines }: StandBatch): Promise<void> =>
  stand.until(`${batchNo} is paid`, async () => (await standingOf(stand, batchNo))['paid'] === lines.length)

/** The ledger's number of a batch; undefined while it is not there. */
export async function numberOf({ db }: ProcessStand, batchNo: string): Promise<number | undefined> {
  const { rows } = await db.query<{ batch_id: number }>(`select batch_id from batch where batch_no = $1`, [
    batchNo,
  ])
  return rows[0] && Number(rows[0].batch_id)
}

/** Names of the files of a batch, in the order in which they were planned. */
export async function fileNames(stand: ProcessStand, batchNo: string): Promise<string[]> {
  const files = await findFilesOfBatch(stand.db, toBatchId((await numberOf(stand, batchNo)) ?? 0))
  return files.map((file) => file.name)
}

/** How often a bank took a file of this name in. */
export const arrivals = ({ reports }: ProcessStand, fileName: string): number =>
  reports.filter((line) => / (took|refused) /.test(line) && line.includes(` ${fileName}:`)).length

/** Everybody of these batches was paid, once, by one file each line; every law holds, and the banks say the same. */
export async function expectPaidOnce(stand: ProcessStand, ...batches: readonly StandBatch[]): Promise<void> {
  for (const batch of batches) {
    expect(await standingOf(stand, batch.batchNo)).toEqual({
      waiting: 0,
      in_flight: 0,
      paid: batch.lines.length,
    })
    const files = await findFilesOfBatch(stand.db, toBatchId((await numberOf(stand, batch.batchNo)) ?? 0))
    expect(files.map((file) => [file.name, arrivals(stand, file.name)])).toEqual(
      files.map((file) => [file.name, 1]),
    )
    expect(files.reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(batch.lines.length)
  }
  await expectLaws(stand)
}

/** Every law of the ledger holds, and the banks' own books agree with it. */
export async function expectLaws({ db, banksFolder }: ProcessStand): Promise<void> {
  for (const { batchId, shard } of await listAccepted(db))
    expect(await recountBatch(db, batchId, shard)).toEqual([])
  expect((await checkLaws(db)).filter((law) => law.broken > 0)).toEqual([])
  expect(await compareLedgers(db, readBankLedgers(banksFolder))).toMatchObject({
    creditedTwice: 0,
    creditedNotPaid: 0,
    paidNotCredited: 0,
    returnsDiffer: 0,
  })
}
