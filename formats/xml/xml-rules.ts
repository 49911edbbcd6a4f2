/** Asks whether a profile of XML documents has what requests and answers must have; a gap here could lose or misread money. */
import { answerRules, rowItemRules } from '../profile/answer-rules.ts'
import type { ColumnItem } from '../profile/column-schema.ts'
import type { RuleIssue } from '../profile/profile-problems.ts'
import { brokenOf, issue, type Path } from '../profile/rule-issue.ts'
import type { XmlProfileSpec } from '../profile/xml-schema.ts'
import { documentRules, type SoundDocument } from './document-rules.ts'

/** Every rule of XML documents that a profile breaks. */
export function xmlRules(spec: XmlProfileSpec): readonly RuleIssue[] {
  const { request, result } = spec
  const asked = documentRules(spec, request, ['request'])
  const answered = documentRules(spec, result, ['result'])
  const late = result.late && documentRules(spec, result.late, ['result', 'late'])
  return [
    ...asked.issues,
    ...answered.issues,
    ...(late?.issues ?? []),
    ...(asked.sound ? requestRules(asked.sound) : []),
    ...(answered.sound
      ? answerRules(spec, { ...answered.sound, headPath: answerPath, rowPath: answerPath })
      : []),
    ...(answered.sound ? pageRules(spec, answered.sound) : []),
    ...(late?.sound ? rowItemRules(late.sound.row, ['result', 'late', 'document']) : []),
    ...brokenOf(
      ['result', 'late'],
      [
        [
          result.late !== undefined && result.lateName === undefined,
          '有 late 就要写 lateName',
          'needs lateName beside it',
        ],
      ],
    ),
  ]
}

const answerPath: Path = ['result', 'document']

const answerItems: readonly ColumnItem[] = [
  'code',
  'reasonCode',
  'text',
  'paidAmount',
  'paidCount',
  'paidTotal',
  'failedCount',
  'failedTotal',
  'pageNumber',
  'pageCount',
  'fileCode',
  'fileText',
]

/** A line is known by its serial, or by its place where the bank counts its rows. */
function requestRules({ row, head, tail }: SoundDocument): readonly RuleIssue[] {
  const path = ['request', 'document']
  const lacking = (['account', 'name', 'amount'] as const).filter((item) => !row.has(item))
  return [
    ...brokenOf(path, [
      [
        !row.has('serial') && !row.has('line'),
        '明细缺少 {serial} 或 {line}',
        'the rows lack {serial} or {line}',
      ],
    ]),
    ...lacking.map((item) => issue(path, `明细缺少 {${item}}`, `the rows lack {${item}}`)),
    ...answerItems
      .filter((item) => row.has(item) || head.has(item) || tail.has(item))
      .map((item) => issue(path, `请求报文不能有 {${item}}`, `a request cannot have {${item}}`)),
  ]
}

function pageRules({ result }: XmlProfileSpec, { row, head }: SoundDocument): readonly RuleIssue[] {
  const paged = result.style === 'paged'
  return [
    ...brokenOf(answerPath, [
      [
        paged && !head.has('pageNumber') && !head.has('pageCount'),
        '分页结果缺少 {pageNumber}（页号）或 {pageCount}（本页笔数）',
        'pages lack {pageNumber}, or {pageCount} where they have no numbers',
      ],
      [
        paged && !head.has('count'),
        '分页结果缺少 {count}（全部笔数）',
        'pages lack {count}, the rows of all of them',
      ],
      [
        result.style === 'failures-only' && !row.has('amount'),
        '只列失败的结果缺少 {amount}',
        'a list of failures lacks {amount}',
      ],
    ]),
    ...brokenOf(
      ['result', 'style'],
      [
        [result.style === 'overlay', 'XML 报文没有覆盖式结果', 'XML documents have no overlay answers'],
        [paged && result.pageRows === undefined, '分页结果要写 pageRows', 'paged answers need pageRows'],
        [
          paged && result.partial === true,
          '分页结果要列全：style: paged 不能和 partial 一起用',
          'pages list every row: style: paged and partial exclude each other',
        ],
        [
          result.style === 'failures-only' && result.partial === true,
          '只列失败的结果没列出的就是成功：不能和 partial 一起用',
          'what a list of failures leaves out is paid, so that it cannot be partial',
        ],
        [
          !paged && head.has('pageNumber'),
          '{pageNumber} 只用于分页结果（style: paged）',
          '{pageNumber} is of paged answers (style: paged)',
        ],
        [
          !paged && head.has('pageCount'),
          '{pageCount} 只用于分页结果（style: paged）',
          '{pageCount} is of paged answers (style: paged)',
        ],
      ],
    ),
  ]
}
