/** Quarantines an inbound file whole: raw bytes kept, nothing of it applied, somebody told (law 9). */
import type { Tx } from '../../store/pool.ts'
import { openException } from '../exception-store.ts'
import { type InboundFile, inboundMoves } from './inbound-file.ts'
import { moveInbound } from './inbound-store.ts'

/** Moves a collected file to quarantine and opens its exception; `facts` say why. */
export async function quarantineInbound(
  tx: Tx,
  { inboundId, bankNo, name }: Pick<InboundFile, 'inboundId' | 'bankNo' | 'name'>,
  facts: Readonly<Record<string, unknown>>,
  at: Date,
): Promise<void> {
  const cause = inboundMoves.collected.quarantined
  await moveInbound(tx, inboundId, 'collected', 'quarantined', cause, at, facts)
  await openException(tx, { kind: 'quarantined-file', bankNo, inboundId, facts: { name, ...facts }, at })
}
