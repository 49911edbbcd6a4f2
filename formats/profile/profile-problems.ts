/**
 * Turns what is wrong with a profile document into sentences for a bank clerk, in both languages: where it stands by
 * line, column and in words, what is wrong, and what a valid entry looks like.
 */
import type { Document, LineCounter, YAMLError } from 'yaml'
import { isMap, isNode, isScalar } from 'yaml'
import type { z } from 'zod'
import { exampleFor } from './entry-examples.ts'
import { fieldWords } from './field-words.ts'
import { type RuleIssue, type Sentence, sentencesOf } from './issue-sentences.ts'

export type { RuleIssue } from './issue-sentences.ts'

/** One thing that is wrong with a profile. */
export interface ProfileProblem {
  /** `request.row.2.bytes`; empty for the document itself. */
  readonly path: string
  /** Line and column in the document, from 1. */
  readonly line: number
  readonly column: number
  /** The place in words, such as “请求文件 明细第 3 列（户名）的 bytes”; empty for the document itself. */
  readonly fieldZh: string
  readonly fieldEn: string
  readonly messageZh: string
  readonly messageEn: string
  /** A valid way to write the entry, where there is one to show. */
  readonly example?: string
  /** The file, where it is not the profile itself but a table that it names. */
  readonly file?: string
}

/** Problems of the YAML itself: syntax, doubled keys. */
export function problemsOfYaml(document: Document, lines: LineCounter): readonly ProfileProblem[] {
  return document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    const said = firstLine(error.message)
    return {
      path: '',
      line,
      column: col,
      fieldZh: '',
      fieldEn: '',
      messageZh: yamlWords[error.code] ?? `不是合法的 YAML：${said}`,
      messageEn: `not valid YAML: ${said}`,
    }
  })
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** The slips that people make; for others the parser's own words follow. */
const yamlWords: Partial<Record<YAMLError['code'], string>> = {
  DUPLICATE_KEY: '不是合法的 YAML：同一个项目写了两次',
  TAB_AS_INDENT: '不是合法的 YAML：缩进用了制表符，只能用空格',
  BAD_INDENT: '不是合法的 YAML：缩进没有对齐',
  MISSING_CHAR: '不是合法的 YAML：缺少冒号、逗号、引号或括号',
  UNEXPECTED_TOKEN: '不是合法的 YAML：这里多了字符；含 { } [ ] : # 的文字要加引号',
  BLOCK_AS_IMPLICIT_KEY: '不是合法的 YAML：冒号后面不能再有冒号；文字要加引号',
  MULTILINE_IMPLICIT_KEY: '不是合法的 YAML：项目名不能跨行，或缺少冒号',
}

/**
 * Problems of shape or sense, each at the place of the value or of the nearest value around it. With the schema that
 * found them, entries that nobody knows are told beside the nearest known one.
 */
export function problemsOfIssues(
  issues: readonly (z.core.$ZodIssue | RuleIssue)[],
  document: Document,
  lines: LineCounter,
  schema?: z.core.$ZodType,
): readonly ProfileProblem[] {
  const context = { schema, valueAt: (path: readonly PropertyKey[]) => document.getIn(path) }
  return issues
    .flatMap((issue) => sentencesOf(issue, context))
    .map((sentence) => problemOf(sentence, document, lines))
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

function problemOf(sentence: Sentence, document: Document, lines: LineCounter): ProfileProblem {
  const { path, zh, en, onKey = false } = sentence
  const words = fieldWords(path, (at) => textAt(document, at))
  const example = onKey ? undefined : exampleFor(path)
  return {
    path: path.map(String).join('.'),
    ...placeOf(path, onKey, document, lines),
    fieldZh: words.zh,
    fieldEn: words.en,
    messageZh: zh,
    messageEn: en,
    ...(example === undefined ? {} : { example }),
  }
}

function textAt(document: Document, path: readonly PropertyKey[]): string | undefined {
  const found = document.getIn(path)
  return typeof found === 'string' ? found : undefined
}

function placeOf(
  path: readonly PropertyKey[],
  onKey: boolean,
  document: Document,
  lines: LineCounter,
): { readonly line: number; readonly column: number } {
  const at = (onKey ? keyOffset(path, document) : undefined) ?? valueOffset(path, document)
  if (at === undefined) return { line: 1, column: 1 }
  const { line, col } = lines.linePos(at)
  return { line, column: col }
}

function valueOffset(path: readonly PropertyKey[], document: Document): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return undefined
}

function keyOffset(path: readonly PropertyKey[], document: Document): number | undefined {
  const group = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  if (!isMap(group)) return undefined
  const pair = group.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}
