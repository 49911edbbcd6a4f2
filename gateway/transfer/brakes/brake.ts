/** Brakes keep files from leaving: the whole house, a bank, a batch, a programme or a region; people pull and lift them. */
import type { BankNo, BatchId } from '../../ledger/batch.ts'

/** What a brake holds. `region` is a region code or the beginning of one. */
export type BrakeScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'bank'; readonly bankNo: BankNo }
  | { readonly kind: 'batch'; readonly batchId: BatchId }
  | { readonly kind: 'programme'; readonly programme: string }
  | { readonly kind: 'region'; readonly region: string }

/** `restored`: the database is older than what the bank has seen, so both sides have to be compared first (R9). */
export type BrakeCause = 'person' | 'restored'

/** Who stands behind a brake: our operators, an API client for a batch of its own, or the program itself. */
export type BrakeVia = 'operator' | 'client' | 'huida'

/** A brake that stands. */
export interface Brake {
  readonly brakeId: bigint
  readonly scope: BrakeScope
  readonly cause: BrakeCause
  readonly reason: string
  readonly pulledBy: string
  readonly pulledVia: BrakeVia
  readonly pulledAt: Date
}

/** Who pulls or lifts a brake and why; `via` is an operator unless told. */
export interface BrakeHand {
  readonly by: string
  readonly reason: string
  readonly via?: BrakeVia
}

/** A brake as people see it: codes and numbers as they know them. */
export interface ShownBrake {
  readonly brakeId: bigint
  readonly scope: BrakeScope['kind']
  /** Bank code, batch number with its client, programme or region; empty for everything. */
  readonly subject: string
  readonly cause: BrakeCause
  readonly reason: string
  readonly pulledBy: string
  readonly pulledVia: BrakeVia
  readonly pulledAt: Date
  /** Sealed files that it keeps back now. */
  readonly heldFiles: number
}
