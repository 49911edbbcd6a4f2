/**
 * A durable, append-only file of JSON lines: what `append` resolved for survives a crash and a power cut.
 * A last line without its newline is the trace of a crash; it was never acknowledged, and opening cuts it off.
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

const readChunkBytes = 1024 * 1024

/** A log open for appending. One call at a time: the next one waits for the one before. */
export interface AppendLog {
  /** Writes the records as lines, in order, and resolves when they are on the disk. */
  append(records: readonly object[]): Promise<void>
  /** Writes without waiting for the disk; a later `append` or `sync` makes it durable. */
  write(records: readonly object[]): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Opens the log for appending and cuts off a torn last line. */
export async function openAppendLog(path: string): Promise<AppendLog> {
  const file = await open(path, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    const end = await endOfLastLine(file, size)
    if (end < size) await file.truncate(end)
  } catch (error) {
    await file.close()
    throw error
  }
  // After a failed write nobody knows what is on the disk, so nothing may follow it until the log is opened again.
  let broken = false
  const guard = async (act: () => Promise<void>): Promise<void> => {
    if (broken) throw new Error(`An earlier write to ${path} failed; open it again.`)
    broken = true
    await act()
    broken = false
  }
  const write = async (records: readonly object[]): Promise<void> => {
    if (records.length > 0)
      await file.writeFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  }
  return {
    write: (records) => guard(() => write(records)),
    append: (records) =>
      guard(async () => {
        await write(records)
        await file.datasync()
      }),
    sync: () => guard(() => file.datasync()),
    close: () => file.close(),
  }
}

/**
 * The values of the whole lines of a log, in order, in flat memory; nothing when there is no file.
 * Throws with the line number when a whole line is not JSON.
 */
export async function* readLog(path: string): AsyncGenerator<unknown> {
  let lineNo = 0
  for await (const line of wholeLines(path)) {
    lineNo++
    try {
      yield JSON.parse(line)
    } catch {
      throw new Error(`Line ${lineNo} of ${path} is not JSON.`)
    }
  }
}

async function* wholeLines(path: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: readChunkBytes })) {
      const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const end = bytes.lastIndexOf(0x0a) + 1
      if (end > 0) yield* bytes.toString('utf8', 0, end - 1).split('\n')
      rest = bytes.subarray(end)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

async function endOfLastLine(file: FileHandle, sizeBytes: number): Promise<number> {
  const window = Buffer.alloc(64 * 1024)
  for (let end = sizeBytes; end > 0; ) {
    const start = Math.max(0, end - window.length)
    const { bytesRead } = await file.read(window, 0, end - start, start)
    const newline = window.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (newline >= 0) return start + newline + 1
    end = start
  }
  return 0
}
