/** Writers of a profile's files: our requests, and the answers of a simulated bank. */
import type { FileHeader } from '../bank-file.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  FileWriter,
  ResultTotals,
  ResultWriter,
} from '../profile/compiled-profile.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'
import { outcomeClassifier } from '../reasons/classify-outcome.ts'
import { refusingFileCodes } from '../reasons/file-status.ts'
import { charset, UnencodableText } from '../values/charset.ts'
import { zero } from '../values/money.ts'
import type { WritableLine } from './cell-text.ts'
import type { CellRefused } from './cell-writer.ts'
import { answerFacts, leavesPaidOut, requestFacts } from './file-facts.ts'
import type { FileLayout } from './file-layout.ts'
import { layoutWriter } from './file-writer.ts'
import { fieldOf, UnwritableLine } from './line-check.ts'
import { totalsHeld } from './totals-held.ts'

/** Makes the writer of one request. */
export function requestWriter(
  layout: FileLayout,
  check: CompiledProfile['check'],
  header: FileHeader,
  cipher: FieldCipher | undefined,
): FileWriter {
  return totalsHeld(layoutWriter(layout, requestFacts(header), refusalOf(check), cipher), header)
}

/** What `check` would have said, else what only the writer can see: a serial, or the length of a ciphertext. */
const refusalOf =
  (check: CompiledProfile['check']) =>
  (line: WritableLine, cause: CellRefused | UnencodableText): UnwritableLine => {
    const problems = check(line)
    if (problems.length > 0) return new UnwritableLine(line.seq, problems)
    const seen = cause instanceof UnencodableText ? undefined : cause.problem
    const field = (seen && fieldOf(seen.item)) ?? 'serial'
    const { code, facts } = seen ?? { code: 'FORBIDDEN_CHARACTER' as const, facts: {} }
    return new UnwritableLine(line.seq, [{ field, code, facts }])
  }

/** What an answer is written from. */
export interface AnswerPlan {
  readonly header: FileHeader
  readonly rows: ResultTotals
  readonly kind: AnswerKind
  readonly cipher: FieldCipher | undefined
}

/** Makes the writer of one answer. A list of failures leaves the paid rows out. */
export function resultWriter(spec: LineProfileSpec, layout: FileLayout, plan: AnswerPlan): ResultWriter {
  const classify = outcomeClassifier(spec, plan.kind === 'late')
  const hasCode = layout.row.some((column) => column.item === 'code')
  const facts = answerFacts(spec, { ...plan, classify, hasCode })
  const refuse = (line: WritableLine): Error => new UnwritableLine(line.seq, [])
  const writer = layoutWriter(layout, facts, refuse, plan.cipher)
  const failuresOnly = leavesPaidOut(spec, plan.kind)
  return {
    begin: writer.begin,
    write: (lines) =>
      writer.rows(
        failuresOnly
          ? lines.filter(
              ({ bankCode, bankText, reasonCode }) =>
                classify(bankCode, bankText, reasonCode).outcome !== 'paid',
            )
          : lines,
      ),
    end: writer.end,
  }
}

/** Whole answers that refuse a file: a first line that stands alone, or a header with a status of refusal and no row. */
export function refusalAnswers(spec: LineProfileSpec, layout: FileLayout): CompiledProfile['refusalAnswers'] {
  const { encode } = charset(layout.style.charset)
  const { newline, finalNewline } = layout.style
  const tokens = Object.entries(spec.result.fileRefusals ?? {}).map(([token, reason]) => ({
    reason,
    content: encode(`${token}${finalNewline ? newline : ''}`),
  }))
  const statuses = refusingFileCodes(spec).map(({ code, reason }) => ({
    reason,
    content: emptyAnswer(layout, { ...requestFacts(sampleHeader(spec)), fileCode: code }),
  }))
  return [...tokens, ...statuses]
}

function emptyAnswer(layout: FileLayout, facts: Parameters<typeof layoutWriter>[1]): Buffer {
  const writer = layoutWriter(layout, facts, ({ seq }) => new UnwritableLine(seq, []))
  return Buffer.concat([writer.begin(), writer.end()])
}

const sampleHeader = (spec: LineProfileSpec): FileHeader => ({
  businessDate: '20260101',
  sequence: 1,
  fileNumber: '202601010001',
  count: 0,
  totalFen: zero,
  programmeName: '',
  fundingAccount: '',
  settings: spec.settings ?? {},
})
