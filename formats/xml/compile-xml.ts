/** Compiles profiles of XML documents: each is resolved once, so that writers and readers run straight through a file. */
import type { LineProblem } from '../bank-file.ts'
import type { WritableLine } from '../lines/cell-text.ts'
import { CellRefused, forbiddenText } from '../lines/cell-writer.ts'
import { fieldOf, lineChecker, UnwritableLine } from '../lines/line-check.ts'
import { compileAcknowledgement } from '../profile/acknowledgement.ts'
import { withAgreementCodes } from '../profile/agreement-codes.ts'
import type { CompiledProfile } from '../profile/compiled-profile.ts'
import { filesPerDay, profileNames } from '../profile/profile-names.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'
import { bankCodes, outcomeClassifier } from '../reasons/classify-outcome.ts'
import { charset } from '../values/charset.ts'
import { wrappedOrPlainReader, wrapper } from '../wire/wrapped-content.ts'
import {
  type AnswerLayouts,
  answerLayouts,
  answerReader,
  answerWriter,
  refusingAnswers,
} from './answer-documents.ts'
import type { RefuseLine } from './document-writer.ts'
import { requestReader, requestWriter } from './request-documents.ts'
import { rowsThatFit } from './row-room.ts'
import { type XmlLayout, xmlLayout } from './xml-layout.ts'

/** Compiles a profile of XML documents that `profileRules` found sound. */
export function compileXml(spec: XmlProfileSpec): CompiledProfile {
  const request = xmlLayout(spec, spec.request)
  const answers = answerLayouts(spec)
  const check = profileCheck(spec, request)
  const refuse: RefuseLine = (line, cause) => refusalOf(check, line, cause)
  return {
    ...profileNames(spec),
    ...described(spec, request, answers),
    check,
    writer: (header, cipher) => requestWriter(spec, request, header, refuse, cipher),
    ...readers(spec, request, answers),
    resultWriter: (header, rows, kind, cipher) => answerWriter(spec, answers, header, rows, kind, cipher),
    wrap: spec.wrapping && wrapper(spec.wrapping),
    meaningOf: outcomeClassifier(spec, false),
    withCodes: (codes) => compileXml(withAgreementCodes(spec, codes)),
    acknowledgement: compileAcknowledgement(spec),
    refusalAnswers: refusingAnswers(spec, answers),
  }
}

/** What the profile says of itself. */
function described(spec: XmlProfileSpec, request: XmlLayout, answers: AnswerLayouts) {
  const { maxRows, maxAmountFen, maxTotalFen, maxBytes } = spec.limits
  return {
    id: spec.id,
    version: spec.version,
    title: spec.title,
    source: spec.source,
    fidelity: spec.fidelity,
    note: spec.note ?? '',
    layout: 'xml',
    charset: spec.charset,
    limits: {
      maxRows: rowsThatFit(request, maxRows, maxBytes),
      maxAmountFen,
      ...(maxTotalFen === undefined ? {} : { maxTotalFen }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
      maxFilesPerDay: filesPerDay(spec),
    },
    encryptedItems: encryptedItems([request, answers.answer, answers.late]),
    resultStyle: spec.result.style,
    sampleSettings: spec.settings ?? {},
    codes: bankCodes(spec),
  } as const
}

/** Items of the places that are encrypted, each once. */
function encryptedItems(layouts: readonly XmlLayout[]): readonly string[] {
  const places = layouts.flatMap((layout) => [...layout.filePlaces, ...layout.rowPlaces])
  return [...new Set(places.flatMap(({ column }) => (column.encrypted ? [column.item] : [])))]
}

type Readers = Pick<CompiledProfile, 'resultReader' | 'requestReader'>

/** Readers of both sides; they take wrapped contents where the profile wraps its own. */
function readers(spec: XmlProfileSpec, request: XmlLayout, answers: AnswerLayouts): Readers {
  const { wrapping } = spec
  const resultReader: Readers['resultReader'] = (header, kind = 'answer', cipher) =>
    answerReader(spec, answers, header, kind, cipher)
  const reader: Readers['requestReader'] = (settings, cipher) => requestReader(request, settings, cipher)
  if (!wrapping) return { resultReader, requestReader: reader }
  return {
    resultReader: (...given) => wrappedOrPlainReader(wrapping, resultReader(...given)),
    requestReader: (...given) => wrappedOrPlainReader(wrapping, reader(...given)),
  }
}

const profileCheck = (spec: XmlProfileSpec, request: XmlLayout): CompiledProfile['check'] =>
  lineChecker(
    request.rowPlaces.flatMap(({ column, isAlternative }) => (isAlternative ? [] : [column])),
    forbiddenText('', spec.forbidden ?? ''),
    charset(spec.charset),
    spec.limits.maxAmountFen,
  )

/** What `check` would have said of a line; a line that passes it failed where the writer stopped. */
function refusalOf(
  check: CompiledProfile['check'],
  line: WritableLine,
  cause: Parameters<RefuseLine>[1],
): UnwritableLine {
  const problems = check(line)
  return new UnwritableLine(line.seq, problems.length > 0 ? problems : [problemOf(cause)])
}

function problemOf(cause: Parameters<RefuseLine>[1]): LineProblem {
  const problem = cause instanceof CellRefused ? cause.problem : undefined
  return {
    field: (problem && fieldOf(problem.item)) ?? 'serial',
    code: problem?.code ?? 'FORBIDDEN_CHARACTER',
    facts: problem?.facts ?? {},
  }
}
