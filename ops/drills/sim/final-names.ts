/**
 * Watches how files get their final names at a bank: just before, somebody else may lay a file there (F38); just after,
 * those who pulled a brake are told. Side files have no number in their part names and are left alone.
 */
import type { SftpVerbs } from '../../../gateway/transfer/sftp/sftp-session.ts'
import type { Draw } from '../../demo/seeded-draw.ts'
import type { Chaos } from './fault-kinds.ts'
import type { RemoteFolder } from './remote-folder.ts'
import type { Trace } from './trace.ts'

/** A data file that got its final name, by the sending with this number. */
export interface Published {
  readonly bank: string
  readonly name: string
  readonly attempt: string
}

/** Who wants to know of it. */
export interface FinalNames {
  readonly foreign: ForeignFiles
  published(file: Published): void
}

/** How the gateway names the part of a data file. */
const dataPart = /^(\/in\/(.+))\.(\d+)\.part$/

/** The requests of a connection, with everything that happens around a rename to a final name. */
export const watchNames = (bank: string, verbs: SftpVerbs, names: FinalNames): SftpVerbs => ({
  ...verbs,
  rename(from, to, answer) {
    const [, path, name, attempt] = dataPart.exec(from) ?? []
    if (path !== to || name === undefined || attempt === undefined) return verbs.rename(from, to, answer)
    names.foreign.tempt(bank, from, to)
    return verbs.rename(from, to, (error) => {
      if (!error) names.published({ bank, name, attempt })
      answer(error)
    })
  },
})

/** Files of nobody of ours under final names of ours. */
export interface ForeignFiles {
  /** A part is about to get a final name: now and then another file is faster. */
  tempt(bank: string, part: string, path: string): void
  /** Each that was laid, as bank and name. */
  readonly laid: readonly { readonly bank: string; readonly name: string }[]
  /** Those that are not there any more as they were laid: somebody wrote over them. */
  lost(): readonly { readonly bank: string; readonly name: string }[]
  /** Their owner takes them all away. */
  remove(): void
}

const mark = 'FOREIGN'

/** True for the bytes of a file that is none of ours. A bank leaves it alone, since it cannot read it. */
export const isForeign = (bytes: Buffer): boolean => bytes.subarray(0, mark.length).toString() === mark

interface LaidFile {
  readonly bank: string
  readonly name: string
  readonly path: string
  readonly bytes: Buffer
}

/** Begins with none. */
export function openForeign(
  folderOf: (bank: string) => RemoteFolder,
  chaos: Chaos,
  trace: Trace,
): ForeignFiles {
  const laid: LaidFile[] = []
  const lying = new Set<LaidFile>()
  const lost = new Set<LaidFile>()
  const look = (): void => {
    for (const file of lying)
      if (folderOf(file.bank).files.get(file.path)?.bytes !== file.bytes) lost.add(file)
  }
  return {
    laid,
    lost() {
      look()
      return [...lost]
    },
    tempt(bank, part, path) {
      const { files, put } = folderOf(bank)
      const ours = files.get(part)
      if (ours === undefined || files.has(path) || !chaos.strikes('taken')) return
      const file = {
        bank,
        name: path.slice('/in/'.length),
        path,
        bytes: foreignBytes(ours.bytes.length, chaos.drawOf('taken')),
      }
      put(path, file.bytes)
      laid.push(file)
      lying.add(file)
      trace.note(`${bank} has ${file.name} of somebody else`)
    },
    remove() {
      look()
      for (const { bank, path } of lying) folderOf(bank).remove(path)
      lying.clear()
    },
  }
}

/** Often of the very size of ours, so that only the bytes tell whose it is. */
const foreignBytes = (oursBytes: number, draw: Draw): Buffer =>
  Buffer.from(mark.padEnd(draw.chance(400) ? oursBytes : oursBytes + 7, '.'))
