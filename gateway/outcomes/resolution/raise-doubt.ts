/**
 * Opens an exception on a person's word, where a bank has said something outside of its files: of a line that stays in
 * flight or unknown, or of a file that nobody can tell the whereabouts of. Deciding comes after, by the same acts.
 */
import { recordAct } from '../../audit-store.ts'
import type { Needs } from '../../needs.ts'
import type { Db, Tx } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import * as doubts from './doubt-store.ts'
import type { ResolutionCode } from './resolution.ts'
import { findFileStanding } from './resolution-store.ts'
import { findInstruction } from './standing-line-store.ts'

/** What is doubted. */
export type DoubtSubject =
  | { readonly kind: 'instruction'; readonly instructionId: string; readonly client?: string | undefined }
  | { readonly kind: 'file'; readonly bank: string; readonly name: string }

/** What came of it; one that is open about the same is given again. */
export type RaisedDoubt =
  | { readonly kind: 'raised'; readonly exceptionId: bigint; readonly before: boolean }
  | { readonly kind: 'refused'; readonly code: ResolutionCode; readonly state: string }

/** Opens an exception `line-in-doubt` or `file-in-doubt`. */
export function raiseDoubt(
  needs: Pick<Needs, 'clock'> & { readonly db: Db },
  subject: DoubtSubject,
  why: { readonly by: string; readonly reason: string },
): Promise<RaisedDoubt> {
  return inTransaction(needs.db, async (tx) => {
    const found =
      subject.kind === 'instruction' ? await lineInDoubt(tx, subject) : await fileInDoubt(tx, subject)
    if (found.kind === 'refused') return found
    const at = needs.clock.now()
    const raised = await doubts.openDoubt(tx, {
      ...found.doubt,
      facts: { by: why.by, reason: why.reason },
      at,
    })
    if (!raised.before)
      await recordAct(tx, at, why.by, 'exception.raised', String(raised.exceptionId), {
        kind: found.doubt.kind,
        reason: why.reason,
      })
    return { kind: 'raised', ...raised }
  })
}

type Found =
  | { readonly kind: 'found'; readonly doubt: Omit<doubts.Doubt, 'facts' | 'at'> }
  | Extract<RaisedDoubt, { kind: 'refused' }>

async function lineInDoubt(
  tx: Tx,
  { instructionId, client }: Extract<DoubtSubject, { kind: 'instruction' }>,
): Promise<Found> {
  const line = await findInstruction(tx, instructionId, client)
  if (!line) return { kind: 'refused', code: 'INSTRUCTION_NOT_FOUND', state: '' }
  const { state, bankNo, fileId, batchId, seq } = line
  if (fileId === undefined || (state !== 'in_flight' && state !== 'unknown'))
    return { kind: 'refused', code: 'LINE_NOT_OPEN', state }
  return { kind: 'found', doubt: { kind: 'line-in-doubt', bankNo, fileId, batchId, seq } }
}

async function fileInDoubt(tx: Tx, { bank, name }: Extract<DoubtSubject, { kind: 'file' }>): Promise<Found> {
  const fileId = await doubts.findFileByName(tx, bank, name)
  const file = fileId === undefined ? undefined : await findFileStanding(tx, fileId)
  if (fileId === undefined || !file) return { kind: 'refused', code: 'FILE_NOT_FOUND', state: '' }
  const { state, bankNo } = file
  if (state !== 'sending' && state !== 'unconfirmed')
    return { kind: 'refused', code: 'FILE_NOT_IN_DOUBT', state }
  return { kind: 'found', doubt: { kind: 'file-in-doubt', bankNo, fileId } }
}
