/** Compiles profiles of lines: every column is resolved once, so that writers and readers run straight through a file. */
import type { FileHeader, PaymentLine, ResultRow } from '../bank-file.ts'
import type {
  CompiledProfile,
  FileReader,
  FileWriter,
  ResultTotals,
  ResultWriter,
} from '../profile/compiled-profile.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'
import { filesPerDay, profileNames } from '../profile/profile-names.ts'
import { bankCodes, type Classify, outcomeClassifier } from '../reasons/classify-outcome.ts'
import { charset } from '../values/charset.ts'
import { zero } from '../values/money.ts'
import type { FileFacts, WritableLine } from './cell-text.ts'
import { type FileLayout, requestLayout, resultLayout } from './column.ts'
import { fileReader } from './file-reader.ts'
import { layoutWriter } from './file-writer.ts'
import { lineChecker, UnwritableLine } from './line-check.ts'
import { isRefusal, type ReadRow, requestRowReader, resultRowReader } from './row-reader.ts'

/** Compiles a profile of lines that `profileRules` found sound. */
export function compileLines(spec: LineProfileSpec): CompiledProfile {
  const { maxRows, maxAmountFen, maxTotalFen, maxBytes } = spec.limits
  const request = requestLayout(spec)
  const result = resultLayout(spec)
  const check = lineChecker(request, charset(spec.charset), maxAmountFen)
  return {
    ...profileNames(spec),
    id: spec.id,
    version: spec.version,
    title: spec.title,
    source: spec.source,
    fidelity: spec.fidelity,
    note: spec.note ?? '',
    layout: spec.layout,
    charset: spec.charset,
    limits: {
      maxRows,
      maxAmountFen,
      ...(maxTotalFen === undefined ? {} : { maxTotalFen }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
      maxFilesPerDay: filesPerDay(spec),
    },
    encryptedItems: [],
    resultStyle: spec.result.style,
    sampleSettings: spec.settings ?? {},
    codes: bankCodes(spec),
    check,
    writer: (header) => requestWriter(request, header, (line) => refusalOf(check, line)),
    resultReader: (header, kind = 'answer') => resultReader(spec, result, header, kind === 'late'),
    requestReader: (settings) => requestReader(request, settings),
    resultWriter: (header, rows, kind) => resultWriter(spec, result, header, rows, kind === 'late'),
    wrap: undefined,
    withCodes: (codes) =>
      compileLines({ ...spec, result: { ...spec.result, codes: { ...spec.result.codes, ...codes } } }),
    refusalAnswers: refusalAnswers(spec, result),
  }
}

function refusalAnswers(spec: LineProfileSpec, layout: FileLayout): CompiledProfile['refusalAnswers'] {
  const { encode } = charset(spec.charset)
  return Object.entries(spec.result.fileRefusals ?? {}).map(([token, reason]) => ({
    reason,
    content: encode(`${token}${layout.style.newline}`),
  }))
}

/** What `check` would have said; a line that passes it can only have failed for its serial. */
function refusalOf(check: CompiledProfile['check'], line: WritableLine): UnwritableLine {
  const problems = check(line)
  return new UnwritableLine(
    line.seq,
    problems.length > 0 ? problems : [{ field: 'serial', code: 'FORBIDDEN_CHARACTER', facts: {} }],
  )
}

const requestFacts = (header: FileHeader): FileFacts => ({
  header,
  count: header.count,
  totalFen: header.totalFen,
  paidCount: 0,
  paidTotalFen: zero,
})

function requestWriter(
  layout: FileLayout,
  header: FileHeader,
  refuse: (line: WritableLine) => Error,
): FileWriter {
  const writer = layoutWriter(layout, requestFacts(header), refuse)
  let count = 0
  let totalFen = 0n
  return {
    begin: writer.begin,
    write: (lines) => {
      const bytes = writer.rows(lines)
      count += lines.length
      for (const line of lines) totalFen += line.amountFen
      return bytes
    },
    end: () => {
      if (count === header.count && totalFen === header.totalFen) return writer.end()
      throw new Error(
        `the file has ${count} lines of ${totalFen} fen, its header says ${header.count} lines of ${header.totalFen} fen`,
      )
    },
  }
}

function requestReader(layout: FileLayout, settings: FileHeader['settings']): FileReader<PaymentLine> {
  let fileNumber: string | undefined
  return fileReader<PaymentLine>({
    layout,
    settings,
    readRow: requestRowReader(layout, settings, () => fileNumber),
    expected: { failuresOnly: false, request: undefined, late: false },
    fileRefusals: new Map(),
    onHeader: (stated) => {
      fileNumber = stated.fileNumber
    },
  })
}

function resultReader(
  spec: LineProfileSpec,
  layout: FileLayout,
  request: FileHeader | undefined,
  late: boolean,
): FileReader<ResultRow> {
  const readRow = resultRowReader(layout, request?.settings, outcomeClassifier(spec, late))
  return fileReader<ResultRow>({
    layout,
    settings: request?.settings,
    readRow: spec.result.style === 'failures-only' && !late ? eachSerialOnce(readRow) : readRow,
    expected: { failuresOnly: spec.result.style === 'failures-only' && !late, request, late },
    fileRefusals: new Map(Object.entries(spec.result.fileRefusals ?? {})),
  })
}

/** In a list of failures, a line named twice could hide one that is not named, which would then pass for paid. */
function eachSerialOnce(readRow: ReadRow<ResultRow>): ReadRow<ResultRow> {
  const seen = new Set<string>()
  return (line, lineNo, position) => {
    const row = readRow(line, lineNo, position)
    if (isRefusal(row)) return row
    if (seen.has(row.serial)) return { code: 'LAYOUT', lineNo, facts: { column: 'serial', found: 'twice' } }
    seen.add(row.serial)
    return row
  }
}

/** A list of failures states the whole file and leaves the paid rows out; a full list states its own rows. */
function resultWriter(
  spec: LineProfileSpec,
  layout: FileLayout,
  header: FileHeader,
  rows: ResultTotals,
  late: boolean,
): ResultWriter {
  const failuresOnly = spec.result.style === 'failures-only' && !late
  const { paidCount, paidTotalFen } = rows
  const whole = failuresOnly
    ? { count: header.count, totalFen: header.totalFen }
    : { count: rows.rowCount, totalFen: rows.rowTotalFen }
  const refuse = (line: WritableLine): Error => new UnwritableLine(line.seq, [])
  const writer = layoutWriter(layout, { header, ...whole, paidCount, paidTotalFen }, refuse)
  const classify: Classify = outcomeClassifier(spec, late)
  return {
    begin: writer.begin,
    write: (lines) =>
      writer.rows(
        failuresOnly
          ? lines.filter((line) => classify(line.bankCode, line.bankText).outcome !== 'paid')
          : lines,
      ),
    end: writer.end,
  }
}
