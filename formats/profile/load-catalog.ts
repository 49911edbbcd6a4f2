/**
 * Loads bank profiles: the shipped ones, or an operator's folder. A profile that does not hold is refused with every
 * problem named in both languages and by line; one bad profile in a folder stops the load.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LineCounter, parseDocument } from 'yaml'
import { compileProfile } from './compile-profile.ts'
import type { CompiledProfile } from './compiled-profile.ts'
import { type ProfileProblem, problemsOfIssues, problemsOfYaml } from './profile-problems.ts'
import { profileRules } from './profile-rules.ts'
import { schemaFor } from './profile-schema.ts'

/** A profile, or why it was refused. */
export type ParsedProfile =
  | { readonly kind: 'ok'; readonly profile: CompiledProfile }
  | { readonly kind: 'refused'; readonly problems: readonly ProfileProblem[] }

/** Parses one profile document. The file's name must be the profile's id with `.yaml`; a path is cut to its name. */
export function parseProfile(yamlText: string, fileName: string): ParsedProfile {
  const lines = new LineCounter()
  const document = parseDocument(yamlText, { schema: 'failsafe', lineCounter: lines, uniqueKeys: true })
  const broken = problemsOfYaml(document, lines)
  if (broken.length > 0) return { kind: 'refused', problems: broken }
  const parsed = schemaFor(document.get('layout')).safeParse(document.toJS({ maxAliasCount: 100 }))
  if (!parsed.success)
    return { kind: 'refused', problems: problemsOfIssues(parsed.error.issues, document, lines) }
  const wrong = profileRules(parsed.data, fileName)
  if (wrong.length > 0) return { kind: 'refused', problems: problemsOfIssues(wrong, document, lines) }
  return { kind: 'ok', profile: compileProfile(parsed.data) }
}

const shippedFolder = (): string => fileURLToPath(new URL('../catalog/', import.meta.url))

/** Loads every `*.yaml` of a folder, by profile id; throws with all problems when one of them does not hold. */
export function loadCatalog(folder: string = shippedFolder()): ReadonlyMap<string, CompiledProfile> {
  const catalog = new Map<string, CompiledProfile>()
  const complaints: string[] = []
  for (const fileName of readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()) {
    const parsed = parseProfile(readFileSync(join(folder, fileName), 'utf8'), fileName)
    if (parsed.kind === 'ok') catalog.set(parsed.profile.id, parsed.profile)
    else
      complaints.push(
        ...parsed.problems.map((each) => `${fileName}:${each.line} ${each.path}: ${each.messageEn}`),
      )
  }
  if (complaints.length > 0) throw new Error(`bank profiles do not hold:\n${complaints.join('\n')}`)
  return catalog
}
