/** Turns what is wrong with a profile document into sentences for a bank clerk, in both languages, with its line. */
import type { Document, LineCounter } from 'yaml'
import { isNode } from 'yaml'
import type { z } from 'zod'

/** One thing that is wrong with a profile. `line` counts from 1; `path` is like `request.row.2.bytes`. */
export interface ProfileProblem {
  readonly path: string
  readonly line: number
  readonly messageZh: string
  readonly messageEn: string
}

/** A broken rule: where, and both sentences. */
export interface RuleIssue {
  readonly code: 'rule'
  readonly path: readonly PropertyKey[]
  readonly zh: string
  readonly en: string
}

/** Problems of the YAML itself: syntax, doubled keys. */
export function problemsOfYaml(document: Document, lines: LineCounter): readonly ProfileProblem[] {
  return document.errors.map((error) => ({
    path: '',
    line: lines.linePos(error.pos[0]).line,
    messageZh: `不是合法的 YAML：${firstLine(error.message)}`,
    messageEn: `not valid YAML: ${firstLine(error.message)}`,
  }))
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** Problems of shape or sense, each at the line of the value or of the nearest value around it. */
export function problemsOfIssues(
  issues: readonly (z.core.$ZodIssue | RuleIssue)[],
  document: Document,
  lines: LineCounter,
): readonly ProfileProblem[] {
  return issues.flatMap((issue) =>
    sentences(issue).map(({ path, zh, en }) => ({
      path: path.map(String).join('.'),
      line: lineOf(path, document, lines),
      messageZh: zh,
      messageEn: en,
    })),
  )
}

function lineOf(path: readonly PropertyKey[], document: Document, lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}

interface Sentence {
  readonly path: readonly PropertyKey[]
  readonly zh: string
  readonly en: string
}

const formats: Readonly<Record<string, readonly [string, string]>> = {
  size: ['必须是正整数', 'must be a positive whole number'],
  identifier: ['必须以字母开头，只含字母和数字', 'must start with a letter and have only letters and digits'],
  id: ['只能用小写字母、数字和连字符', 'must be small letters, digits and hyphens'],
  pad: ['必须是一个半角字符', 'must be one half-width character'],
}

function sentences(issue: z.core.$ZodIssue | RuleIssue): readonly Sentence[] {
  const { path } = issue
  switch (issue.code) {
    case 'rule':
      return [{ path, zh: issue.zh, en: issue.en }]
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        zh: `不认识的项目“${key}”`,
        en: `unknown entry "${key}"`,
      }))
    case 'invalid_type':
      return [{ path, zh: '缺少此项，或类型不对', en: `is missing, or is not ${article(issue.expected)}` }]
    case 'invalid_value':
      return [
        {
          path,
          zh: `只能是：${issue.values.map(String).join('、')}`,
          en: `must be one of: ${issue.values.map(String).join(', ')}`,
        },
      ]
    case 'too_small':
      return [{ path, zh: '不能为空', en: 'must not be empty' }]
    case 'too_big':
      return [{ path, zh: `太长，最多 ${issue.maximum}`, en: `is too long, at most ${issue.maximum}` }]
    default: {
      const [zh, en] = formats[issue.message] ?? ['写法不对', 'is not written as it must be']
      return [{ path, zh, en }]
    }
  }
}

const article = (expected: string): string =>
  ({ string: 'a text', object: 'a group of entries', array: 'a list', record: 'a group of entries' })[
    expected
  ] ?? expected
