/**
 * Notices within seconds that an operator changed the folder of profiles, and lets new plans use it only when the
 * whole folder holds. What was accepted is copied aside, so that every thread reads the same documents, whatever
 * becomes of the folder meanwhile; versions that the operator dropped stay in the copy for files that need them.
 */
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type LoadedFolder, readProfiles } from '../../formats/profile/load-catalog.ts'
import { changedInPlace, droppedVersions } from '../../formats/profile/profile-catalog.ts'

/** Where the accepted profiles lie, and how often the operator's folder is looked at. */
export interface LiveProfilesOptions {
  /** The operator's folder. */
  readonly folder: string
  readonly everyMs: number
  readonly onReload: (changed: readonly string[]) => void
  /** Called once for each state of the folder that does not hold. */
  readonly onRefusal: (reasons: readonly string[]) => void
}

/** Watched profiles. `stop` removes the copies. */
export interface LiveProfiles {
  /** Folder of the copy in use. */
  readonly copy: () => string
  /** Begins to look again and again. `use` puts an accepted copy to use; it throws when an agreement lacks its profile. */
  watch(use: (copy: string) => void): void
  stop(): void
}

/** Takes the folder as it is. Throws with every problem when it does not hold. */
export function liveProfiles(options: LiveProfilesOptions): LiveProfiles {
  const { folder } = options
  const copiesFolder = mkdtempSync(join(tmpdir(), 'huida-profiles-'))
  let seen = signatureOf(folder)
  let judged = digestOf(folder)
  let using = judged
  let copy = copyOf(folder, copiesFolder, judged)
  let loaded = readProfiles(copy)
  if (loaded.complaints.length > 0) {
    rmSync(copiesFolder, { recursive: true, force: true })
    throw new Error(`bank profiles do not hold:\n${loaded.complaints.join('\n')}`)
  }
  const look = (use: (copy: string) => void): void => {
    const now = signatureOf(folder)
    if (now === seen) return
    const digest = digestOf(folder)
    seen = now
    if (digest === judged) return
    judged = digest
    // An operator who took a mistake back has nothing to be told.
    if (digest === using) return
    const next = copyOf(folder, copiesFolder, digest)
    const reasons = judge(next, use)
    if (reasons.length > 0) {
      rmSync(next, { recursive: true, force: true })
      options.onRefusal(reasons)
      return
    }
    const taken = readProfiles(next)
    options.onReload(differences(loaded, taken))
    using = digest
    copy = next
    loaded = taken
  }
  /** Every reason to stay with what is in use; none when `next` is in use now. */
  const judge = (next: string, use: (copy: string) => void): readonly string[] => {
    const stated = readProfiles(next)
    if (stated.complaints.length > 0) return stated.complaints
    keepDropped(loaded, stated, copy, next)
    const whole = readProfiles(next)
    const reasons = [...whole.complaints, ...changedInPlace(loaded, whole)]
    if (reasons.length > 0) return reasons
    try {
      use(next)
      return []
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    }
  }
  let timer: NodeJS.Timeout | undefined
  return {
    copy: () => copy,
    watch(use) {
      timer = setInterval(() => guarded(() => look(use), options.onRefusal), options.everyMs)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
      rmSync(copiesFolder, { recursive: true, force: true })
    },
  }
}

/** A folder that cannot be read for a moment is told of, and looked at again. */
function guarded(look: () => void, onRefusal: (reasons: readonly string[]) => void): void {
  try {
    look()
  } catch (error) {
    onRefusal([error instanceof Error ? error.message : String(error)])
  }
}

/** Folders of an operator's folder that belong to its profiles: code tables and layouts of statements. */
const rooms = ['codes', 'statements']

/** Documents of a folder and its rooms, by path within it. */
function documentsOf(folder: string): readonly string[] {
  const yamlIn = (path: string, prefix: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.yaml'))
      .map((entry) => `${prefix}${entry.name}`)
  const present = readdirSync(folder)
  const inRooms = rooms
    .filter((room) => present.includes(room))
    .flatMap((room) => yamlIn(join(folder, room), `${room}/`))
  return [...yamlIn(folder, ''), ...inRooms].sort()
}

function signatureOf(folder: string): string {
  return documentsOf(folder)
    .map((name) => {
      const { mtimeMs, size, ino } = statSync(join(folder, name))
      return `${name} ${mtimeMs} ${size} ${ino}`
    })
    .join('\n')
}

function digestOf(folder: string): string {
  const digest = createHash('sha256')
  for (const name of documentsOf(folder)) digest.update(`${name}\0`).update(readFileSync(join(folder, name)))
  return digest.digest('hex')
}

let copies = 0

/** Copies are numbered, so that a folder that comes back to an earlier state never overwrites what is in use. */
function copyOf(folder: string, copiesFolder: string, digest: string): string {
  const copy = join(copiesFolder, `${++copies}-${digest.slice(0, 12)}`)
  mkdirSync(copy, { recursive: true, mode: 0o700 })
  for (const name of documentsOf(folder)) {
    mkdirSync(join(copy, dirname(name)), { recursive: true })
    cpSync(join(folder, name), join(copy, name))
  }
  return copy
}

/** A version that the operator dropped goes on as an older one; its file is renamed where it was the current one. */
function keepDropped(before: LoadedFolder, after: LoadedFolder, from: string, to: string): void {
  for (const { profile } of droppedVersions(before, after)) {
    const { id, version } = profile
    const kept = `${id}@${version}.yaml`
    const source = documentsOf(from).includes(kept) ? kept : `${id}.yaml`
    cpSync(join(from, source), join(to, kept))
  }
}

const differences = (before: LoadedFolder, after: LoadedFolder): readonly string[] =>
  [...after.current].flatMap(([id, { profile }]) => {
    const former = before.current.get(id)?.profile.version
    return former === profile.version ? [] : [`${id} ${former ?? '-'} -> ${profile.version}`]
  })
