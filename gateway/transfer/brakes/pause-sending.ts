/**
 * Pauses sending to every bank when the database may be older than what the banks have seen (R9). What is paused goes on
 * only when the bank's side was compared.
 */
import { recordAct } from '../../audit-store.ts'
import { bankNo } from '../../ledger/batch.ts'
import { advanceAnchor, readAnchor } from '../../store/database-anchor.ts'
import {
  type AnchorRead,
  type IdentityVerdict,
  judgeIdentity,
  type RestoreCause,
  type ServerNow,
} from '../../store/database-identity.ts'
import * as identities from '../../store/database-identity-store.ts'
import type { Tx } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import { listBankNos } from '../comparison/compare-store.ts'
import { closeSendGate, insertBrake } from './brake-store.ts'
import type { BrakeNeeds } from './pull-brake.ts'

/** Numbers of files that are left out after a restore, for the files that were planned after the backup. */
const fileNumbersLeftOut = 100_000

/**
 * Checks the database against the ledger's memory and the anchor, pauses what has to be paused, and moves the anchor
 * forward. Any process may call it at any time; a restore is written down once. Throws what database and disk throw.
 */
export async function checkDatabase(needs: BrakeNeeds, anchorFile: string): Promise<IdentityVerdict> {
  const anchor = await readAnchor(anchorFile)
  const { verdict, now } = await inTransaction(
    needs.db,
    async (tx) => {
      await identities.lockIdentity(tx)
      return judgeIn(tx, anchor, needs.clock.now())
    },
    // Whoever calls comes again in a minute, and must not be kept from ending meanwhile.
    { attempts: 2 },
  )
  await advanceAnchor(anchorFile, now, needs.clock.now())
  return verdict
}

async function judgeIn(
  tx: Tx,
  anchor: AnchorRead,
  at: Date,
): Promise<{ verdict: IdentityVerdict; now: ServerNow }> {
  const now = await identities.readServerNow(tx)
  const known = await identities.readKnownIdentity(tx)
  const verdict = judgeIdentity(now, known, anchor)
  const seenFence = anchor.kind === 'read' && anchor.fence > now.fence ? anchor.fence : now.fence
  if (verdict.kind === 'first')
    await identities.insertIdentity(tx, now, { cause: 'first', seenFence, at, by: 'huida' })
  if (verdict.kind === 'restored')
    await pauseIn(tx, now, { cause: verdict.cause, seenFence, at, by: 'huida' })
  return { verdict, now }
}

/** Pauses because a person says that the database was restored: nobody else can tell when server and anchor came back together. */
export const pauseAsTold = (needs: BrakeNeeds, by: string, reason: string): Promise<void> =>
  inTransaction(needs.db, async (tx) => {
    await identities.lockIdentity(tx)
    const now = await identities.readServerNow(tx)
    await pauseIn(tx, now, { cause: 'told', seenFence: now.fence, at: needs.clock.now(), by }, reason)
  })

/** One `restored` brake for every bank, in one transaction with the entry that names the restore. */
async function pauseIn(
  tx: Tx,
  now: ServerNow,
  entry: { cause: RestoreCause; seenFence: bigint; at: Date; by: string },
  reason = reasons[entry.cause],
): Promise<void> {
  await closeSendGate(tx)
  const identityNo = await identities.insertIdentity(tx, now, entry)
  const banks = await listBankNos(tx)
  for (const no of banks) {
    const scope = { kind: 'bank', bankNo: bankNo(no) } as const
    await insertBrake(tx, scope, 'restored', { by: entry.by, reason, via: 'huida' }, entry.at)
  }
  await identities.skipNumbers(tx, entry.seenFence, fileNumbersLeftOut)
  await recordAct(tx, entry.at, entry.by, 'sending.paused', `restore ${identityNo}`, {
    cause: entry.cause,
    reason,
    seenFence: entry.seenFence,
    fence: now.fence,
    banks: banks.length,
  })
}

const reasons: Readonly<Record<RestoreCause, string>> = {
  'other-server': 'the database came up on another server',
  'other-timeline': 'another copy of the database was promoted, or it was recovered to a point in time',
  'other-database': 'the ledger was restored into another database',
  'fence-behind': 'the database is older than what this machine has seen',
  'anchor-unreadable': 'the anchor beside the database cannot be read',
  told: 'a person says that the database was restored',
}
