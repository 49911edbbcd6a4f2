/** What the ledger says after a test: states of single lines, counts of states, exceptions, and whether the laws hold. */
import { expect } from 'vitest'
import type { BankFile } from '../../gateway/dispatch/bank-file.ts'
import { findFilesOfBatch } from '../../gateway/dispatch/bank-file-store.ts'
import type { SealResult } from '../../gateway/intake/seal-batch.ts'
import { batchId as toBatchId } from '../../gateway/ledger/batch.ts'
import { findBatch } from '../../gateway/ledger/batch-store.ts'
import { checkLaws, recountBatch } from '../../gateway/ledger/conservation-store.ts'
import type { InstructionState } from '../../gateway/ledger/instruction-states.ts'
import { readPositions } from '../../gateway/ledger/position-store.ts'
import { type DemoLine, generateLines } from '../../ops/demo/people.ts'
import type { Journey } from './journey.ts'

/** An accepted batch of one bank and the first file that was planned for it. */
export interface SentBatch {
  readonly batchNo: string
  readonly batchId: number
  readonly lines: readonly DemoLine[]
  readonly file: BankFile
}

const givenNames = [...'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉']

/** Lines of made-up people whose names every bank can write; the same batch number makes the same people. */
export function plainPeople(batchNo: string, bank: string, people: number): DemoLine[] {
  const plan = { people, seed: batchNo, banks: [{ code: bank, share: 1 }], batchNo, region: '430621' }
  return [...generateLines(plan)].map((line, index) => ({
    ...line,
    payeeName: `李${givenNames[index % givenNames.length] ?? '甲'}`,
  }))
}

/** Hands a batch in, without running anything. */
export async function acceptBatch(
  journey: Journey,
  batchNo: string,
  lines: readonly DemoLine[],
): Promise<Extract<SealResult, { kind: 'accepted' }>> {
  const sealed = await journey.handIn(batchNo, lines)
  if (sealed.kind !== 'accepted') throw new Error(`${batchNo} was not accepted: ${JSON.stringify(sealed)}`)
  return sealed
}

/** Hands a batch of one bank in and lets it be sent. */
export async function sendBatch(
  journey: Journey,
  batchNo: string,
  people: number,
  bank = 'cmbc',
): Promise<SentBatch> {
  const lines = plainPeople(batchNo, bank, people)
  const { batchId } = await acceptBatch(journey, batchNo, lines)
  await journey.runQuiet()
  return { batchNo, batchId, lines, file: await fileOf(journey, batchId) }
}

/** The first file of a batch as it stands now. */
export async function fileOf({ assembly }: Journey, batchId: number): Promise<BankFile> {
  const [file] = await findFilesOfBatch(assembly.db, toBatchId(batchId))
  if (!file) throw new Error('no file was planned')
  return file
}

/** Where every line of a batch stands that has an answer or a state of its own, by seq. */
export async function lineStates({ assembly }: Journey, batchId: number): Promise<Record<number, string>> {
  const { rows } = await assembly.db.query<{ seq: number; state: string }>(
    `select i.seq, coalesce(s.state, case when r.paid then 'paid' when not r.paid then 'failed' else 'open' end) as state
     from instruction i left join instruction_state s on s.batch_id = i.batch_id and s.seq = i.seq
       left join result_item r on r.shard = i.shard and r.batch_id = i.batch_id and r.seq = i.seq
     where i.batch_id = $1 order by i.seq`,
    [batchId],
  )
  return Object.fromEntries(rows.map(({ seq, state }) => [seq, state]))
}

/** Counts of a batch by state, over all banks, without the states that hold nothing. */
export async function countsOf({ assembly }: Journey, batchId: number): Promise<Record<string, number>> {
  const positions = await readPositions(assembly.db, toBatchId(batchId))
  const counts: Record<string, number> = {}
  for (const { states } of positions)
    for (const [state, { count }] of Object.entries(states))
      if (count > 0) counts[state] = (counts[state] ?? 0) + count
  return counts
}

/** How many lines of a batch stand in one state. */
export const countOf = async (journey: Journey, batchId: number, state: InstructionState): Promise<number> =>
  (await countsOf(journey, batchId))[state] ?? 0

/** An exception as people see it. */
export interface SeenException {
  readonly kind: string
  readonly state: 'open' | 'resolved'
  readonly line_no: number | null
  readonly seq: number | null
  readonly facts: Readonly<Record<string, unknown>>
}

/** Exceptions of one inbound file, in the order of its lines. */
export async function exceptionsOf({ assembly }: Journey, remoteName: string): Promise<SeenException[]> {
  const { rows } = await assembly.db.query<SeenException>(
    `select e.kind, e.state, e.line_no, e.seq, e.facts from exception_item e join inbound_file f using (inbound_id)
     where f.name = $1 order by e.inbound_id, e.line_no nulls first, e.exception_id`,
    [remoteName],
  )
  return rows
}

/** An inbound file as the ledger has it. */
export interface SeenInbound {
  readonly inbound_id: number
  readonly state: string
  readonly row_count: number
  readonly applied_count: number
  readonly exception_count: number
  readonly facts: Readonly<Record<string, unknown>>
  /** Bytes that are kept of it; null for none. */
  readonly kept: bigint | null
}

/** Every collected form of a remote file, in the order in which it was collected. */
export async function inboundOf({ assembly }: Journey, remoteName: string): Promise<SeenInbound[]> {
  const { rows } = await assembly.db.query<SeenInbound>(
    `select f.inbound_id, f.state, f.row_count, f.applied_count, f.exception_count, f.facts,
       (select sum(length(c.bytes)) from content_chunk c where c.content_id = f.content_id)::bigint as kept
     from inbound_file f where f.name = $1 order by f.inbound_id`,
    [remoteName],
  )
  return rows
}

/** The laws: facts and position agree for every batch named, and no law of the whole ledger is broken. */
export async function expectConserved({ assembly }: Journey, ...batchIds: readonly number[]): Promise<void> {
  for (const id of batchIds) {
    const batch = await findBatch(assembly.db, toBatchId(id))
    if (!batch) throw new Error('no batch')
    expect(await recountBatch(assembly.db, batch.batchId, batch.shard)).toEqual([])
  }
  expect((await checkLaws(assembly.db)).filter((law) => law.broken > 0)).toEqual([])
}
