/**
 * Files of `huida envelope`: read as streams, and written beside their final name with mode 0600. The final name
 * appears last and only when all went well; a file that is there already is never touched.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf } from '../../gateway/faults.ts'
import { usage } from './envelope-flags.ts'
import { CommandEnd, exit } from './output.ts'

const READ_BYTES = 256 * 1024

/** A source that reads the file anew each time. Throws CommandEnd (usage) when there is no such file. */
export function fileSource(path: string): () => AsyncIterable<Buffer> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw usage(`cannot read ${path}: no such file`)
  return () => createReadStream(path, { highWaterMark: READ_BYTES })
}

/** The folder in which content waits until it is verified: the one that it will lie in. */
export const folderOf = (path: string): string => dirname(resolve(path))

/** Throws CommandEnd (usage) when the name is taken, before any work is done. */
export function refuseTaken(path: string): void {
  if (existsSync(path)) throw usage(`${path} 已存在，不会覆盖 / ${path} exists and is not overwritten`)
}

/** Writes a new file; gives its size in bytes. Whatever throws, nothing is left and the final name does not appear. */
export async function writeNewFile(path: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  refuseTaken(path)
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  const handle = await open(part, 'wx', 0o600)
  try {
    let sizeBytes = 0
    try {
      for await (const chunk of chunks) {
        await handle.writeFile(chunk)
        sizeBytes += chunk.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await nameIt(part, path)
    return sizeBytes
  } finally {
    await unlink(part)
  }
}

/** A link fails where a rename would replace. */
async function nameIt(part: string, path: string): Promise<void> {
  try {
    await link(part, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new CommandEnd(exit.usage, `${path} 已存在，不会覆盖 / ${path} exists and is not overwritten`)
  }
}
