/** Rules about what may be written in the product. Each gives its offenders as `path:line what`. */
import { type Program, Visitor, type VisitorObject } from 'oxc-parser'
import { castPlaces, isPure, numberPlaces, sqlPlaces } from './house-rules.ts'
import type { SourceFile } from './source-file.ts'

interface Finding {
  readonly offset: number
  readonly what: string
}

type Note = (node: { readonly start: number }, what: string) => void

/** Runs visitors over files and writes down what they note. */
function look(
  files: readonly SourceFile[],
  watch: (note: Note, file: SourceFile) => VisitorObject,
): string[] {
  return files.flatMap((file) => {
    const found: Finding[] = []
    const visitor = new Visitor(watch((node, what) => found.push({ offset: node.start, what }), file))
    const program: Program = file.program
    visitor.visit(program)
    return found.map(({ offset, what }) => `${file.path}:${file.lineAt(offset)} ${what}`)
  })
}

/** `any`, non-null `!`, enums, namespaces, parameter properties, default exports. */
export const syntaxOffenders = (files: readonly SourceFile[]): string[] =>
  look(files, (note) => ({
    TSAnyKeyword: (node) => note(node, 'any'),
    TSNonNullExpression: (node) => note(node, 'non-null !'),
    TSEnumDeclaration: (node) => note(node, 'enum'),
    TSModuleDeclaration: (node) => note(node, 'namespace'),
    TSParameterProperty: (node) => note(node, 'parameter property'),
    ExportDefaultDeclaration: (node) => note(node, 'default export'),
  }))

/** Casts outside the files that the list names; `as const` is none. */
export const castOffenders = (files: readonly SourceFile[]): string[] =>
  look(
    files.filter((file) => !(file.path in castPlaces)),
    (note, file) => ({
      TSAsExpression: (node) => {
        const type = file.text.slice(node.typeAnnotation.start, node.typeAnnotation.end)
        if (type !== 'const') note(node, `cast to ${type}`)
      },
      TSTypeAssertion: (node) => note(node, 'cast'),
    }),
  )

/** `console`, which bypasses the log and its filter. */
export const consoleOffenders = (files: readonly SourceFile[]): string[] =>
  look(files, (note) => ({
    MemberExpression: (node) => {
      if (node.object.type === 'Identifier' && node.object.name === 'console') note(node, 'console')
    },
  }))

/** The clock and chance in files that must not know them. */
export const impureOffenders = (files: readonly SourceFile[]): string[] =>
  look(
    files.filter((file) => isPure(file.path)),
    (note, file) => ({
      NewExpression: (node) => {
        const named = node.callee.type === 'Identifier' && node.callee.name === 'Date'
        if (named && node.arguments.length === 0) note(node, 'new Date()')
      },
      MemberExpression: (node) => {
        const text = file.text.slice(node.start, node.end)
        if (/^(Date\.now|Math\.random|performance\.now)$/.test(text)) note(node, text)
      },
    }),
  )

const sql =
  /\b(select\s[\s\S]*\sfrom\s|insert\s+into\s+\w|update\s+\w+(\s+\w+)?\s+set\s|delete\s+from\s+\w+(\s|$)|create\s+(table|index|database|function|view)\s|alter\s+table\s|drop\s+(table|database)\s|copy\s+[\w(][\s\S]*\s(from\s+stdin|to\s+stdout)|nextval\()/i

/** SQL outside the stores. */
export function sqlOffenders(files: readonly SourceFile[]): string[] {
  const others = files.filter(
    ({ path }) => !path.endsWith('-store.ts') && !sqlPlaces.some((place) => path.startsWith(place)),
  )
  return look(others, (note) => ({
    Literal: (node) => {
      if (typeof node.value === 'string' && sql.test(node.value)) note(node, 'SQL')
    },
    TemplateLiteral: (node) => {
      if (sql.test(node.quasis.map((part) => part.value.raw).join('?'))) note(node, 'SQL')
    },
  }))
}

const amount = /amount|[a-z0-9]Fen\b|\bfen\b|_fen\b/i
const floating = /^(Number|parseFloat|Number\.parseFloat)\(/

/** Amounts on their way through a float: into `Number` or `parseFloat`, or named so and made by one. */
export function floatOffenders(all: readonly SourceFile[]): string[] {
  const files = all.filter((file) => !(file.path in numberPlaces))
  return look(files, (note, file) => {
    const textOf = (node: { start: number; end: number }): string => file.text.slice(node.start, node.end)
    const judge = (
      name: { start: number; end: number },
      value: { start: number; end: number; type: string } | null,
    ): void => {
      // A function that is named for an amount may call Number on something else inside.
      if (value?.type === 'CallExpression' && amount.test(textOf(name)) && floating.test(textOf(value))) {
        note(name, 'an amount made by a float')
      }
    }
    return {
      CallExpression: (node) => {
        const text = textOf(node)
        if (floating.test(text) && amount.test(text)) note(node, 'an amount goes into a float')
      },
      VariableDeclarator: (node) => judge(node.id, node.init),
      Property: (node) => judge(node.key, node.value),
      AssignmentExpression: (node) => judge(node.left, node.right),
    }
  })
}
