/** What sending and collecting are given. */
import type { ContractedBank } from '../banks/bank-book.ts'
import type { Needs } from '../needs.ts'
import type { Channel } from './channel.ts'

/** The ledger, the agreements, the time, and a road to each bank. */
export type SendNeeds = Pick<Needs, 'db' | 'bankBook' | 'clock' | 'calendar'> & {
  readonly channelOf: (bank: ContractedBank) => Channel
}
