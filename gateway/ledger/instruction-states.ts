/**
 * Every state of an instruction and every legal move between them, with its cause in words. The CHECK constraint of
 * position_move, the diagram in the docs and the tests come from this literal; nothing else moves money.
 */

/** Where an instruction stands. */
export type InstructionState =
  | 'waiting'
  | 'held'
  | 'in_flight'
  | 'unknown'
  | 'conflict'
  | 'paid'
  | 'failed'
  | 'returned'
  | 'correcting'
  | 'treasury_pending'
  | 'treasury_returned'
  | 'reissued'

/** Legal moves and what causes them. Success is never erased: paid leaves only by a return or a contradiction. */
export const instructionMoves = {
  waiting: {
    in_flight: 'a worker claimed the sending of its file',
    held: 'a person or a check held it back',
    correcting: 'its bank cannot take it as it is',
  },
  held: {
    waiting: 'a person released it',
    correcting: 'the line department was asked to correct it',
    treasury_pending: 'a person decided to return the money',
    reissued: 'an instruction that replaces it was accepted',
  },
  in_flight: {
    waiting: 'the bank is proven not to have taken its file',
    paid: 'the bank answered final success',
    failed: 'the bank answered final failure',
    unknown: 'the bank answered something that is neither',
    conflict: 'one answer says success and failure',
  },
  unknown: {
    paid: 'a later answer says final success',
    failed: 'a later answer says final failure',
    conflict: 'answers contradict each other',
  },
  conflict: {
    paid: 'two people entered evidence of payment',
    failed: 'two people entered evidence of failure',
  },
  paid: { returned: 'the money came back after success', conflict: 'a later answer denies the payment' },
  failed: {
    correcting: 'the line department was asked to correct it',
    treasury_pending: 'its reason or a person sends the money back',
    reissued: 'an instruction that replaces it was accepted',
    conflict: 'a later answer claims success',
  },
  returned: {
    correcting: 'the line department was asked to correct it',
    treasury_pending: 'its reason or a person sends the money back',
    reissued: 'an instruction that replaces it was accepted',
  },
  correcting: {
    reissued: 'an instruction that replaces it was accepted',
    treasury_pending: 'it cannot be corrected in time',
    conflict: 'a later answer claims success',
  },
  treasury_pending: {
    treasury_returned: 'the treasury booked the refund voucher',
    conflict: 'a later answer claims success',
  },
  treasury_returned: { reissued: 'the data was put right later and it is paid again' },
  reissued: {},
} as const satisfies Record<InstructionState, Partial<Record<InstructionState, string>>>

/** All states, in the order in which people read them. */
export const instructionStates = [
  'waiting',
  'held',
  'in_flight',
  'unknown',
  'conflict',
  'paid',
  'failed',
  'returned',
  'correcting',
  'treasury_pending',
  'treasury_returned',
  'reissued',
] as const satisfies readonly InstructionState[]

/** States in which nobody may say what became of the money: no re-issue and no treasury return (R8). */
export const inDoubtStates = [
  'in_flight',
  'unknown',
  'conflict',
] as const satisfies readonly InstructionState[]
