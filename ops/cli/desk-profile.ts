/** Finds the profile of a stateless file command, and the agreement settings to use with it. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../formats/profile/load-catalog.ts'
import { CommandEnd, exit } from './output.ts'

/** Options that choose a profile. */
export interface ProfileFlags {
  readonly profile: string
  readonly catalog?: string
  readonly setting: readonly string[]
}

/** Loads the catalog, shipped or of a folder; a catalog that does not hold is refused with its problems. */
export function openCatalog(folder: string | undefined): ReadonlyMap<string, CompiledProfile> {
  try {
    return loadCatalog(folder)
  } catch (error) {
    throw new CommandEnd(exit.refused, error instanceof Error ? error.message : String(error))
  }
}

/** The profile with an id; an unknown one is named beside the known ones. */
export function profileOf(id: string, folder?: string): CompiledProfile {
  const catalog = openCatalog(folder)
  const profile = catalog.get(id)
  if (profile) return profile
  throw new CommandEnd(exit.usage, `no profile ${id}; there are: ${[...catalog.keys()].join(', ')}`)
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
