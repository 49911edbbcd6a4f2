/** The literals of moves and the database's own checks say the same, and the database holds the law of conservation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { money } from '../../../formats/values/money.ts'
import { bankFileMoves } from '../../../gateway/dispatch/bank-file.ts'
import { type BankNo, batchId, bankNo as toBankNo } from '../../../gateway/ledger/batch.ts'
import { recountBatch } from '../../../gateway/ledger/conservation-store.ts'
import {
  type InstructionState,
  inDoubtStates,
  instructionMoves,
  instructionStates,
} from '../../../gateway/ledger/instruction-states.ts'
import { moveMoney } from '../../../gateway/ledger/position-store.ts'
import type { Queryable } from '../../../gateway/store/pool.ts'
import { inTransaction } from '../../../gateway/store/transaction.ts'
import { inboundMoves } from '../../../gateway/transfer/collect/inbound-file.ts'
import { handIn, type IntakeStand, lines, openStand } from '../intake/intake-stand.ts'

let stand: IntakeStand
let batch = 0
let bank: BankNo
beforeAll(async () => {
  stand = await openStand()
  const all = lines('L1', 5).map((line) => ({ ...line, bank: 'cmbc' }))
  const sealed = await handIn(stand, 'L1', all)
  if (sealed.kind !== 'accepted') throw new Error('not accepted')
  batch = sealed.batchId
  const [row] = await stand.rows('select bank_no from position where batch_id = $1', [batch])
  bank = toBankNo(Number(row?.['bank_no']))
})
afterAll(() => stand.close())

/** The pairs of names in a CHECK constraint of two columns. */
async function pairsOf(constraint: string): Promise<string[]> {
  const [row] = await stand.rows(
    'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1',
    [constraint],
  )
  const pairs = String(row?.['text']).matchAll(/from_state = '(\w+)'::text\) AND \(to_state = '(\w+)'/g)
  return [...pairs].map(([, from, to]) => `${from} -> ${to}`).sort()
}

const pairsIn = (moves: Readonly<Record<string, Readonly<Record<string, string>>>>): string[] =>
  Object.entries(moves)
    .flatMap(([from, tos]) => Object.keys(tos).map((to) => `${from} -> ${to}`))
    .sort()

/** The names that a CHECK of one column allows. */
async function namesOf(table: string): Promise<string[]> {
  const [row] = await stand.rows(
    `select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1 and contype = 'c'`,
    [`${table}_state_check`],
  )
  return [...String(row?.['text']).matchAll(/'(\w+)'/g)].map(([, name]) => name ?? '').sort()
}

describe('moves', () => {
  it.each([
    { noun: 'instructions', constraint: 'legal_move', moves: instructionMoves },
    { noun: 'bank files', constraint: 'legal_file_move', moves: bankFileMoves },
    { noun: 'inbound files', constraint: 'legal_inbound_move', moves: inboundMoves },
  ])('of $noun are the same in the program and in the database', async ({ constraint, moves }) => {
    expect(await pairsOf(constraint)).toEqual(pairsIn(moves))
  })

  it.each([
    { table: 'bank_file', moves: bankFileMoves },
    { table: 'inbound_file', moves: inboundMoves },
  ])('of $table lead through the states that its table knows', async ({ table, moves }) => {
    expect(await namesOf(table)).toEqual(Object.keys(moves).sort())
  })

  it('never leave success but by a return or a contradiction, and doubt never by itself', () => {
    expect(Object.keys(instructionMoves.paid)).toEqual(['returned', 'conflict'])
    for (const doubtful of inDoubtStates)
      for (const to of ['reissued', 'treasury_pending', 'treasury_returned', 'correcting'])
        expect(Object.keys(instructionMoves[doubtful])).not.toContain(to)
    expect(Object.keys(instructionMoves).sort()).toEqual([...instructionStates].sort())
  })
})

