/** A file that a bank left for us, from the first look at its name to the last line applied. */
import type { BankNo } from '../../ledger/batch.ts'

/** How far an inbound file is. */
export type InboundState = 'collected' | 'opened' | 'read' | 'matched' | 'closed' | 'quarantined'

/** Legal moves of an inbound file and what causes them. Reading is one transaction, so most files go straight to matched. */
export const inboundMoves = {
  collected: {
    opened: 'its envelope was verified and opened',
    matched: 'it was opened, read and matched',
    closed: 'its content was applied before under another name',
    quarantined: 'it was refused whole',
  },
  opened: { read: 'its lines were read', quarantined: 'it was refused whole' },
  read: { matched: 'its lines were matched', quarantined: 'it was refused whole' },
  matched: { closed: 'everything it causes was done' },
  quarantined: {
    collected: 'a person asked to read it again',
    closed: 'a person put it away, what it said was done by hand, or the bank sent it again whole',
  },
  closed: {},
} as const satisfies Record<InboundState, Partial<Record<InboundState, string>>>

/** A collected file. */
export interface InboundFile {
  readonly inboundId: number
  readonly bankNo: BankNo
  readonly name: string
  readonly contentId: bigint
  readonly sizeBytes: number
  readonly state: InboundState
  readonly fileId: number | undefined
}
