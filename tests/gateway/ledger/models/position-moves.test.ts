/**
 * Random moves of money, legal and not, against a real position: the database lets pass what the literal allows and the
 * position holds, refuses the rest without a trace, and after every move nothing is lost or made.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { money } from '../../../../formats/values/money.ts'
import { type BankNo, type BatchId, bankNo, batchId } from '../../../../gateway/ledger/batch.ts'
import {
  type InstructionState,
  instructionMoves,
  instructionStates,
} from '../../../../gateway/ledger/instruction-states.ts'
import { moveMoney, readPositions } from '../../../../gateway/ledger/position-store.ts'
import { inTransaction } from '../../../../gateway/store/transaction.ts'
import { handIn, type IntakeStand, lines, openStand } from '../../intake/intake-stand.ts'

let stand: IntakeStand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

/** One bank's money of one batch. */
interface Held {
  readonly batchId: BatchId
  readonly bankNo: BankNo
}

/** A position of twenty waiting lines, of which nothing has ended yet. */
async function freshPosition(code: string): Promise<Held> {
  await handIn(stand, code, lines(code, 20))
  const [row] = await stand.rows(
    `select batch_id, bank_no from position join bank using (bank_no) join batch using (batch_id)
     where bank = 'cmbc' and batch_no = '${code}'`,
  )
  return { batchId: batchId(Number(row?.['batch_id'])), bankNo: bankNo(Number(row?.['bank_no'])) }
}

/** What each state should hold now; lines are alike, so that a count says the money, too. */
type Model = Map<InstructionState, { count: number; fen: bigint }>

interface TriedMove {
  readonly from: InstructionState
  readonly to: InstructionState
  readonly count: number
  readonly fen: bigint
}

/** Choices that become a move of the model as it then stands: mostly along an edge and of what is there. */
const anyChoice = fc.record({
  astray: fc.nat(9),
  from: fc.nat(),
  to: fc.nat(),
  share: fc.integer({ min: 1, max: 100 }),
  tooMuch: fc.nat(9),
})
type Choice = typeof anyChoice extends fc.Arbitrary<infer C> ? C : never

function chosen(model: Model, { astray, from, to, share, tooMuch }: Choice): TriedMove {
  const filled = instructionStates.filter((state) => holds(model, state).count > 0)
  const source = pick(astray === 0 ? instructionStates : filled, from)
  const next = instructionStates.filter((state) => Object.hasOwn(instructionMoves[source], state))
  const { count, fen } = holds(model, source)
  return {
    from: source,
    to: pick(astray <= 1 || next.length === 0 ? instructionStates : next, to),
    count: Math.max(1, Math.ceil((count * share) / 100)) + (tooMuch === 0 ? count : 0),
    fen: (fen * BigInt(share)) / 100n + 1n + (tooMuch === 1 ? fen : 0n),
  }
}

const pick = (states: readonly InstructionState[], at: number): InstructionState =>
  states[at % states.length] ?? 'waiting'

const holds = (model: Model, state: InstructionState) => model.get(state) ?? { count: 0, fen: 0n }
const total = (model: Model): readonly [number, bigint] => [
  [...model.values()].reduce((sum, { count }) => sum + count, 0),
  [...model.values()].reduce((sum, { fen }) => sum + fen, 0n),
]
const isLegal = ({ from, to }: TriedMove): boolean => Object.hasOwn(instructionMoves[from], to)

async function standing(held: Held): Promise<Model> {
  const positions = await readPositions(stand.needs.db, held.batchId)
  const position = positions.find(({ bank }) => bank === 'cmbc')
  if (!position) throw new Error('no position')
  return new Map(
    instructionStates.flatMap((state) => {
      const { count, amountFen } = position.states[state]
      return count === 0 && amountFen === 0n ? [] : [[state, { count, fen: amountFen }]]
    }),
  )
}

/** Moves what the model knows to be there, so that long walks happen; sometimes too much, which must be refused. */
async function tryMove(held: Held, model: Model, tried: TriedMove): Promise<void> {
  const there = holds(model, tried.from)
  const enough = tried.count <= there.count && tried.fen <= there.fen
  const move = {
    ...tried,
    ...held,
    amountFen: money(tried.fen),
  }
  const done = await inTransaction(stand.needs.db, (tx) =>
    moveMoney(tx, { ...move, cause: 'a model', actor: 'model', businessAt: stand.needs.clock.now() }),
  ).then(
    () => true,
    () => false,
  )
  expect(
    done,
    JSON.stringify(tried, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
  ).toBe(isLegal(tried) && enough)
  if (!done) return
  const target = holds(model, tried.to)
  model.set(tried.from, { count: there.count - tried.count, fen: there.fen - tried.fen })
  model.set(tried.to, { count: target.count + tried.count, fen: target.fen + tried.fen })
}

it('I1 I6: whatever is tried in whatever order, only legal moves of what is there happen, and nothing is lost', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyChoice, { minLength: 1, maxLength: 30 }), async (choices) => {
      run += 1
      const held = await freshPosition(`MODEL-${run}`)
      const model = await standing(held)
      const before = total(model)
      for (const choice of choices) await tryMove(held, model, chosen(model, choice))
      const kept = [...model].filter(([, { count, fen }]) => count !== 0 || fen !== 0n)
      expect(Object.fromEntries(await standing(held))).toEqual(Object.fromEntries(kept))
      expect(total(model)).toEqual(before)
    }),
    { numRuns: 40 },
  )
  const { rows } = await stand.needs.db.query<{ from_state: InstructionState; to_state: string }>(
    `select distinct from_state, to_state from position_move where actor = 'model'`,
  )
  for (const { from_state, to_state } of rows)
    expect(Object.keys(instructionMoves[from_state])).toContain(to_state)
  expect(rows.length).toBeGreaterThan(15)
})
