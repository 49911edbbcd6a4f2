/** Compiles profiles of lines: every column is resolved once, so that writers and readers run straight through a file. */

import { compileAcknowledgement } from '../profile/acknowledgement.ts'
import { withAgreementCodes } from '../profile/agreement-codes.ts'
import type { AnswerKind, CompiledProfile, FileReader } from '../profile/compiled-profile.ts'
import type { LineProfileSpec } from '../profile/line-schema.ts'
import { profileNames } from '../profile/profile-names.ts'
import { bankCodes, outcomeClassifier } from '../reasons/classify-outcome.ts'
import { charset } from '../values/charset.ts'
import { wrappedOrPlainReader, wrapper } from '../wire/wrapped-content.ts'
import { forbiddenText } from './cell-writer.ts'
import { type FileLayout, lateLayout, requestLayout, resultLayout } from './file-layout.ts'
import { lineChecker } from './line-check.ts'
import { lineLimits } from './line-limits.ts'
import { requestReader, resultReader } from './line-readers.ts'
import { refusalAnswers, requestWriter, resultWriter } from './line-writers.ts'

/** Compiles a profile of lines that `profileRules` found sound. */
export function compileLines(spec: LineProfileSpec): CompiledProfile {
  const request = requestLayout(spec)
  const result = resultLayout(spec)
  const late = lateLayout(spec)
  const layoutOf = (kind: AnswerKind): FileLayout => (kind === 'late' ? late : result)
  const { delimiter, forbidden } = request.style
  const texts = forbiddenText(delimiter, forbidden)
  const check = lineChecker(request.row, texts, charset(spec.charset), spec.limits.maxAmountFen)
  const names = profileNames(spec)
  const reader = <Row>(plain: FileReader<Row>): FileReader<Row> =>
    spec.wrapping ? wrappedOrPlainReader(spec.wrapping, plain) : plain
  return {
    ...names,
    ...identityOf(spec),
    limits: lineLimits(spec),
    encryptedItems: encryptedItems([request, result, late]),
    codes: bankCodes(spec),
    check,
    writer: (header, cipher) => requestWriter(request, check, header, cipher),
    resultReader: (header, kind = 'answer', cipher) =>
      reader(resultReader(spec, layoutOf(kind), { request: header, kind, cipher })),
    requestReader: (settings, cipher) => reader(requestReader(request, settings, cipher)),
    resultWriter: (header, rows, kind, cipher) => {
      if (!names.answerKinds.includes(kind)) throw new Error(`${spec.id} has no ${kind} files`)
      return resultWriter(spec, layoutOf(kind), { header, rows, kind, cipher })
    },
    wrap: spec.wrapping && wrapper(spec.wrapping),
    meaningOf: outcomeClassifier(spec, false),
    withCodes: (codes) => compileLines(withAgreementCodes(spec, codes)),
    acknowledgement: compileAcknowledgement(spec),
    refusalAnswers: refusalAnswers(spec, result),
  }
}

const identityOf = (spec: LineProfileSpec) => ({
  id: spec.id,
  version: spec.version,
  title: spec.title,
  source: spec.source,
  fidelity: spec.fidelity,
  note: spec.note ?? '',
  layout: spec.layout,
  charset: spec.charset,
  resultStyle: spec.result.style,
  sampleSettings: spec.settings ?? {},
})

const encryptedItems = (layouts: readonly FileLayout[]): readonly string[] => [
  ...new Set(
    layouts.flatMap((layout) => layout.row.flatMap((column) => (column.encrypted ? [column.item] : []))),
  ),
]
