/**
 * Loads bank profiles: the shipped ones, or an operator's folder. A profile that does not hold is refused with every
 * problem named in both languages and by line; one bad profile in a folder stops the load.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, LineCounter, parseDocument } from 'yaml'
import { withCodeTables } from './code-tables.ts'
import { compileProfile } from './compile-profile.ts'
import type { CompiledProfile } from './compiled-profile.ts'
import { type ProfileProblem, problemsOfIssues, problemsOfYaml, type RuleIssue } from './profile-problems.ts'
import { profileRules } from './profile-rules.ts'
import { type ProfileSpec, schemaFor } from './profile-schema.ts'

/** A profile with the document that it was made of, or why it was refused. */
export type ParsedProfile =
  | { readonly kind: 'ok'; readonly profile: CompiledProfile; readonly spec: ProfileSpec }
  | { readonly kind: 'refused'; readonly problems: readonly ProfileProblem[] }

/**
 * Parses one profile document. The file's name must be the profile's id with `.yaml`, or `<id>@<version>.yaml` for a
 * version that is kept beside the current one; a path is cut to its name. `folder` is where its tables lie.
 */
export function parseProfile(yamlText: string, fileName: string, folder?: string): ParsedProfile {
  const lines = new LineCounter()
  const document = parseDocument(yamlText, { schema: 'failsafe', lineCounter: lines, uniqueKeys: true })
  const broken = problemsOfYaml(document, lines)
  if (broken.length > 0) return { kind: 'refused', problems: broken }
  const schema = schemaFor(isMap(document.contents) ? document.get('layout') : undefined)
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }))
  if (!parsed.success)
    return { kind: 'refused', problems: problemsOfIssues(parsed.error.issues, document, lines, schema) }
  const tabled = withCodeTables(parsed.data, folder)
  if (tabled.kind === 'refused') {
    const problems = [...problemsOfIssues(tabled.issues, document, lines), ...tabled.problems]
    return { kind: 'refused', problems }
  }
  const { spec } = tabled
  const named = nameFacts(fileName)
  const wrong = [...profileRules(spec, `${named.id}.yaml`), ...versionRule(spec, named.version)]
  if (wrong.length > 0) return { kind: 'refused', problems: problemsOfIssues(wrong, document, lines) }
  return { kind: 'ok', profile: compileProfile(spec), spec }
}

/** What a document's file name says: the id, and the version where it names one. */
export function nameFacts(fileName: string): { readonly id: string; readonly version: number | undefined } {
  const stem = basename(fileName.replaceAll('\\', '/')).replace(/\.yaml$/u, '')
  const [, id, version] = /^(.+)@([1-9]\d{0,8})$/u.exec(stem) ?? []
  return id === undefined || version === undefined
    ? { id: stem, version: undefined }
    : { id, version: Number.parseInt(version, 10) }
}

const versionRule = (spec: ProfileSpec, named: number | undefined): readonly RuleIssue[] =>
  named === undefined || named === spec.version
    ? []
    : [
        {
          code: 'rule',
          path: ['version'],
          zh: `文件名说是第 ${named} 版，内容是第 ${spec.version} 版`,
          en: `the file's name says version ${named}, the document says ${spec.version}`,
        },
      ]

/** Folder of the profiles that Huida ships. */
export const shippedFolder = (): string => fileURLToPath(new URL('../catalog/', import.meta.url))

/** A profile as it was read: `digest` tells whether two documents mean the same, whatever their layout and comments. */
export interface LoadedProfile {
  readonly profile: CompiledProfile
  readonly digest: string
}

/** What a folder holds: current versions by id, older ones beside them, and every reason why it does not hold. */
export interface LoadedFolder {
  readonly current: ReadonlyMap<string, LoadedProfile>
  readonly older: readonly LoadedProfile[]
  /** `file:line path: sentence`, or a rule about the folder. */
  readonly complaints: readonly string[]
}

/** Reads every `*.yaml` of a folder, or those of some profiles only; never throws for what stands in a file. */
export function readProfiles(folder: string, only?: ReadonlySet<string>): LoadedFolder {
  const current = new Map<string, LoadedProfile>()
  const older: LoadedProfile[] = []
  const complaints: string[] = []
  const fileNames = readdirSync(folder).filter(
    (name) => name.endsWith('.yaml') && (only?.has(nameFacts(name).id) ?? true),
  )
  for (const fileName of fileNames.sort()) {
    const parsed = parseProfile(readFileSync(join(folder, fileName), 'utf8'), fileName, folder)
    if (parsed.kind === 'refused')
      complaints.push(...parsed.problems.map((each) => complaint(fileName, each)))
    else {
      const loaded = { profile: parsed.profile, digest: digestOf(parsed.spec) }
      if (nameFacts(fileName).version === undefined) current.set(parsed.profile.id, loaded)
      else older.push(loaded)
    }
  }
  return { current, older, complaints: [...complaints, ...olderComplaints(current, older)] }
}

const complaint = (fileName: string, { file, line, path, messageEn }: ProfileProblem): string =>
  `${file ?? fileName}:${line} ${path}: ${messageEn}`

const olderComplaints = (current: LoadedFolder['current'], older: LoadedFolder['older']): readonly string[] =>
  older.flatMap(({ profile: { id, version } }) => {
    const now = current.get(id)?.profile.version
    return now === undefined || version < now
      ? []
      : [`${id}@${version}.yaml: is kept as an older version, but ${id}.yaml has version ${now}`]
  })

const digestOf = (spec: ProfileSpec): string =>
  createHash('sha256')
    .update(JSON.stringify(spec, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)))
    .digest('hex')

/**
 * Loads the current version of every profile of a folder, or of some only, by id; throws with all problems when one
 * does not hold.
 */
export function loadCatalog(
  folder: string = shippedFolder(),
  only?: ReadonlySet<string>,
): ReadonlyMap<string, CompiledProfile> {
  const { current, complaints } = readProfiles(folder, only)
  if (complaints.length > 0) throw new Error(`bank profiles do not hold:\n${complaints.join('\n')}`)
  return new Map([...current].map(([id, { profile }]) => [id, profile]))
}
