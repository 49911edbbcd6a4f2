/** Where the money of a batch stands: for each bank and in total, every state in count and fen. */
import { z } from 'zod'
import { add, zero } from '../../formats/values/money.ts'
import { instructionStates } from '../../gateway/ledger/instruction-states.ts'
import type { Position, Standing } from '../../gateway/ledger/position-store.ts'
import { integerSchema } from './answer-schemas.ts'

const standingSchema = z.object({ count: z.int(), amountFen: integerSchema })
const standings = {
  accepted: standingSchema,
  states: z.record(z.enum(instructionStates), standingSchema).readonly(),
}

/** Shape of a batch's position. */
export const positionSchema = z.object({
  total: z.object(standings),
  banks: z.array(z.object({ bank: z.string(), ...standings })).readonly(),
})

/** The sum over all banks. */
export function totalPosition(banks: readonly Position[]): Omit<Position, 'bank'> {
  const sum = (pick: (position: Position) => Standing): Standing => ({
    count: banks.reduce((count, position) => count + pick(position).count, 0),
    amountFen: banks.reduce((amountFen, position) => add(amountFen, pick(position).amountFen), zero),
  })
  return {
    accepted: sum((position) => position.accepted),
    states: {
      waiting: sum(({ states }) => states.waiting),
      held: sum(({ states }) => states.held),
      in_flight: sum(({ states }) => states.in_flight),
      unknown: sum(({ states }) => states.unknown),
      conflict: sum(({ states }) => states.conflict),
      paid: sum(({ states }) => states.paid),
      failed: sum(({ states }) => states.failed),
      returned: sum(({ states }) => states.returned),
      correcting: sum(({ states }) => states.correcting),
      treasury_pending: sum(({ states }) => states.treasury_pending),
      treasury_returned: sum(({ states }) => states.treasury_returned),
      reissued: sum(({ states }) => states.reissued),
    },
  }
}
