/**
 * Anchors of the audit trail: lines kept outside the database, one each time somebody writes down where the chain stands.
 * Whoever rewrites every row and every hash of a database cannot make it end in a line that was written down before.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import type { ChainPlace } from './audit-chain.ts'

/** A place of the chain that was written down at a time, and in which line of the file, from 1. */
export interface Anchor extends ChainPlace {
  readonly line: number
}

/** A file that is no list of anchors; `line` from 1. */
export class AnchorRefused extends Error {
  override readonly name = 'AnchorRefused'
  readonly line: number
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`)
    this.line = line
  }
}

const anchorSchema = z.strictObject({
  chain: z.literal('huida-audit-1'),
  at: z.iso.datetime(),
  count: z.string().regex(/^(0|[1-9]\d{0,18})$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})

/** The line that stands for a place, without its line end. */
export const anchorLine = (place: ChainPlace, at: Date): string =>
  JSON.stringify({
    chain: 'huida-audit-1',
    at: at.toISOString(),
    count: String(place.count),
    hash: place.hash,
  })

/** Adds a line to a file, making it where there is none, and returns when it lies on the disk. Throws as the file system does. */
export async function appendAnchor(path: string, line: string): Promise<void> {
  const file = await open(path, 'a', 0o640)
  try {
    await file.appendFile(`${line}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The anchors of a file in its order, read as they are asked for. Throws AnchorRefused, and as the file system does. */
export async function* readAnchors(path: string): AsyncGenerator<Anchor> {
  const file = await open(path, 'r')
  try {
    yield* readLines(file)
  } finally {
    await file.close()
  }
}

const longestLine = 400

/** A file that is no list of anchors may have no line ends, and is not gathered for the sake of finding one. */
async function* readLines(file: FileHandle): AsyncGenerator<Anchor> {
  let line = 0
  let rest = ''
  for await (const piece of file.createReadStream({ encoding: 'utf8', autoClose: false })) {
    const lines = `${rest}${piece}`.split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const text of lines) {
      line++
      if (text.trim() !== '') yield parseAnchor(text, line)
    }
    if (rest.length > longestLine) throw new AnchorRefused(line + 1, 'longer than an anchor is')
  }
  if (rest.trim() !== '') yield parseAnchor(rest, line + 1)
}

function parseAnchor(text: string, line: number): Anchor {
  if (text.length > longestLine) throw new AnchorRefused(line, 'longer than an anchor is')
  const read = anchorSchema.safeParse(parseJson(text))
  if (!read.success) throw new AnchorRefused(line, 'not an anchor of the audit trail')
  return { count: BigInt(read.data.count), hash: read.data.hash, line }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
