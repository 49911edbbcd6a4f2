import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { StepName } from '../../gateway/ledger/due-work-store.ts'
import { readConfig } from '../../ops/start/config.ts'
import { heavySteps, steps } from '../../ops/start/steps.ts'
import { readSourceFiles, type SourceFile } from '../tidy/source-file.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = readSourceFiles(root, ['gateway', 'schedulers', 'ops'])
const byPath = new Map(files.map((file) => [file.path, file]))

/** Files of the service that hold an envelope in their hands, whatever its scheme. */
const holders = files.filter(({ path, text }) => isService(path) && /\benvelopeOf\(/.test(text))

function isService(path: string): boolean {
  return !/^ops\/(simulator|bench|cli|demo|drills)\//.test(path)
}

function reachedFrom(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const { target } of byPath.get(path)?.imports ?? [])
    if (target !== undefined) reachedFrom(target, seen)
  return seen
}

/** The module in which a step is written, found by the name of its function. */
function moduleOf(step: StepName): string {
  const table = byPath.get('ops/start/steps.ts')
  const found = table?.imports.find(
    ({ target }) =>
      target !== undefined && byPath.get(target)?.text.includes(`function ${steps[step].name}(`),
  )
  if (found?.target === undefined) throw new Error(`the step ${step} has no module`)
  return found.target
}

const stepNames: readonly StepName[] = Object.keys(steps).filter((name): name is StepName => name in steps)
const lightSteps = stepNames.filter((step) => !heavySteps.includes(step))
const holdersFrom = (path: string): string[] =>
  holders.map((file) => file.path).filter((holder) => reachedFrom(path).has(holder))

describe('sealing and opening, in every scheme', () => {
  it('happens in three places, where a file is composed and where an answer or a receipt is read', () =>
    expect(holders.map(({ path }) => path).sort()).toEqual([
      'gateway/dispatch/compose-bank-file.ts',
      'gateway/results/read-inbound.ts',
      'gateway/results/read-receipt.ts',
    ]))

  it('is a step for the threads: compose and read are heavy', () =>
    expect(heavySteps).toEqual(expect.arrayContaining(['compose', 'read'])))

  it.each(heavySteps.filter((step) => step === 'compose' || step === 'read'))('is reached by %s', (step) =>
    expect(holdersFrom(moduleOf(step))).not.toEqual([]),
  )

  it.each(lightSteps)('is out of reach of %s, which runs on the main loop', (step) =>
    expect(holdersFrom(moduleOf(step))).toEqual([]),
  )

  it('is out of reach of whatever answers a request', () => {
    const answering = files.filter(({ path }) => /^ops\/(api|console|metrics)\//.test(path))
    const offenders = answering.flatMap((file: SourceFile) =>
      holdersFrom(file.path).map((holder) => `${file.path} reaches ${holder}`),
    )
    expect(offenders).toEqual([])
  })

  it('has at least one thread, unless somebody says none', () =>
    expect(readConfig({}).stepThreads).toBeGreaterThanOrEqual(1))

  it('goes to the threads by the name of the step, before anybody looks at the agreement', () => {
    const work = byPath.get('ops/start/work.ts')?.text ?? ''
    expect(work).toMatch(/pool && heavySteps\.includes\(step\)\s*\? pool\.run\(step, subject\)/)
  })
})
