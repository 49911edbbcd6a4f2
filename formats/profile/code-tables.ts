/**
 * Code tables that several profiles share: `codes/<name>.yaml` beside the profiles, an operator's own before the
 * shipped ones. A profile's own codes win, and of two tables the earlier one.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { codeMeaning, tableName } from './answer-schema.ts'
import { label } from './column-schema.ts'
import { meaningRules, reasonCodeRules } from './meaning-rules.ts'
import type { ProfileProblem, RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { issue } from './rule-issue.ts'
import { readYamlDocument } from './yaml-document.ts'

const codeTableSchema = z.strictObject({
  id: tableName,
  /** Bank document or standard that the codes come from. */
  source: label,
  note: z.string().optional(),
  codes: z.record(z.string(), codeMeaning).default({}),
  reasonCodes: z.record(z.string(), z.string().min(1)).optional(),
})

/** A table whose shape is right. */
export type CodeTable = z.output<typeof codeTableSchema>

/** A profile with the codes of its tables laid under its own, or what is wrong with the tables or their names. */
export type TabledProfile =
  | { readonly kind: 'ok'; readonly spec: ProfileSpec }
  | {
      readonly kind: 'refused'
      readonly issues: readonly RuleIssue[]
      /** Problems inside tables; each names its file. */
      readonly problems: readonly ProfileProblem[]
    }

const shippedTables = fileURLToPath(new URL('../catalog/codes/', import.meta.url))

const foldersFor = (folder: string | undefined): readonly string[] =>
  folder === undefined ? [shippedTables] : [join(folder, 'codes'), shippedTables]

/** Names of the tables that a profile in `folder` can use. */
export const knownTables = (folder?: string): readonly string[] => [
  ...new Set(
    foldersFor(folder)
      .flatMap(namesIn)
      .flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []))
      .sort(),
  ),
]

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Lays the tables of a profile under its own codes. `folder` is the operator's folder that the profile lies in. */
export function withCodeTables(spec: ProfileSpec, folder?: string): TabledProfile {
  const names = spec.result.codeTables ?? []
  if (names.length === 0) return { kind: 'ok', spec }
  const read = names.map((name, index) => readTable(name, index, folder))
  const issues = read.flatMap((one) => one.issues)
  const problems = read.flatMap((one) => one.problems)
  if (issues.length > 0 || problems.length > 0) return { kind: 'refused', issues, problems }
  return {
    kind: 'ok',
    spec: merged(
      spec,
      read.flatMap((one) => one.tables),
    ),
  }
}

interface ReadTable {
  readonly tables: readonly CodeTable[]
  readonly issues: readonly RuleIssue[]
  readonly problems: readonly ProfileProblem[]
}

function readTable(name: string, index: number, folder: string | undefined): ReadTable {
  const found = foldersFor(folder).find((each) => namesIn(each).includes(`${name}.yaml`))
  if (found === undefined) return { tables: [], problems: [], issues: [unknownTable(name, index, folder)] }
  const text = readFileSync(join(found, `${name}.yaml`), 'utf8')
  const table = readYamlDocument(
    text,
    () => codeTableSchema,
    (one) => tableRules(one, name),
  )
  if (table.kind === 'ok') return { tables: [table.spec], issues: [], problems: [] }
  const file = `codes/${name}.yaml`
  return { tables: [], issues: [], problems: table.problems.map((each) => ({ ...each, file })) }
}

function unknownTable(name: string, index: number, folder: string | undefined): RuleIssue {
  const known = knownTables(folder)
  return issue(
    ['result', 'codeTables', index],
    `没有代码表 ${name}；已有：${known.join('、')}`,
    `there is no code table ${name}; there are: ${known.join(', ')}`,
  )
}

const tableRules = (table: CodeTable, name: string): readonly RuleIssue[] => [
  ...(table.id === name
    ? []
    : [issue(['id'], `文件名必须是 ${table.id}.yaml`, `the file must be called ${table.id}.yaml`)]),
  ...meaningRules(['codes'], table.codes),
  ...reasonCodeRules(['reasonCodes'], table.reasonCodes ?? {}),
]

function merged(spec: ProfileSpec, tables: readonly CodeTable[]): ProfileSpec {
  const upwards = [...tables].reverse()
  const codes = Object.assign({}, ...upwards.map((table) => table.codes), spec.result.codes)
  const second = upwards.map((table) => table.reasonCodes ?? {})
  const reasonCodes = Object.assign({}, ...second, spec.result.reasonCodes ?? {})
  const named = Object.keys(reasonCodes).length > 0 ? { reasonCodes } : {}
  return spec.layout === 'xml'
    ? { ...spec, result: { ...spec.result, codes, ...named } }
    : { ...spec, result: { ...spec.result, codes, ...named } }
}
