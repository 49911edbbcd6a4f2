/**
 * Applies one opened statement in one transaction: store its entries, whole or not at all and each once, match what came
 * back, reconcile what was booked as one sum. Throws AnswerRefused for a file that must be refused.
 */
import type { ContentSource } from '../../../crypto/envelope.ts'
import { toUuid } from '../../../crypto/pseudonym.ts'
import type { StatementSummary } from '../../../formats/statement/compiled-statement.ts'
import type { ContractedBank } from '../../banks/bank-book.ts'
import { Fault } from '../../faults.ts'
import type { Needs } from '../../needs.ts'
import type { Tx } from '../../store/pool.ts'
import { AnswerRefused } from '../answer-lines.ts'
import { reasonIds } from '../reason-store.ts'
import { countExceptions } from '../side-store.ts'
import { applyLumps } from './apply-lumps.ts'
import { applyReturns } from './apply-returns.ts'
import { statementLines } from './statement-lines.ts'
import * as store from './statement-store.ts'

/** What applying uses. */
export type StatementNeeds = Pick<Needs, 'db' | 'pseudonyms' | 'clock' | 'calendar'>

/** An opened statement. */
export interface OpenedStatement {
  readonly bank: ContractedBank
  readonly inboundId: number
  readonly content: ContentSource
  readonly contentSha256: Buffer
}

/** What an applied statement came to. */
export interface AppliedStatement {
  readonly entryCount: number
  /** Entries that no earlier statement had told. */
  readonly freshCount: number
  readonly exceptionCount: number
}

/** Applies a statement inside `tx`. */
export async function applyStatement(
  tx: Tx,
  needs: StatementNeeds,
  opened: OpenedStatement,
): Promise<AppliedStatement> {
  const agreed = opened.bank.agreement.statement
  const layout = opened.bank.statement
  if (!agreed || !layout) throw new Fault('INTERNAL', { reason: 'a statement that nobody agreed on' })
  const { bankNo } = opened.bank
  const statement = {
    bankNo,
    accountRef: toUuid(needs.pseudonyms.accounts([agreed.account])),
    inboundId: opened.inboundId,
    at: needs.clock.now(),
  }
  const context = {
    reader: layout.reader(agreed.account),
    pseudonyms: needs.pseudonyms,
    reasonId: reasonIds(needs.db, bankNo),
  }
  let summary: StatementSummary | undefined
  const entryCount = await store.copyEntries(
    tx,
    statementLines(context, opened.content(), (read) => {
      summary = read
    }),
  )
  if (summary?.entryCount !== entryCount)
    throw new Fault('INTERNAL', { reason: 'entries were lost', entryCount })
  const contradictions = await store.findContradictions(tx, statement)
  if (contradictions.length > 0) throw new AnswerRefused(contradictions)
  const freshCount = await store.insertEntries(tx, statement)
  const rules = { calendar: needs.calendar, windowDays: agreed.returnWindowDays }
  await applyReturns(tx, statement, rules)
  await applyLumps(tx, statement, rules)
  const exceptionCount = await countExceptions(tx, opened.inboundId)
  const { contentSha256 } = opened
  await store.recordStatementCounts(tx, opened.inboundId, { contentSha256, entryCount, exceptionCount })
  return { entryCount, freshCount, exceptionCount }
}
