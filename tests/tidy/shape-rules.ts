/** Rules about length, names and comments. Each gives its offenders as `path:line what`. */
import { basename } from 'node:path'
import { type Directive, type Statement, Visitor } from 'oxc-parser'
import { emptyNames, limits } from './house-rules.ts'
import type { SourceFile } from './source-file.ts'

/** Files that are too long. */
export const longFiles = (files: readonly SourceFile[]): string[] =>
  files
    .filter((file) => lengthOf(file) > limits.fileLines)
    .map((file) => `${file.path}:${limits.fileLines} ${lengthOf(file)} lines`)

const lengthOf = (file: SourceFile): number => file.lines.length - (file.text.endsWith('\n') ? 1 : 0)

/** Functions that are too long. */
export function longFunctions(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const found: string[] = []
    const measure = (node: { start: number; end: number }): void => {
      const lines = file.lineAt(node.end) - file.lineAt(node.start) + 1
      if (lines > limits.functionLines)
        found.push(`${file.path}:${file.lineAt(node.start)} function of ${lines} lines`)
    }
    new Visitor({
      FunctionDeclaration: measure,
      FunctionExpression: measure,
      ArrowFunctionExpression: measure,
    }).visit(file.program)
    return found
  })
}

/** File names that are not kebab-case or say nothing. */
export const badNames = (files: readonly SourceFile[]): string[] =>
  files.filter((file) => !isGoodName(basename(file.path))).map((file) => `${file.path}:1 name`)

function isGoodName(name: string): boolean {
  const stem = name.replace(/(\.test)?\.(ts|mjs)$/, '')
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) && !emptyNames.includes(stem)
}

/** Files that do not open with a comment on what they promise. */
export const silentFiles = (files: readonly SourceFile[]): string[] =>
  files
    .filter((file) => {
      const first = file.comments[0]
      return (
        !first ||
        file.text
          .slice(0, first.start)
          .replace(/^#!.*\n/, '')
          .trim() !== ''
      )
    })
    .map((file) => `${file.path}:1 no opening comment`)

/** Exported declarations without a doc comment. */
export const undocumented = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) =>
    file.program.body
      .filter((statement) => isDeclared(statement) && !hasDoc(file, statement))
      .map((statement) => `${file.path}:${file.lineAt(statement.start)} ${firstLine(file, statement)}`),
  )

const isDeclared = (statement: Directive | Statement): boolean =>
  statement.type === 'ExportNamedDeclaration' && statement.declaration !== null

function hasDoc(file: SourceFile, statement: { start: number }): boolean {
  const before = file.comments.filter((comment) => comment.end <= statement.start).at(-1)
  if (before?.type !== 'Block' || !before.value.startsWith('*')) return false
  // The comment that opens a file belongs to the file, even where code follows at once.
  const opensFile =
    before === file.comments[0] && file.text.slice(before.end, statement.start).includes('\n\n')
  return !opensFile && file.text.slice(before.end, statement.start).trim() === ''
}

const firstLine = (file: SourceFile, node: { start: number }): string =>
  (file.lines[file.lineAt(node.start) - 1] ?? '').slice(0, 80)

const unfinished = /\b(TODO|FIXME|XXX|HACK)\b/

/** Comments that leave work for later. */
export const unfinishedWork = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) =>
    file.comments
      .filter((comment) => unfinished.test(comment.value))
      .map((comment) => `${file.path}:${file.lineAt(comment.start)} unfinished`),
  )

const machinePath = /["'`\s(](\/(work|home|root|Users)\/[\w.-]+)/

/** Paths that exist on one machine only. */
export const machinePaths = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) =>
    file.lines.flatMap((line, at) => {
      const found = machinePath.exec(line)?.[1]
      return found === undefined ? [] : [`${file.path}:${at + 1} ${found}`]
    }),
  )
