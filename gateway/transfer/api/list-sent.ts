/**
 * Asks a bank's API about every file of ours of which it is not known whether the bank has it, within the queries that were
 * agreed: the side of the bank in a comparison after a restore (R9).
 */
import { Fault } from '../../faults.ts'
import type { RemoteFile } from '../channel.ts'
import { readExchanges } from './api-store.ts'
import { type ApiDesk, askBank } from './ask-bank.ts'
import { findOrder } from './order-store.ts'
import { listDoubtfulNames } from './sent-store.ts'

/** Files that the bank says it has. Throws the fault of a bank that cannot be asked; its silence must not look like absence. */
export async function listSent(desk: ApiDesk): Promise<readonly RemoteFile[]> {
  const found: RemoteFile[] = []
  for (const name of await listDoubtfulNames(desk.db, desk.bank.bankNo)) {
    const ordered = await findOrder(desk.db, desk.bank, name)
    if (!(await saysItHas(desk, ordered.file.fileId))) {
      const asked = await askBank(desk, ordered, 'in-doubt')
      if (asked.kind === 'trouble') throw asked.fault
    }
    if (!(await saysItHas(desk, ordered.file.fileId))) continue
    const { sealedBytes } = ordered.file
    if (sealedBytes === undefined) throw new Fault('INTERNAL', { reason: 'asked about a file without bytes' })
    found.push({ kind: 'file', name, sizeBytes: sealedBytes, modifiedAt: desk.clock.now() })
  }
  return found
}

/** A word that the bank has a file holds for ever, whenever it was said. */
const saysItHas = async (desk: ApiDesk, fileId: number): Promise<boolean> =>
  (await readExchanges(desk.db, fileId)).some(
    ({ outcome }) => outcome === 'accepted' || outcome === 'in-progress',
  )
