/** `huida profile preview`: what a bank's files look like, both ways, before anybody sends one. */
import { open } from 'node:fs/promises'
import type { AnswerKind } from '../../formats/profile/compiled-profile.ts'
import { type Charset, charset } from '../../formats/values/charset.ts'
import { lineBlocks, parseInstruction } from './desk-input.ts'
import { type DeskProfile, deskProfile } from './desk-profile.ts'
import { layoutOf, linesView, shownLines, xmlView } from './file-view.ts'
import { inLanguage, type Lang } from './language.ts'
import { problemWords } from './line-problem-words.ts'
import { CommandEnd, exit, print, toJson } from './output.ts'
import {
  type SampleAnswer,
  type SamplePerson,
  type SampleRequest,
  sampleAnswer,
  samplePeople,
  sampleRequest,
} from './preview-sample.ts'
import { textTable } from './text-table.ts'

/** What may be asked of a preview. */
export interface PreviewFlags {
  readonly catalog?: string
  readonly people?: string
  readonly lang: Lang
  readonly json?: boolean
}

/** Shows a profile of the catalog, or of a file. */
export async function previewProfile(id: string, flags: PreviewFlags): Promise<void> {
  const desk = deskProfile(id, flags.catalog)
  const people = flags.people === undefined ? samplePeople : await readPeople(flags.people)
  const request = sampleRequest(desk.profile, people)
  const answers = desk.profile.answerKinds.flatMap((kind) => sampleAnswer(desk.profile, request, kind) ?? [])
  if (flags.json) print(toJson(previewJson(desk, request, answers)))
  else print(previewText(desk, request, answers, flags.lang))
}

const mostPeople = 1000

async function readPeople(path: string): Promise<readonly SamplePerson[]> {
  const handle = await open(path, 'r').catch(() => {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  })
  const people: SamplePerson[] = []
  let lineNo = 0
  try {
    for await (const block of lineBlocks(handle)) {
      for (const text of block) people.push(personOf(text, ++lineNo))
      if (people.length > mostPeople)
        throw new CommandEnd(exit.refused, `${path}: a preview takes ${mostPeople} people`)
    }
  } finally {
    await handle.close()
  }
  return people
}

function personOf(text: string, lineNo: number): SamplePerson {
  const parsed = parseInstruction(text)
  if (parsed.kind === 'unreadable')
    throw new CommandEnd(exit.refused, `line ${lineNo}: ${parsed.field} is missing or not as it must be`)
  const { payeeName, payeeAccount, payeeIdNumber, amountFen, remark } = parsed.instruction
  return {
    payeeName,
    payeeAccount,
    amountFen,
    remark: remark ?? '耕地地力补贴',
    ...(payeeIdNumber === undefined ? {} : { payeeIdNumber }),
  }
}

function viewOf({ profile, spec }: DeskProfile, content: Buffer, side: 'request' | AnswerKind): string {
  if (spec.layout === 'xml') return xmlView(profile, content)
  return linesView(layoutOf(spec, side), content)
}

function previewText(
  desk: DeskProfile,
  request: SampleRequest,
  answers: readonly SampleAnswer[],
  lang: Lang,
): string {
  const { profile } = desk
  const heading = (zh: string, en: string): string => `\n== ${inLanguage({ zh, en }, lang)}`
  return [
    `${profile.id} v${profile.version}  ${profile.title}  ${profile.charset} ${profile.layout}  ${profile.fidelity}`,
    heading('请求文件', 'request file'),
    request.name,
    viewOf(desk, request.content, 'request'),
    ...request.sideFiles.map(
      ({ name, content, order }) =>
        `${inLanguage({ zh: '附属文件', en: 'side file' }, lang)} (${order}): ${name}  ${JSON.stringify(content.toString('utf8'))}`,
    ),
    ...request.held.flatMap(({ person, problems }) =>
      problems.map((problem) => inLanguage(problemWords(problem, person), lang)),
    ),
    ...(profile.wrap === undefined
      ? []
      : [
          heading('封装后', 'as the message carries it'),
          shortened(profile.wrap(request.content).toString('latin1')),
        ]),
    ...answers.flatMap((answer) => [
      heading(...answerWords[answer.kind]),
      answer.name,
      viewOf(desk, answer.content, answer.kind),
      ...answer.sideFiles.map(
        ({ name, proves }) => `${inLanguage({ zh: '附属文件', en: 'side file' }, lang)}: ${name}  ${proves}`,
      ),
      '',
      readingTable(answer),
    ]),
    ...refusalViews(desk, heading),
  ].join('\n')
}

const answerWords: Readonly<Record<AnswerKind, readonly [string, string]>> = {
  answer: ['回盘：每种结果各一笔', 'answer with every outcome'],
  intermediate: ['中间回盘', 'intermediate answer'],
  late: ['退汇文件', 'file of later returns'],
}

const shortened = (text: string): string =>
  text.length > 120 ? `${text.slice(0, 120)}... (${text.length})` : text

/** How Huida reads the sample answer. */
function readingTable({ rows, refusals }: SampleAnswer): string {
  if (refusals.length > 0) return `整件拒收 refused: ${refusals.join('; ')}`
  const shown = rows.map(({ serial, position, outcome, reason }) => [
    position === undefined ? serial : `#${position}`,
    reason.bankCode,
    reason.bankText,
    reason.code,
    reason.class,
    outcome,
  ])
  return textTable([
    ['流水号 serial', '代码 code', '说明 text', '原因 reason', '类别 class', '结果 outcome'],
    ...shown,
  ])
}

/** An answer may have a charset of its own. */
const answerCharset = ({ spec }: Pick<DeskProfile, 'spec'>): Charset =>
  charset(spec.layout === 'xml' ? spec.charset : (spec.result.charset ?? spec.charset))

function refusalViews(
  { profile, spec }: DeskProfile,
  heading: (zh: string, en: string) => string,
): readonly string[] {
  return profile.refusalAnswers.flatMap(({ reason, content }) => [
    heading(`整件拒收：${reason}`, `whole file refused: ${reason}`),
    answerCharset({ spec }).decode(content).trimEnd(),
  ])
}

function previewJson(desk: DeskProfile, request: SampleRequest, answers: readonly SampleAnswer[]): object {
  const { profile } = desk
  const text = (content: Buffer): string => answerCharset(desk).decode(content)
  return {
    id: profile.id,
    version: profile.version,
    request: {
      name: request.name,
      sizeBytes: request.content.length,
      ...linesJson(desk, request.content, 'request'),
      sideFiles: request.sideFiles.map(({ name, order, content }) => ({
        name,
        order,
        content: content.toString('utf8'),
      })),
      held: request.held.map(({ problems }) => problems),
    },
    answers: answers.map(({ kind, name, content, sideFiles, rows, refusals }) => ({
      kind,
      name,
      sizeBytes: content.length,
      ...linesJson(desk, content, kind),
      sideFiles,
      rows,
      refusals,
    })),
    refusals: profile.refusalAnswers.map(({ reason, content }) => ({ reason, text: text(content) })),
  }
}

function linesJson({ profile, spec }: DeskProfile, content: Buffer, side: 'request' | AnswerKind): object {
  if (spec.layout === 'xml') return { text: charset(profile.charset).decode(content) }
  return { lines: shownLines(layoutOf(spec, side), content) }
}
