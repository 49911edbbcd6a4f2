/**
 * Finds request files that are complete in a bank's `in/`: final name, nobody writing, every side file beside them.
 * A sealed file carries the data file's name and the envelope's suffix. A file in clear text is never taken for
 * payment, so its side files are not waited for either.
 */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileHeader, SideFile } from '../../../formats/bank-file.ts'
import type { BankDesk } from './bank-desk.ts'

/** A complete request in `in/`. `header` is what its name tells. */
export interface Arrival {
  readonly fileName: string
  readonly header: FileHeader
  readonly sealed: boolean
  readonly local: string
  readonly sideFiles: readonly string[]
  /** Tells this very file from a later one of the same name. */
  readonly identity: string
}

/** What the bank needs of a data file's digests to know its side files; lower-case hex. */
export interface DataDigests {
  readonly md5: string
  readonly sha256: string
  readonly sizeBytes: number
}

/** The complete files of `in/`, by name. A file of an unknown name is left alone. */
export async function findArrivals(desk: BankDesk): Promise<Arrival[]> {
  const places = await placesOfFiles(desk)
  const names = new Set(places.keys())
  const arrivals: Arrival[] = []
  for (const name of [...names].sort()) {
    const arrival = await readArrival(desk, name, names, places.get(name) ?? desk.folders.in)
    if (arrival !== undefined) arrivals.push(arrival)
  }
  return arrivals
}

/** Which folder each file lies in: what clients left, and what the bank has taken out of there already. */
async function placesOfFiles({ folders }: BankDesk): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>()
  for (const folder of [folders.in, folders.taken])
    for (const name of await readdir(folder)) places.set(name, folder)
  return places
}

async function readArrival(
  desk: BankDesk,
  name: string,
  names: ReadonlySet<string>,
  folder: string,
): Promise<Arrival | undefined> {
  const sealed = name.endsWith(desk.suffix)
  const fileName = sealed ? name.slice(0, -desk.suffix.length) : name
  const header = desk.readName(fileName)
  const local = join(folder, name)
  if (header === undefined || desk.isBeingWritten(local)) return undefined
  const complete = (side: readonly string[]): boolean =>
    side.every((one) => names.has(one) && !desk.isBeingWritten(join(desk.folders.in, one)))
  const sideFiles = sealed ? expectedNames(desk, header, [fileName, name]).find(complete) : []
  const stats = await lstat(local).catch(() => undefined)
  if (sideFiles === undefined || stats?.isFile() !== true) return undefined
  return {
    fileName,
    header,
    sealed,
    local,
    sideFiles,
    identity: `${stats.ino}:${stats.size}:${stats.mtimeMs}`,
  }
}

/** Side files may be named after the data file or after its sealed form; either set is complete by itself. */
function expectedNames(desk: BankDesk, header: FileHeader, dataNames: readonly string[]): string[][] {
  const digests = { md5: '0'.repeat(32), sha256: '0'.repeat(64), sizeBytes: 0 }
  return dataNames.map((name) => sideFilesOf(desk, header, name, digests).map((side) => side.name))
}

/** The side files that belong to a data file of these digests. */
export function sideFilesOf(
  desk: BankDesk,
  header: FileHeader,
  name: string,
  digests: DataDigests,
): readonly SideFile[] {
  return desk.profile.sideFiles(header, { name, ...digests })
}
