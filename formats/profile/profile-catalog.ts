/**
 * Profiles by id and version. A folder holds `<id>.yaml`, the version that new files are planned with, and
 * `<id>@<version>.yaml` for older ones, so that answers to files of yesterday stay readable after a bank changed its
 * layout.
 */
import type { CompiledProfile } from './compiled-profile.ts'
import { type LoadedFolder, type LoadedProfile, readProfiles, shippedFolder } from './load-catalog.ts'

/** Every profile that can be used, in every version that is kept. */
export interface ProfileCatalog {
  /** Current versions by id. */
  readonly profiles: ReadonlyMap<string, CompiledProfile>
  current(id: string): CompiledProfile | undefined
  /** A profile in exactly this version; undefined when nobody kept it. */
  version(id: string, version: number): CompiledProfile | undefined
  /** All versions of a profile, the current one first. */
  versions(id: string): readonly CompiledProfile[]
}

/** Opens a folder, or the shipped profiles; throws with every problem when one document does not hold. */
export function openProfileCatalog(folder: string = shippedFolder()): ProfileCatalog {
  const loaded = readProfiles(folder)
  if (loaded.complaints.length > 0)
    throw new Error(`bank profiles do not hold:\n${loaded.complaints.join('\n')}`)
  return profileCatalog(loaded)
}

/** A catalog over what was loaded. */
export function profileCatalog({ current, older }: Pick<LoadedFolder, 'current' | 'older'>): ProfileCatalog {
  const profiles = new Map([...current].map(([id, { profile }]) => [id, profile]))
  const all = [...profiles.values(), ...older.map(({ profile }) => profile)]
  return {
    profiles,
    current: (id) => profiles.get(id),
    version: (id, version) => all.find((one) => one.id === id && one.version === version),
    versions: (id) => all.filter((one) => one.id === id).sort((a, b) => b.version - a.version),
  }
}

/**
 * Documents that were changed, themselves or in a table that they use, without a new version number: what was planned
 * with them could be misread.
 */
export function changedInPlace(before: LoadedFolder, after: LoadedFolder): readonly string[] {
  const known = new Map(everyVersion(before).map((one) => [nameOf(one), one.digest]))
  return everyVersion(after).flatMap((one) => {
    const former = known.get(nameOf(one))
    if (former === undefined || former === one.digest) return []
    const { id, version } = one.profile
    return [
      `${id}: its meaning changed but it still says version ${version}; raise version to ${version + 1} and keep the old document as ${id}@${version}.yaml (a changed code table needs a new name) / 内容有变但仍是第 ${version} 版；请把 version 改为 ${version + 1}，旧文件另存为 ${id}@${version}.yaml（改代码表要另起表名）`,
    ]
  })
}

/** Versions that were there and no longer are. */
export const droppedVersions = (before: LoadedFolder, after: LoadedFolder): readonly LoadedProfile[] => {
  const kept = new Set(everyVersion(after).map(nameOf))
  return everyVersion(before).filter((one) => !kept.has(nameOf(one)))
}

const everyVersion = ({ current, older }: LoadedFolder): readonly LoadedProfile[] => [
  ...current.values(),
  ...older,
]

const nameOf = ({ profile }: LoadedProfile): string => `${profile.id}@${profile.version}`
