/** Loads statement profiles: the shipped ones, or an operator's folder. One bad profile stops the load, every problem named. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProfileProblem } from '../profile/profile-problems.ts'
import { readYamlDocument } from '../profile/yaml-document.ts'
import { compileStatement } from './compile-statement.ts'
import type { CompiledStatement } from './compiled-statement.ts'
import { statementRules } from './statement-rules.ts'
import { statementSchema, statementSchemas } from './statement-schema.ts'

/** A statement profile, or why it was refused. */
export type ParsedStatement =
  | { readonly kind: 'ok'; readonly statement: CompiledStatement }
  | { readonly kind: 'refused'; readonly problems: readonly ProfileProblem[] }

/** Parses one document of `kind: statement`. The file's name must be the profile's id with `.yaml`. */
export function parseStatement(yamlText: string, fileName: string): ParsedStatement {
  const read = readYamlDocument(
    yamlText,
    (entry) => schemaFor(entry('layout')),
    (spec) => statementRules(spec, basename(fileName)),
  )
  return read.kind === 'ok' ? { kind: 'ok', statement: compileStatement(read.spec) } : read
}

type LayoutName = keyof typeof statementSchemas

const isLayout = (layout: unknown): layout is LayoutName =>
  typeof layout === 'string' && Object.hasOwn(statementSchemas, layout)

const schemaFor = (layout: unknown) => (isLayout(layout) ? statementSchemas[layout] : statementSchema)

const shippedFolder = (): string => fileURLToPath(new URL('../catalog/statements/', import.meta.url))

/** Loads every `*.yaml` of a folder, by id; throws with all problems when one of them does not hold. */
export function loadStatements(folder: string = shippedFolder()): ReadonlyMap<string, CompiledStatement> {
  const statements = new Map<string, CompiledStatement>()
  const complaints: string[] = []
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  for (const fileName of names.sort()) {
    const parsed = parseStatement(readFileSync(join(folder, fileName), 'utf8'), fileName)
    if (parsed.kind === 'ok') statements.set(parsed.statement.id, parsed.statement)
    else
      complaints.push(
        ...parsed.problems.map((each) => `${fileName}:${each.line} ${each.path}: ${each.messageEn}`),
      )
  }
  if (complaints.length > 0) throw new Error(`statement profiles do not hold:\n${complaints.join('\n')}`)
  return statements
}

/** Statement profiles of an operator's folder of bank profiles: its `statements/` where it has one, else the shipped ones. */
export function statementsBeside(profilesFolder?: string): ReadonlyMap<string, CompiledStatement> {
  const own = profilesFolder === undefined ? undefined : join(profilesFolder, 'statements')
  return loadStatements(own !== undefined && existsSync(own) ? own : undefined)
}
