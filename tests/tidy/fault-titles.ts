/** Which tests carry the id of a fault in their title, read from the sources. */
import { type CallExpression, type Expression, Visitor } from 'oxc-parser'
import type { SourceFile } from './source-file.ts'

/** A title that names faults: of one test, or of a `describe` and so of every test in it. */
export interface FaultTitle {
  /** From the project's root. */
  readonly file: string
  /** As it stands in the source; what a template puts in reads `…`. */
  readonly title: string
  readonly ids: readonly string[]
  /** Calls of `it` or `test` under this title; 1 for a test's own. */
  readonly tests: number
}

interface Open {
  readonly kind: 'describe' | 'test'
  readonly title: string
  tests: number
}

/** Every title of these files that carries an id, in their order. */
export const faultTitles = (files: readonly SourceFile[]): FaultTitle[] =>
  files.filter(({ path, text }) => path.endsWith('.test.ts') && /\bF\d\d\b/.test(text)).flatMap(titlesOf)

/** Every title of a test file, with or without an id; `full` is the title behind those of the blocks around it. */
export function titlesIn(file: SourceFile): { title: string; full: string; tests: number }[] {
  const found: { call: Open; title: string; full: string }[] = []
  const open: (Open | undefined)[] = []
  const lists = listsOf(file)
  new Visitor({
    CallExpression(node) {
      const call = readCall(node)
      const around = open.flatMap((outer) => (outer ? [outer.title] : []))
      open.push(call)
      if (call === undefined) return
      const rows = listedTitles(node, file.text, lists).map((row) =>
        call.title.replace(/%[sij]|\$\w+/, () => row),
      )
      for (const title of [call.title, ...rows])
        found.push({ call, title, full: [...around, title].join(' ') })
      if (call.kind === 'test') for (const outer of open) if (outer?.kind === 'describe') outer.tests++
    },
    'CallExpression:exit': () => void open.pop(),
  }).visit(file.program)
  return found.map(({ call, title, full }) => ({ title, full, tests: call.tests }))
}

const titlesOf = (file: SourceFile): FaultTitle[] =>
  titlesIn(file).flatMap(({ title, tests }) => {
    const ids = [...new Set(title.match(/\bF\d\d\b/g) ?? [])]
    return ids.length === 0 ? [] : [{ file: file.path, title, ids, tests }]
  })

function readCall(node: CallExpression): Open | undefined {
  const kind = kindOf(node.callee)
  const first = node.arguments[0]
  if (kind === undefined || first === undefined || first.type === 'SpreadElement') return undefined
  const title = textOf(first)
  return title === undefined ? undefined : { kind, title, tests: kind === 'test' ? 1 : 0 }
}

/** `it`, `it.each(cases)`, `describe.each` and their kin. */
function kindOf(callee: CallExpression['callee']): Open['kind'] | undefined {
  switch (callee.type) {
    case 'Identifier':
      return callee.name === 'describe' ? 'describe' : /^(it|test)$/.test(callee.name) ? 'test' : undefined
    case 'MemberExpression':
      return callee.object.type === 'Super' ? undefined : kindOf(callee.object)
    case 'CallExpression':
      return kindOf(callee.callee)
    case 'TaggedTemplateExpression':
      return kindOf(callee.tag)
    default:
      return undefined
  }
}

/** The text of what each name of a file stands for. */
function listsOf(file: SourceFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && init !== null) found.set(id.name, file.text.slice(init.start, init.end))
    },
  }).visit(file.program)
  return found
}

/** The titles of cases in the list of an `each`, such as `['F13: a currency', ...]`, written there or under a name. */
function listedTitles(
  { callee }: CallExpression,
  text: string,
  lists: ReadonlyMap<string, string>,
): string[] {
  if (callee.type !== 'CallExpression') return []
  const named = callee.arguments.flatMap((one) =>
    one.type === 'Identifier' ? (lists.get(one.name) ?? []) : [],
  )
  const list = [text.slice(callee.start, callee.end), ...named].join('\n')
  return [...list.matchAll(/(['"])(F\d\d: .*?)\1/g)].flatMap(([, , title]) => title ?? [])
}

function textOf(argument: Expression): string | undefined {
  if (argument.type === 'Literal') return typeof argument.value === 'string' ? argument.value : undefined
  if (argument.type !== 'TemplateLiteral') return undefined
  return argument.quasis.map((part) => part.value.cooked ?? '').join('…')
}
