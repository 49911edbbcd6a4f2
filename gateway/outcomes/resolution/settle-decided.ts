/**
 * Carries out what people decided of lines of one file, in the transaction of their resolution: results, states, money,
 * the file's own end, what the client is told, and what follows. The file is locked and the list of lines filled.
 */
import { money } from '../../../formats/values/money.ts'
import { type BankFile, bankFileMoves } from '../../dispatch/bank-file.ts'
import { addSettled, findBankFile, moveFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import type { Batch } from '../../ledger/batch.ts'
import { moveMoney } from '../../ledger/position-store.ts'
import { appendSlice } from '../../results/feed-store.ts'
import { due, type Wake } from '../../run-step.ts'
import type { StoredContent } from '../../store/content-store.ts'
import type { Tx } from '../../store/pool.ts'
import { meetObligation } from '../../transfer/owed/owe.ts'
import * as decided from './decided-store.ts'
import { type DecidedGroup, lookUpStates } from './deciding-store.ts'
import { enterEvidence } from './evidence-store.ts'
import type { ResolutionEffect } from './resolution.ts'

/** One resolution as its parts need it. */
export interface Deciding {
  readonly resolutionId: bigint
  readonly exceptionId: bigint
  readonly content: StoredContent
  readonly cause: string
  readonly actor: string
  readonly at: Date
}

/** What one file's lines came to. */
export interface Settled {
  readonly effect: ResolutionEffect
  readonly wakes: readonly Wake[]
}

/** Nothing happened. */
export const nothingSettled: Settled = { effect: { lines: 0, amountFen: 0n, exceptions: 0 }, wakes: [] }

/** What two files' lines came to. */
export const bothSettled = (one: Settled, other: Settled): Settled => ({
  effect: {
    lines: one.effect.lines + other.effect.lines,
    amountFen: one.effect.amountFen + other.effect.amountFen,
    exceptions: one.effect.exceptions + other.effect.exceptions,
  },
  wakes: [...one.wakes, ...other.wakes],
})

/** Settles the lines on the list; an empty list changes nothing. */
export async function settleDecided(tx: Tx, batch: Batch, file: BankFile, of: Deciding): Promise<Settled> {
  const places = { shard: batch.shard, file }
  const groups = await lookUpStates(tx, places)
  const lines = groups.reduce((sum, group) => sum + group.count, 0)
  if (lines === 0) return nothingSettled
  const inboundId = await enterEvidence(tx, file, of.resolutionId, of.content, lines, of.at)
  const ref: decided.DecidedRef = { ...places, ...of, inboundId }
  const told = await decided.tellDecided(tx, ref)
  await decided.overrule(tx, ref)
  const fresh = await decided.insertResults(tx, ref)
  await decided.recordStates(tx, ref)
  await decided.endBegun(tx, ref)
  await moveGroups(tx, ref, groups)
  await settleFile(tx, file.fileId, fresh, of.at)
  await tell(tx, batch, ref, fresh, told)
  return {
    effect: {
      lines,
      amountFen: groups.reduce((sum, group) => sum + group.amountFen, 0n),
      exceptions: await decided.closeForLines(tx, ref, of.exceptionId),
    },
    wakes: [await due(tx, 'route', inboundId, of.at), await due(tx, 'notify', inboundId, of.at)],
  }
}

async function moveGroups(
  tx: Tx,
  { file, inboundId, cause, actor, at }: decided.DecidedRef,
  groups: readonly DecidedGroup[],
): Promise<void> {
  const { batchId, bankNo, fileId } = file
  for (const { from, to, count, amountFen } of groups)
    await moveMoney(tx, {
      ...{ batchId, bankNo, fileId, inboundId, cause, actor },
      ...{ from, to, count, amountFen: money(amountFen), businessAt: at },
    })
}

/** A file whose last line people decided is as finished as one whose last line its bank answered. */
async function settleFile(tx: Tx, fileId: number, fresh: number, at: Date): Promise<void> {
  const total = await addSettled(tx, fileId, fresh, at)
  const file = await findBankFile(tx, fileId)
  if (!file) throw new Fault('INTERNAL', { reason: 'no such bank file', fileId })
  if (total !== file.rowCount) return
  const { state } = file
  if (state === 'sent' || state === 'acknowledged')
    await moveFile(tx, fileId, { from: state, to: 'answered', cause: bankFileMoves[state].answered, at })
  await moveFile(tx, fileId, { from: 'answered', to: 'closed', cause: bankFileMoves.answered.closed, at })
  await meetObligation(tx, fileId, 'result', at)
}

async function tell(
  tx: Tx,
  batch: Batch,
  ref: decided.DecidedRef,
  fresh: number,
  told: number,
): Promise<void> {
  const { file, inboundId } = ref
  const { batchId, loSeq, hiSeq } = file
  const slice = { client: batch.client, batchId, inboundId, loSeq, hiSeq }
  if (fresh > 0) await appendSlice(tx, { ...slice, kind: 'results' })
  if (told > 0) await appendSlice(tx, { ...slice, kind: 'later' })
}
