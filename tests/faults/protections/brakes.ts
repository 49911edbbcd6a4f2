/** Guards of sending that stays paused after a restore, and of the numbers that must not come twice (R9). */
import type { Protection } from '../protection.ts'

const restored = 'tests/gateway/transfer/comparison/restored-database.test.ts'

/** Every guard of this topic. */
export const protections: readonly Protection[] = [
  {
    fault: 'F79',
    promise: 'A database that knows less than the anchor beside it pauses sending to every bank',
    file: 'gateway/store/database-identity.ts',
    take: 'if (anchor.fence > now.fence && anchor.fence > (known?.seenFence ?? 0n))',
    put: 'if (anchor.fence < 0n && known)',
    test: restored,
    title: 'F79: pauses at the start, sends nothing, finds what the bank has',
  },
  {
    fault: 'F79',
    promise: 'A bank is not sent to again while anything of the comparison is in doubt',
    file: 'gateway/transfer/comparison/compare-resume.ts',
    take: `  if (!comparison.clean) return { kind: 'in-doubt' }\n`,
    put: '',
    test: restored,
    title: 'F79: pauses at the start, sends nothing, finds what the bank has',
  },
  {
    fault: 'F79',
    promise: 'A file that lies at the bank with our bytes is recorded as delivered, not sent again',
    file: 'gateway/transfer/comparison/compare-settle.ts',
    take: `if (file.settled !== undefined || file.finding.kind !== 'delivered') continue`,
    put: `if (file.settled !== undefined || file.finding.kind !== 'delivered' || file.fileId > 0) continue`,
    test: restored,
    title: 'F79: pauses at the start, sends nothing, finds what the bank has',
  },
  {
    fault: 'F29',
    promise:
      'A release on another timeline than the one that the ledger knows is refused in its own transaction',
    file: 'gateway/transfer/brakes/brake-store.ts',
    take: 'if (!(await isAcceptedServer(tx)))',
    put: 'if ((await isAcceptedServer(tx)) === undefined)',
    test: restored,
    title: 'F29: releases nothing on the other timeline',
  },
  {
    fault: 'F29',
    promise: 'A promoted standby is told from the server before it by its timeline',
    file: 'gateway/store/database-identity.ts',
    take: 'if (now.timeline !== before.timeline)',
    put: 'if (now.timeline < before.timeline)',
    test: restored,
    title: 'F29: is seen by a machine that was never there',
  },
  {
    fault: 'F20',
    promise: 'Nothing is planned for a bank that was not compared, since its names could be given out again',
    file: 'gateway/dispatch/plan-batch.ts',
    take: 'paused.has(bankNo) ? heldBack(bankNo) : leaveOut(needs, bankNo)',
    put: 'paused.has(bankNo) && bankNo < 0 ? heldBack(bankNo) : leaveOut(needs, bankNo)',
    test: restored,
    title: 'F20: gives no number of a file, a sequence or a fence out again',
  },
  {
    fault: 'F20',
    promise: 'Numbers of files and fences that were used after the backup are left out',
    file: 'gateway/transfer/brakes/pause-sending.ts',
    take: '  await identities.skipNumbers(tx, entry.seenFence, fileNumbersLeftOut)\n',
    put: '',
    test: restored,
    title: 'F20: gives no number of a file, a sequence or a fence out again',
  },
]
