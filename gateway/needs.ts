/** What the steps of the journey are given. Each step names the part it uses; nothing reaches for a global. */
import type { Envelope } from '../crypto/envelope.ts'
import type { FieldSealer } from '../crypto/field-sealing.ts'
import type { Pseudonymizer } from '../crypto/pseudonym.ts'
import type { FieldCipher } from '../formats/profile/compiled-profile.ts'
import type { BankBook, ContractedBank } from './banks/bank-book.ts'
import type { Calendar } from './banks/calendar.ts'
import type { Clock } from './clock.ts'
import type { LeaseHolder } from './ledger/lease-holder.ts'
import type { Db } from './store/pool.ts'

/** The ledger, the agreements, the keys and the time. */
export interface Needs {
  readonly db: Db
  /** Names this process or thread in its leases; where it is left out they stand by their time alone. */
  readonly leaseHolder?: LeaseHolder
  readonly bankBook: BankBook
  readonly sealer: FieldSealer
  readonly pseudonyms: Pseudonymizer
  readonly clock: Clock
  readonly calendar: Calendar
  /** Folder for encrypted scratch files; emptied at start. */
  readonly scratchFolder: string
  readonly envelopeOf: (bank: ContractedBank) => Envelope
  /** Encrypts single fields where the agreement has it so; nobody's where it is left out. */
  readonly fieldCipherOf?: (bank: ContractedBank) => FieldCipher | undefined
}
