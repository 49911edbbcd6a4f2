/**
 * What became of each guard when it was tried last, kept for the table of `npm run faults`. A run of some guards leaves
 * the others' results; one that was changed since, or is gone, counts as not tried.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Protection } from './protection.ts'

/** Where they are kept, from the project's root. */
export const protectionReport = 'build/protections.json'

const keptSchema = z.array(z.object({ guard: z.string(), fault: z.string(), outcome: z.string() }))

/** One guard's last trial; `outcome` is `noticed` when its test failed without it. */
export type KeptTrial = z.infer<typeof keptSchema>[number]

/** Everything that a trial depends on, as one text. */
export const guardText = ({ fault, file, take, put, test, title }: Protection): string =>
  JSON.stringify([fault, file, take, put, test, title])

/** Reads the file; empty where there is none. Throws for one that is none of ours. */
export const readKeptTrials = (path: string): KeptTrial[] =>
  existsSync(path) ? keptSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : []

/** Adds one result, in place of an older one of the same guard; forgets guards that are not among `all` any more. */
export function keepTrial(
  path: string,
  all: readonly Protection[],
  protection: Protection,
  outcome: string,
): void {
  const guard = guardText(protection)
  const standing = new Set(all.map(guardText))
  const others = readKeptTrials(path).filter((kept) => kept.guard !== guard && standing.has(kept.guard))
  const kept = [...others, { guard, fault: protection.fault, outcome }]
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(kept, undefined, 1)}\n`)
}
