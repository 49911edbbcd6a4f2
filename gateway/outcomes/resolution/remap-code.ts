/**
 * `remap`: a code that had no meaning has one now, in the agreement or in the layout of a file. It is laid over every
 * line of the bank that the code left unknown, file by file in their order, each in a handful of statements.
 */
import { type BankBook, profileOf } from '../../banks/bank-book.ts'
import type { BankFile } from '../../dispatch/bank-file.ts'
import { findBankFile } from '../../dispatch/bank-file-store.ts'
import { Fault } from '../../faults.ts'
import { bankNo } from '../../ledger/batch.ts'
import { reasonId } from '../../results/reason-store.ts'
import type { Queryable } from '../../store/pool.ts'
import { beginDeciding, decideWording, readWordings, type UnmappedWording } from './deciding-store.ts'
import { meaningNow } from './meaning-now.ts'
import type { ExceptionSubject } from './resolution.ts'
import { type ActContext, type ActEnd, refusedAct } from './resolution-request.ts'
import { closeForCode, findUnmappedFiles } from './resolution-store.ts'
import { deciding, fileAndBatch } from './resolve-lines.ts'
import { bothSettled, nothingSettled, type Settled, settleDecided } from './settle-decided.ts'

/** The code of an exception that was opened for one without a meaning. */
export function codeOfException({ kind, facts }: ExceptionSubject): string | undefined {
  const code = facts['bankCode']
  return kind === 'unmapped' && typeof code === 'string' ? code : undefined
}

/** Files whose lines wait for the exception's code, in the order in which they are locked. */
export async function filesOfCode(db: Queryable, exception: ExceptionSubject): Promise<number[]> {
  const code = codeOfException(exception)
  return code === undefined ? [] : findUnmappedFiles(db, exception.bankNo, code)
}

/** True when the code says success or failure now, for at least one line that waits for it. */
export async function isCodeMapped(
  db: Queryable,
  bankBook: BankBook,
  exception: ExceptionSubject,
): Promise<boolean> {
  const code = codeOfException(exception)
  if (code === undefined) return false
  for (const fileId of await filesOfCode(db, exception)) {
    const file = await findBankFile(db, fileId)
    if (file && (await finalWordings(db, bankBook, file, code)).length > 0) return true
  }
  return false
}

interface MappedWording extends UnmappedWording {
  readonly meaning: ReturnType<typeof meaningNow>
}

/** Wordings of a file that are final now; a code that still means unknown or in progress changes nothing. */
async function finalWordings(
  db: Queryable,
  bankBook: BankBook,
  file: BankFile,
  code: string,
): Promise<MappedWording[]> {
  const wordings = await readWordings(db, file, code)
  if (wordings.length === 0) return []
  const profile = profileOf(bankBook.byNo(file.bankNo), file)
  return wordings
    .map((wording) => ({ ...wording, meaning: meaningNow(profile, wording) }))
    .filter(({ meaning }) => meaning.outcome === 'paid' || meaning.outcome === 'failed')
}

/** Carries the new meaning out in all files of the bank, which are locked. */
export async function resolveRemap(context: ActContext): Promise<ActEnd> {
  const { tx, needs, exception, resolutionId } = context
  const bankCode = codeOfException(exception)
  if (bankCode === undefined) return refusedAct('CODE_UNMAPPED')
  let settled = nothingSettled
  for (const fileId of await filesOfCode(tx, exception)) {
    const { file } = await fileAndBatch(context, fileId)
    const wordings = await finalWordings(tx, needs.bankBook, file, bankCode)
    if (wordings.length > 0) settled = bothSettled(settled, await remapFile(context, fileId, wordings))
  }
  if (settled.effect.lines === 0) return refusedAct('CODE_UNMAPPED', { bankCode })
  const { bankNo: no, exceptionId } = exception
  const closed = await closeForCode(tx, { bankNo: no, bankCode, resolutionId, exceptionId })
  const { effect } = settled
  return { kind: 'done', ...settled, effect: { ...effect, exceptions: effect.exceptions + closed } }
}

async function remapFile(
  context: ActContext,
  fileId: number,
  wordings: readonly MappedWording[],
): Promise<Settled> {
  const { tx, exception } = context
  const { file, batch } = await fileAndBatch(context, fileId)
  await beginDeciding(tx)
  for (const { meaning, ...wording } of wordings) {
    const id = await reasonId(tx, bankNo(exception.bankNo), meaning.reason)
    if (id === 0) throw new Fault('INTERNAL', { reason: 'a wording without a number' })
    await decideWording(tx, file, wording, meaning.outcome === 'paid', id)
  }
  return settleDecided(tx, batch, file, deciding(context))
}
