/** The project's own source files, read and parsed once. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Comment, type ParseResult, parseSync } from 'oxc-parser'

/** Something that one file imports. */
export interface Import {
  readonly specifier: string
  /** The file that it names, from the project's root; undefined for a package. */
  readonly target: string | undefined
  readonly line: number
}

/** One file. */
export interface SourceFile {
  /** From the project's root, with slashes. */
  readonly path: string
  /** First folder of the path. */
  readonly top: string
  readonly text: string
  readonly lines: readonly string[]
  readonly program: ParseResult['program']
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]
  /** The line of an offset, from 1. */
  lineAt(offset: number): number
}

/** Reads every TypeScript and `.mjs` file of these folders. Throws for a file that cannot be parsed. */
export function readSourceFiles(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) => listFiles(root, folder)).map((path) => readSourceFile(root, path))
}

function listFiles(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory())
      return entry.name === 'fixtures' || entry.name === 'node_modules' ? [] : listFiles(root, path)
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : []
  })
}

function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const parsed = parseSync(path, text)
  const fault = parsed.errors[0]
  if (fault) throw new Error(`${path}: ${fault.message}`)
  const starts = [0, ...[...text.matchAll(/\n/g)].map((newline) => newline.index + 1)]
  const lineAt = (offset: number): number => lineOf(starts, offset)
  return {
    path,
    top: path.split('/')[0] ?? '',
    text,
    lines: text.split('\n'),
    program: parsed.program,
    comments: parsed.comments,
    imports: importsOf(path, text, parsed, lineAt),
    lineAt,
  }
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle
  }
  return low + 1
}

function importsOf(
  path: string,
  text: string,
  parsed: ParseResult,
  lineAt: (offset: number) => number,
): Import[] {
  const { staticImports, staticExports, dynamicImports } = parsed.module
  const fixed = [...staticImports.map((one) => one.moduleRequest), ...staticExports.flatMap(requestsOf)]
  // A dynamic import counts when its text is a plain literal.
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    value: /^(['"])(.*)\1$/.exec(text.slice(start, end))?.[2],
    start,
  }))
  return [...fixed, ...dynamic].flatMap(({ value, start }) =>
    value === undefined ? [] : [{ specifier: value, target: targetOf(path, value), line: lineAt(start) }],
  )
}

type Request = { readonly value: string; readonly start: number }
type StaticExport = ParseResult['module']['staticExports'][number]

const requestsOf = (one: StaticExport): Request[] =>
  one.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest] : [])).slice(0, 1)

const targetOf = (path: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined
