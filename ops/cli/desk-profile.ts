/** Finds the profile of a stateless command, and the agreement settings to use with it. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { loadCatalog, parseProfile, shippedFolder } from '../../formats/profile/load-catalog.ts'
import type { ProfileProblem } from '../../formats/profile/profile-problems.ts'
import type { ProfileSpec } from '../../formats/profile/profile-schema.ts'
import { parseStatement } from '../../formats/statement/load-statements.ts'
import { CommandEnd, exit } from './output.ts'

/** Options that choose a profile. */
export interface ProfileFlags {
  readonly profile: string
  readonly catalog?: string
  readonly setting: readonly string[]
}

/** A profile with the document that it was made of. */
export interface DeskProfile {
  readonly profile: CompiledProfile
  readonly spec: ProfileSpec
}

/** What a document that holds says of itself. */
export interface CheckedFacts {
  readonly id: string
  readonly version: number
  readonly title: string
}

/** What a document turned out to be. */
export type CheckedDocument =
  | { readonly kind: 'holds'; readonly facts: CheckedFacts }
  | { readonly kind: 'refused'; readonly problems: readonly ProfileProblem[] }

/** Checks a document of any kind that a catalog may hold. `path` names it and the folder of its tables. */
export function checkDocument(text: string, path: string): CheckedDocument {
  if (/^kind:\s*['"]?statement/mu.test(text)) {
    const statement = parseStatement(text, basename(path))
    return statement.kind === 'refused' ? statement : holds(statement.statement)
  }
  const parsed = parseProfile(text, basename(path), dirname(path))
  return parsed.kind === 'refused' ? parsed : holds(parsed.profile)
}

const holds = ({ id, version, title }: CheckedFacts): CheckedDocument => ({
  kind: 'holds',
  facts: { id, version, title },
})

/** Loads the catalog, shipped or of a folder; a catalog that does not hold is refused with its problems. */
export function openCatalog(folder: string | undefined): ReadonlyMap<string, CompiledProfile> {
  try {
    return loadCatalog(folder)
  } catch (error) {
    throw new CommandEnd(exit.refused, error instanceof Error ? error.message : String(error))
  }
}

/** The profile with an id, or of a file; an unknown id is named beside the known ones. */
export function profileOf(id: string, folder?: string): CompiledProfile {
  if (isFile(id)) return readProfile(id).profile
  const catalog = openCatalog(folder)
  const profile = catalog.get(id)
  if (profile) return profile
  throw new CommandEnd(exit.usage, `no profile ${id}; there are: ${[...catalog.keys()].join(', ')}`)
}

/** The same with the document behind it, for whoever shows its columns. */
export function deskProfile(id: string, folder?: string): DeskProfile {
  if (isFile(id)) return readProfile(id)
  profileOf(id, folder)
  return readProfile(join(folder ?? shippedFolder(), `${id}.yaml`))
}

const isFile = (text: string): boolean => /[/\\]|\.yaml$/u.test(text)

function readProfile(path: string): DeskProfile {
  const parsed = parseProfile(textOf(path), basename(path), dirname(path))
  if (parsed.kind === 'ok') return parsed
  throw new CommandEnd(
    exit.refused,
    `${path} does not hold; see: huida profile check ${path}\n${parsed.problems
      .map(({ line, path: at, messageZh, messageEn }) => `${path}:${line} ${at}: ${messageZh} / ${messageEn}`)
      .join('\n')}`,
  )
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new CommandEnd(exit.usage, `cannot read ${path}`)
  }
}

/** Sample settings of the profile with `--setting name=value` laid over them. */
export function settingsOf(
  profile: CompiledProfile,
  given: readonly string[],
): Readonly<Record<string, string>> {
  const entries = given.map((text): [string, string] => {
    const at = text.indexOf('=')
    const name = text.slice(0, at)
    if (at > 0 && Object.hasOwn(profile.sampleSettings, name)) return [name, text.slice(at + 1)]
    const known = Object.keys(profile.sampleSettings).join(', ') || 'none'
    throw new CommandEnd(exit.usage, `--setting takes name=value; ${profile.id} has: ${known}`)
  })
  return { ...profile.sampleSettings, ...Object.fromEntries(entries) }
}
