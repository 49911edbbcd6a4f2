/**
 * Turns the lines of an answer into rows for COPY: first final answers into result_item, everything else into a side
 * list. Streams; the side list is kept as packed text, since it is short unless a bank has lost its senses.
 */

import { type Pseudonymizer, toUuid } from '../../crypto/pseudonym.ts'
import type { FileRefusal, ResultRow, ResultSummary } from '../../formats/bank-file.ts'
import type { FileReader } from '../../formats/profile/compiled-profile.ts'
import type { BankFile } from '../dispatch/bank-file.ts'
import { copyRow } from '../store/copy.ts'
import type { LineMatcher, LineVerdict } from './match-lines.ts'

/** Thrown inside the copying of a file that is refused whole; nothing of it is kept. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused'
  readonly refusals: readonly FileRefusal[]
  constructor(refusals: readonly FileRefusal[]) {
    super(`the answer is refused: ${refusals.map((refusal) => refusal.code).join(', ')}`)
    this.refusals = refusals
  }
}

/** Thrown for later returns of lines that were not answered yet: both orders must end alike, so this one waits. */
export class AnswerTooEarly extends Error {
  override readonly name = 'AnswerTooEarly'
}

/** What copying needs to know. */
export interface AnswerContext {
  readonly reader: FileReader<ResultRow>
  readonly matcher: LineMatcher
  readonly file: BankFile
  readonly shard: number
  readonly inboundId: number
  readonly pseudonyms: Pseudonymizer
  /** The number of a bank's wording, made when it is new. */
  readonly reasonId: (row: ResultRow) => Promise<number>
  /** Seqs of the file's lines by place, from 0; read only when the bank names rows by their places. */
  readonly readPlaces: () => Promise<Int32Array>
}

/** Rows for COPY, and what is known once they were all read. */
export interface AnswerLines {
  /** Lines for `result_item`; throws AnswerRefused at the end of a file that must be refused. */
  finals(content: AsyncIterable<Buffer>): AsyncIterable<Buffer>
  /** Lines for the side list; complete after `finals`. */
  sides(): AsyncIterable<Buffer>
  /** Set once `finals` has ended. */
  summary(): ResultSummary
  readonly counts: { final: number; open: number; side: number }
}

/** Starts on one answer. */
export function answerLines(context: AnswerContext): AnswerLines {
  const counts = { final: 0, open: 0, side: 0 }
  const side: Buffer[] = []
  let summary: ResultSummary | undefined
  let places: Int32Array | undefined
  const encode = async (rows: readonly ResultRow[]): Promise<Buffer> => {
    const reasonIds = await reasonIdsOf(context, rows)
    if (places === undefined && rows.some(namesPlace)) places = await context.readPlaces()
    const refs = accountRefs(context, rows)
    const finals: string[] = []
    const sides: string[] = []
    rows.forEach((row, index) => {
      const { serial, outcome, position } = row
      const verdict = context.matcher.match(
        position === undefined ? row : { serial, outcome, seq: places?.[position - 1] ?? 0 },
      )
      const ref = refs[index] ?? null
      const reasonId = reasonIds[index] ?? 0
      if (verdict.kind === 'final') {
        counts.final += 1
        finals.push(finalRow(context, row, verdict, ref, reasonId))
      } else {
        counts[verdict.kind === 'open' ? 'open' : 'side'] += 1
        sides.push(sideRow(row, verdict, ref, reasonId))
      }
    })
    if (sides.length > 0) side.push(Buffer.from(sides.join('')))
    return Buffer.from(finals.join(''))
  }
  return {
    counts,
    async *finals(content) {
      for await (const chunk of content) yield await encode(context.reader.read(chunk))
      const end = context.reader.end()
      if (end.kind === 'refused') throw new AnswerRefused(end.refusals)
      yield await encode(end.rows)
      summary = end.summary
    },
    async *sides() {
      yield* side
    },
    summary() {
      if (!summary) throw new Error('the answer was not read to its end')
      return summary
    },
  }
}

const namesPlace = (row: ResultRow): boolean => row.position !== undefined

/** Pseudonyms of the accounts that the rows name; undefined for a row without one. Many at a time are cheap. */
function accountRefs({ pseudonyms }: AnswerContext, rows: readonly ResultRow[]): (string | undefined)[] {
  const named = rows.filter((row) => row.account !== undefined && row.account.trim() !== '')
  const packed = pseudonyms.accounts(named.map((row) => row.account ?? ''))
  const refs = new Map(named.map((row, index) => [row, toUuid(packed, index)]))
  return rows.map((row) => refs.get(row))
}

async function reasonIdsOf(context: AnswerContext, rows: readonly ResultRow[]): Promise<number[]> {
  const ids: number[] = []
  for (const row of rows) ids.push(await context.reasonId(row))
  return ids
}

function finalRow(
  { shard, file, inboundId }: AnswerContext,
  row: ResultRow,
  verdict: Extract<LineVerdict, { kind: 'final' }>,
  ref: string | null,
  reasonId: number,
): string {
  return copyRow([
    row.amountFen,
    ref,
    shard,
    file.batchId,
    verdict.seq,
    inboundId,
    file.fileId,
    row.lineNo,
    reasonId,
    verdict.paid,
  ])
}

function sideRow(row: ResultRow, verdict: LineVerdict, ref: string | null, reasonId: number): string {
  const seq = 'seq' in verdict ? verdict.seq : null
  const otherFile = verdict.kind === 'other-file' ? verdict.fileId : null
  return copyRow([seq, row.lineNo, verdict.kind, row.outcome, reasonId, row.amountFen, ref, otherFile])
}
