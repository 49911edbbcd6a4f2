/** Turns the entries of a statement into rows for COPY, as they are read; accounts become pseudonyms, names are dropped. */
import { type Pseudonymizer, toUuid } from '../../../crypto/pseudonym.ts'
import type { Reason } from '../../../formats/bank-file.ts'
import type {
  StatementEntry,
  StatementReader,
  StatementSummary,
} from '../../../formats/statement/compiled-statement.ts'
import { copyRow } from '../../store/copy.ts'
import { AnswerRefused } from '../answer-lines.ts'

/** What copying needs to know. */
export interface StatementContext {
  readonly reader: StatementReader
  readonly pseudonyms: Pseudonymizer
  /** The number of a bank's wording, made when it is new. */
  readonly reasonId: (row: { readonly reason: Reason }) => Promise<number>
}

/** Rows of a statement for COPY; throws AnswerRefused at the end of a file that must be refused. */
export async function* statementLines(
  context: StatementContext,
  content: AsyncIterable<Buffer>,
  done: (summary: StatementSummary) => void,
): AsyncIterable<Buffer> {
  for await (const chunk of content) yield await encoded(context, context.reader.read(chunk))
  const end = context.reader.end()
  if (end.kind === 'refused') throw new AnswerRefused(end.refusals)
  yield await encoded(context, end.rows)
  done(end.summary)
}

async function encoded(context: StatementContext, entries: readonly StatementEntry[]): Promise<Buffer> {
  const refs = counterRefs(context, entries)
  const rows: string[] = []
  for (const entry of entries) {
    const reasonId = entry.reason === undefined ? null : await context.reasonId({ reason: entry.reason })
    rows.push(
      copyRow([
        entry.lineNo,
        entry.entryRef,
        entry.bookedOn,
        entry.direction,
        entry.amountFen,
        entry.reversal,
        refs.get(entry),
        entry.originalRef,
        entry.kind,
        reasonId,
        entry.balanceFen,
      ]),
    )
  }
  return Buffer.from(rows.join(''))
}

/** Many pseudonyms at a time are cheap. */
function counterRefs(
  { pseudonyms }: StatementContext,
  entries: readonly StatementEntry[],
): ReadonlyMap<StatementEntry, string> {
  const named = entries.filter(
    ({ counterAccount }) => counterAccount !== undefined && counterAccount.trim() !== '',
  )
  const packed = pseudonyms.accounts(named.map((entry) => entry.counterAccount ?? ''))
  return new Map(named.map((entry, index) => [entry, toUuid(packed, index)]))
}
