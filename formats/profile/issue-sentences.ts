/** Sentences for what zod and our rules find wrong, in both languages, at the path of the very entry that is wrong. */
import type { z } from 'zod'
import { knownEntries, nearestName } from './known-entries.ts'

/** A broken rule: where, and both sentences. */
export interface RuleIssue {
  readonly code: 'rule'
  readonly path: readonly PropertyKey[]
  readonly zh: string
  readonly en: string
}

/** What is wrong and where. `onKey`: it is the entry's name that is wrong, not its value. */
export interface Sentence {
  readonly path: readonly PropertyKey[]
  readonly zh: string
  readonly en: string
  readonly onKey?: boolean
}

type Issue = z.core.$ZodIssue | RuleIssue

/** What to ask about the document while its problems are told. */
export interface IssueContext {
  /** The schema that found the issues; names nearly right entries. */
  readonly schema: z.core.$ZodType | undefined
  /** What the document has at a path; undefined where it has nothing. */
  readonly valueAt: (path: readonly PropertyKey[]) => unknown
}

const formats: Readonly<Record<string, readonly [string, string]>> = {
  size: ['必须是正整数，只写数字', 'must be a positive whole number, digits only'],
  identifier: ['必须以字母开头，只含字母和数字', 'must start with a letter and have only letters and digits'],
  id: ['只能用小写字母、数字和连字符', 'must be small letters, digits and hyphens'],
  pad: ['必须是一个半角字符', 'must be one half-width character'],
  elementPath: [
    '必须是从根元素起的路径，用 / 隔开',
    'must be the path of an element from the root, with slashes',
  ],
}

/** Sentences of one issue; a union or a wrong key can have several. */
export function sentencesOf(issue: Issue, context: IssueContext): readonly Sentence[] {
  const { path } = issue
  switch (issue.code) {
    case 'rule':
      return [{ path, zh: issue.zh, en: issue.en }]
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, context))
    case 'invalid_type':
      return [wrongType(path, issue.expected, context)]
    case 'invalid_value':
      return [wrongValue(path, issue.values.map(String), context)]
    case 'invalid_union':
      return unionSentences(path, issue.errors, context)
    case 'invalid_key':
      return [{ path, ...formatOf(issue.issues[0]?.message ?? ''), onKey: true }]
    case 'too_small':
      return [{ path, zh: '不能为空', en: 'must not be empty' }]
    case 'too_big':
      return [tooBig(path, issue.origin, Number(issue.maximum))]
    default:
      return [{ path, ...formatOf(issue.message) }]
  }
}

function formatOf(message: string): { readonly zh: string; readonly en: string } {
  const [zh, en] = formats[message] ?? ['写法不对', 'is not written as it must be']
  return { zh, en }
}

function unknownKey(path: readonly PropertyKey[], key: string, { schema }: IssueContext): Sentence {
  const hint = hintFor(key, schema ? knownEntries(schema, path) : [])
  return {
    path: [...path, key],
    zh: `不认识的项目“${key}”${hint.zh}`,
    en: `unknown entry "${key}"${hint.en}`,
    onKey: true,
  }
}

function hintFor(key: string, known: readonly string[]): { readonly zh: string; readonly en: string } {
  const near = nearestName(key, known)
  if (near !== undefined) return { zh: `，是不是“${near}”？`, en: `; did you mean "${near}"?` }
  if (known.length === 0) return { zh: '', en: '' }
  return { zh: `；这里可以写：${known.join('、')}`, en: `; known here: ${known.join(', ')}` }
}

const kinds: Readonly<Record<string, readonly [string, string]>> = {
  string: ['一段文字', 'a text'],
  object: ['一组项目', 'a group of entries'],
  record: ['一组项目', 'a group of entries'],
  array: ['一个列表', 'a list'],
}

function wrongType(path: readonly PropertyKey[], expected: string, { valueAt }: IssueContext): Sentence {
  const [zh, en] = kinds[expected] ?? [expected, expected]
  if (path.length === 0) return { path, zh: `文件是空的，或不是${zh}`, en: `is missing, or is not ${en}` }
  if (valueAt(path) !== undefined) return { path, zh: `类型不对，应当是${zh}`, en: `must be ${en}` }
  return expected === 'string'
    ? { path, zh: '缺少此项', en: 'is missing' }
    : { path, zh: `缺少此项，应当是${zh}`, en: `is missing; it must be ${en}` }
}

function wrongValue(
  path: readonly PropertyKey[],
  values: readonly string[],
  { valueAt }: IssueContext,
): Sentence {
  const zh = `只能是：${values.join('、')}`
  const en = `must be one of: ${values.join(', ')}`
  const written = valueAt(path)
  if (written === undefined) return { path, zh: `缺少此项，${zh}`, en: `${en}; it is missing` }
  const near = typeof written === 'string' ? nearestName(written, values) : undefined
  if (near === undefined) return { path, zh, en }
  return { path, zh: `${zh}；是不是“${near}”？`, en: `${en}; did you mean "${near}"?` }
}

function tooBig(path: readonly PropertyKey[], origin: string, maximum: number): Sentence {
  return origin === 'array'
    ? { path, zh: `项数太多，最多 ${maximum} 项`, en: `has too many entries, at most ${maximum}` }
    : { path, zh: `太长，最多 ${maximum} 个字符`, en: `is too long, at most ${maximum} characters` }
}

/** The branch whose kind of value was written tells what is wrong; when none was, every branch says what it takes. */
function unionSentences(
  path: readonly PropertyKey[],
  branches: readonly (readonly z.core.$ZodIssue[])[],
  context: IssueContext,
): readonly Sentence[] {
  const meant = branches.find(
    (issues) => !issues.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
  )
  const chosen = meant ?? []
  if (chosen.length > 0)
    return chosen.flatMap((issue) => sentencesOf({ ...issue, path: [...path, ...issue.path] }, context))
  if (context.valueAt(path) === undefined) return [{ path, zh: '缺少此项', en: 'is missing' }]
  const all = branches.flatMap((issues) =>
    issues.flatMap((issue) => sentencesOf({ ...issue, path: [...path] }, context)),
  )
  return [
    {
      path,
      zh: [...new Set(all.map(({ zh }) => zh))].join('；或者'),
      en: [...new Set(all.map(({ en }) => en))].join('; or '),
    },
  ]
}
