/** What intake is given: plain data and a pool, so that a server, a command or a test can build it. */
import type { FieldKey } from '../../crypto/field-key.ts'
import type { RegionEntry } from '../../formats/values/region-list.ts'
import type { BankBook } from '../banks/bank-book.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/pool.ts'

/** The ledger, the agreements, the key of personal fields, the time, and how much of the machine may be used. */
export interface IntakeNeeds {
  readonly db: Db
  readonly bankBook: BankBook
  /** Seals personal fields and makes pseudonyms; worker threads derive their own sealers from it. */
  readonly fieldKey: FieldKey
  readonly clock: Clock
  /** Existing folder on a local disk for bodies that are being received; they lie there encrypted and nameless. */
  readonly spoolFolder: string
  /** Worker threads for checking lines; 0 checks them on the calling thread. */
  readonly threads: number
  /** Folder of profiles that worker threads load; the shipped catalogue unless told. */
  readonly catalogFolder?: string
  /** The operator's list of counties; without it any county of a known province will do. */
  readonly regions?: readonly RegionEntry[] | undefined
  /** Largest decoded body of one part in bytes; 8 GiB unless told. */
  readonly maxBodyBytes?: number
}

/** Largest decoded body that is taken when nothing else was configured, in bytes. */
export const defaultMaxBodyBytes = 8 * 1024 ** 3