/** Undoes everything that a test does to the one position. */
const undone = (work: (tx: Queryable) => Promise<void>): Promise<void> =>
  inTransaction(stand.needs.db, async (tx) => {
    await work(tx)
    throw new Undone('undone')
  }).catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error
  })

class Undone extends Error {}

const attempt = (sql: string): Promise<void> =>
  undone(async (tx) => {
    await tx.query(`update position set ${sql} where batch_id = $1`, [batch])
  })

const move = (tx: Queryable, from: InstructionState, to: InstructionState, count = 1): Promise<void> =>
  moveMoney(tx, {
    batchId: batchId(batch),
    bankNo: bank,
    from,
    to,
    count,
    amountFen: money(BigInt(count)),
    cause: 'a test',
    actor: 'test',
    businessAt: new Date(0),
  })

describe('the database', () => {
  it('refuses a commit that loses or makes a line or a fen', async () => {
    await expect(attempt('waiting_count = waiting_count - 1')).rejects.toThrow('conservation_count')
    await expect(attempt('paid_fen = paid_fen + 1')).rejects.toThrow('conservation_fen')
    await expect(attempt('waiting_fen = waiting_fen - 1, paid_count = 0')).rejects.toThrow('conservation_fen')
  })

  it('refuses to owe', async () => {
    await expect(attempt('paid_count = -1, waiting_count = waiting_count + 1 + paid_count')).rejects.toThrow(
      'nothing_negative',
    )
    await expect(undone((tx) => move(tx, 'waiting', 'in_flight', 6))).rejects.toThrow('nothing_negative')
  })

  it('keeps what was accepted', async () => {
    await expect(
      attempt('accepted_count = accepted_count + 1, waiting_count = waiting_count + 1'),
    ).rejects.toThrow('is fixed')
    await expect(attempt('accepted_fen = accepted_fen')).rejects.toThrow('is fixed')
  })

  it('lets money go along every legal edge and along no other', async () => {
    for (const from of instructionStates) {
      for (const to of instructionStates.filter((state) => state !== from)) {
        const passed = await undone(async (tx) => {
          if (from !== 'waiting')
            await tx.query(
              `update position set waiting_count = waiting_count - 1, waiting_fen = waiting_fen - 1,
                 ${from}_count = ${from}_count + 1, ${from}_fen = ${from}_fen + 1 where batch_id = $1`,
              [batch],
            )
          await move(tx, from, to)
        }).then(
          () => true,
          () => false,
        )
        expect(`${from} -> ${to} ${passed}`).toBe(`${from} -> ${to} ${to in instructionMoves[from]}`)
      }
    }
  })
})

describe('a recount', () => {
  it('finds a position that was edited behind its back, though its sums still tie', async () => {
    expect(await recountBatch(stand.needs.db, batchId(batch), 0)).toEqual([])
    await undone(async (tx) => {
      await tx.query(
        `update position set waiting_count = waiting_count - 1, waiting_fen = waiting_fen - 7, paid_count = paid_count + 1,
           paid_fen = paid_fen + 7 where batch_id = $1`,
        [batch],
      )
      const found = await recountBatch(tx, batchId(batch), 0)
      expect(found.map(({ state }) => state).sort()).toEqual(['paid', 'waiting'])
      expect(found.find(({ state }) => state === 'paid')).toMatchObject({
        counted: { count: 0, amountFen: 0n },
        position: { count: 1, amountFen: 7n },
      })
    })
  })

  it('finds a state that no money stands behind', async () => {
    await undone(async (tx) => {
      await tx.query(
        `insert into instruction_state (batch_id, seq, bank_no, state, amount_fen, reason_code, reason_class, since)
         values ($1, 1, $2, 'treasury_returned', 1, 'DECEASED', 'T', now())`,
        [batch, bank],
      )
      const found = await recountBatch(tx, batchId(batch), 0)
      expect(found.map(({ state }) => state)).toContain('treasury_returned')
    })
  })
})
