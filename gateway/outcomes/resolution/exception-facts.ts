/** Reads how the things stand that an exception speaks of, for deciding what may be done about it. */
import type { BankBook } from '../../banks/bank-book.ts'
import type { Queryable } from '../../store/pool.ts'
import { findInbound } from '../../transfer/collect/inbound-store.ts'
import type { ResolutionFacts } from './decide-acts.ts'
import { isCodeMapped } from './remap-code.ts'
import type { ExceptionSubject } from './resolution.ts'
import { findFileStanding } from './resolution-store.ts'
import { findEntry } from './return-decided-store.ts'
import { findLine } from './standing-line-store.ts'

/** Facts of an exception as they are now; without a bank book nobody can say what its code means. */
export async function readFacts(
  db: Queryable,
  bankBook: BankBook | undefined,
  exception: ExceptionSubject,
): Promise<ResolutionFacts> {
  const { batchId, seq, fileId, inboundId, kind } = exception
  const line = batchId === undefined || seq === undefined ? undefined : await findLine(db, batchId, seq)
  const inbound = inboundId === undefined ? undefined : await findInbound(db, inboundId)
  const entry = await findEntry(db, exception)
  return {
    line: line && { state: line.state, sameFile: line.fileId === fileId },
    file: fileId === undefined ? undefined : await findFileStanding(db, fileId),
    inbound: inbound && { state: inbound.state },
    entry: entry && { matched: entry.matched },
    codeMapped: bankBook && kind === 'unmapped' ? await isCodeMapped(db, bankBook, exception) : undefined,
  }
}
