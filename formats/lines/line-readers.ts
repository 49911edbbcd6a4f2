/** Readers of a profile's files: the bank's answers, and our requests as a simulated bank reads them. */
import type { FileHeader, FileRefusal, PaymentLine, ResultRow } from '../bank-file.ts'
import type { AnswerKind, FieldCipher, FileReader } from '../profile/compiled-profile.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'
import { outcomeClassifier } from '../reasons/classify-outcome.ts'
import { fileStatusReader, intermediateDemotion } from '../reasons/file-status.ts'
import { leavesPaidOut } from './file-facts.ts'
import type { FileLayout } from './file-layout.ts'
import { fileReader, type RowsStatus } from './file-reader.ts'
import { newPlaces } from './new-places.ts'
import { isRefusal } from './row-cells.ts'
import { type ReadRow, requestRowReader, resultRowReader } from './row-reader.ts'
import type { Stated } from './stated-facts.ts'

/** Makes the reader of one request. */
export function requestReader(
  layout: FileLayout,
  settings: FileHeader['settings'],
  cipher: FieldCipher | undefined,
): FileReader<PaymentLine> {
  let fileNumber: string | undefined
  return fileReader<PaymentLine>({
    layout,
    settings,
    readRow: requestRowReader(layout, { settings, fileNumber: () => fileNumber, cipher }),
    expected: { failuresOnly: false, request: undefined, late: false },
    fileRefusals: new Map(),
    onHeader: (stated) => {
      fileNumber = stated.fileNumber
    },
  })
}

/** What is known of an answer before it is read. */
export interface AnswerReading {
  readonly request: FileHeader | undefined
  readonly kind: AnswerKind
  readonly cipher: FieldCipher | undefined
}

/** Makes the reader of one answer. */
export function resultReader(
  spec: LineProfileSpec,
  layout: FileLayout,
  { request, kind, cipher }: AnswerReading,
): FileReader<ResultRow> {
  const late = kind === 'late'
  const failuresOnly = leavesPaidOut(spec, kind)
  const classify = outcomeClassifier(spec, late)
  const readRow = resultRowReader(layout, { request, classify, cipher })
  return fileReader<ResultRow>({
    layout,
    settings: request?.settings,
    readRow: failuresOnly ? eachRowOnce(readRow) : readRow,
    expected: { failuresOnly, request, late, repeatsRequest: spec.result.style === 'overlay' && !late },
    fileRefusals: new Map(Object.entries(spec.result.fileRefusals ?? {})),
    statusOf: statusReader(spec, failuresOnly),
    ...(kind === 'intermediate' ? { demote: intermediateDemotion(spec) } : {}),
  })
}

/**
 * What the header makes of the rows. One file is one page. A list of failures that is not final would leave out rows
 * that are not paid, so it is refused instead of demoted.
 */
function statusReader(
  spec: LineProfileSpec,
  failuresOnly: boolean,
): (stated: Stated, lineNo: number) => RowsStatus<ResultRow> {
  const statusOf = fileStatusReader(spec)
  return ({ fileCode, fileText = '', pageNumber = 1 }, lineNo) => {
    if (pageNumber !== 1) return refused({ code: 'PAGE', lineNo, facts: { page: pageNumber, expected: 1 } })
    if (fileCode === undefined) return { kind: 'final' }
    const status = statusOf(fileCode, fileText, lineNo)
    return failuresOnly && status.kind === 'demoted'
      ? refused({ code: 'HEADER', lineNo, facts: { what: 'fileCode', stated: fileCode, expected: 'final' } })
      : status
  }
}

const refused = (refusal: FileRefusal): RowsStatus<ResultRow> => ({ kind: 'refused', refusal })

/** In a list of failures, a line named twice could hide one that is not named, which would then pass for paid. */
function eachRowOnce(readRow: ReadRow<ResultRow>): ReadRow<ResultRow> {
  const isNew = newPlaces()
  return (line, lineNo, position) => {
    const row = readRow(line, lineNo, position)
    if (isRefusal(row)) return row
    const place = row.position ?? Number.parseInt(row.serial.slice(-8), 10)
    const column = row.position === undefined ? 'serial' : 'line'
    return isNew(place) ? row : { code: 'LAYOUT', lineNo, facts: { column, found: 'twice' } }
  }
}
