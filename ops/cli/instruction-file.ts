/**
 * A file of instructions on a desk: NDJSON or CSV, gzip by its name. It is read twice with flat memory: once to count,
 * add up, digest and find where it may be cut, and once to be sent.
 */
import { createReadStream, statSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { codeOf } from '../../gateway/faults.ts'
import { CommandEnd, exit } from './output.ts'

/** A file and what its name says of it. */
export interface InstructionFile {
  readonly path: string
  readonly format: 'ndjson' | 'csv'
  readonly gzip: boolean
  /** As it lies on disk. */
  readonly sizeBytes: number
}

const readBytes = 256 * 1024

/** Looks at a file. Ends the command for a name that tells no format and for a file that cannot be read. */
export function openInstructionFile(path: string): InstructionFile {
  const match = /\.(ndjson|jsonl|csv)(\.gz)?$/i.exec(path)
  if (!match)
    throw new CommandEnd(
      exit.usage,
      `${path}: 文件名须以 .ndjson 或 .csv 结尾，可加 .gz / end the name in .ndjson or .csv, .gz allowed.`,
    )
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new CommandEnd(exit.usage, `${path} 不存在或不是文件 / there is no such file.`)
  return {
    path,
    format: match[1]?.toLowerCase() === 'csv' ? 'csv' : 'ndjson',
    gzip: match[2] !== undefined,
    sizeBytes: found.size,
  }
}

/** The bytes as they lie on disk. */
export const rawContent = (file: InstructionFile): AsyncIterable<Buffer> =>
  createReadStream(file.path, { highWaterMark: readBytes })

/** The lines' own bytes. Ends the command with 3 for damaged gzip data. */
export async function* decodedContent(file: InstructionFile): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: readBytes })
  const content = file.gzip ? raw.pipe(createGunzip({ chunkSize: readBytes })) : raw
  raw.on('error', (error) => content.destroy(error))
  try {
    for await (const chunk of content) yield chunk
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    raw.destroy()
  }
}

function unreadable({ path }: InstructionFile, error: unknown): CommandEnd {
  const code = codeOf(error) ?? ''
  if (code.startsWith('Z_'))
    return new CommandEnd(
      exit.refused,
      `${path}: gzip 数据损坏 / the gzip data is damaged or cut short (${code}).`,
    )
  return new CommandEnd(exit.fault, `${path} 读不出 / cannot be read (${code}).`)
}

/** Gives the bytes of a stream in slices of sizes that are asked for one after the other. */
export function slices(content: AsyncIterable<Buffer>): (sizeBytes: number) => AsyncGenerator<Buffer> {
  const pieces = content[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  return async function* take(sizeBytes) {
    for (let left = sizeBytes; left > 0; ) {
      if (rest.length === 0) {
        const piece = await pieces.next()
        if (piece.done === true)
          throw new CommandEnd(exit.fault, '文件在读取时变短 / The file became shorter while it was read.')
        rest = piece.value
      }
      const slice = rest.subarray(0, left)
      rest = rest.subarray(slice.length)
      left -= slice.length
      yield slice
    }
  }
}
