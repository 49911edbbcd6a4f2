/** Gathers what the sources and the last runs say about each fault. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { guardText, type KeptTrial, protectionReport, readKeptTrials } from '../faults/kept-trials.ts'
import { loadProtections } from '../faults/load-protections.ts'
import { readReport, type TestEnd } from '../faults/project-copy.ts'
import type { Protection } from '../faults/protection.ts'
import type { FaultEvidence } from './fault-page.ts'
import { type FaultTitle, faultTitles } from './fault-titles.ts'
import { readSourceFiles } from './source-file.ts'

/** Where `npm test` leaves its report, from the project's root. */
export const testReport = 'build/test-results.json'
/** What the sources of a project say, and its last runs where there are any. Throws for a report that is none. */
export async function gatherEvidence(root: string): Promise<FaultEvidence> {
  const titles = faultTitles(readSourceFiles(root, ['tests']))
  const protections = await loadProtections()
  const ends = readIfThere(join(root, testReport), (json) => readReport(json, root))
  const trials = readKeptTrials(join(root, protectionReport))
  const lastRun = (id: string): string =>
    `${testWords(id, titles, ends)}; ${guardWords(id, protections, trials)}`
  return { titles, protections, lastRun }
}

function readIfThere<T>(path: string, read: (json: string) => T): T | undefined {
  return existsSync(path) ? read(readFileSync(path, 'utf8')) : undefined
}

function testWords(id: string, titles: readonly FaultTitle[], ends: readonly TestEnd[] | undefined): string {
  const files = new Set(titles.filter(({ ids }) => ids.includes(id)).map(({ file }) => file))
  if (files.size === 0) return 'no test'
  const ran = ends?.filter(({ file, full }) => files.has(file) && new RegExp(`\\b${id}\\b`).test(full)) ?? []
  const count = (status: TestEnd['status']): number => ran.filter((end) => end.status === status).length
  if (ran.length === 0) return 'tests not run'
  const passed = `${count('passed')} tests passed`
  return count('failed') === 0 ? passed : `${passed}, **${count('failed')} failed**`
}

function guardWords(id: string, protections: readonly Protection[], trials: readonly KeptTrial[]): string {
  const guards = protections.filter(({ fault }) => fault === id)
  if (guards.length === 0) return 'no guard'
  const texts = new Set(guards.map(guardText))
  const tried = trials.filter(({ guard }) => texts.has(guard))
  const noticed = tried.filter(({ outcome }) => outcome === 'noticed').length
  const words = [
    [noticed, `${noticed} guards missed when gone`],
    [tried.length - noticed, `**${tried.length - noticed} guards not missed**`],
    [guards.length - tried.length, `${guards.length - tried.length} guards not tried`],
  ] as const
  return words.flatMap(([count, said]) => (count > 0 ? [said] : [])).join(', ')
}
