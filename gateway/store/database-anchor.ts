/**
 * The anchor: a small file outside the database that holds the highest fence that any process of this folder has seen, and
 * where the database lived then. A database that knows less than its anchor was restored (R9).
 */
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../faults.ts'
import type { AnchorRead, ServerNow } from './database-identity.ts'

const digits = z.string().regex(/^(0|[1-9]\d{0,18})$/)

const anchorSchema = z.strictObject({
  anchor: z.literal('huida-database-1'),
  systemIdentifier: digits,
  timeline: z.int(),
  databaseOid: digits,
  fence: digits,
  at: z.iso.datetime(),
})

/** Where the anchor of a folder lies. */
export const anchorPath = (folder: string): string => join(folder, 'database-anchor.json')

/** Reads an anchor. Throws what the file system throws, except for a file that is not there. */
export async function readAnchor(path: string): Promise<AnchorRead> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return { kind: 'absent' }
  const read = anchorSchema.safeParse(parsed(text))
  if (!read.success) return { kind: 'unreadable' }
  const { systemIdentifier, timeline, databaseOid, fence } = read.data
  return {
    kind: 'read',
    identity: { systemIdentifier, timeline, databaseOid: BigInt(databaseOid) },
    fence: BigInt(fence),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Moves an anchor forward; its fence never goes back. The file is whole at every moment, and on the disk when this
 * returns. Throws what the file system throws, and then the old anchor is in place.
 */
export async function advanceAnchor(path: string, now: ServerNow, at: Date): Promise<void> {
  const before = await readAnchor(path)
  const fence = before.kind === 'read' && before.fence > now.fence ? before.fence : now.fence
  const { systemIdentifier, timeline, databaseOid } = now
  const anchor = {
    anchor: 'huida-database-1',
    systemIdentifier,
    timeline,
    databaseOid: String(databaseOid),
    fence: String(fence),
    at: at.toISOString(),
  }
  const temporary = `${path}.${process.pid}.new`
  try {
    await writeWhole(temporary, `${JSON.stringify(anchor)}\n`)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await flushFolder(dirname(path))
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A rename is on the disk when its folder is. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
