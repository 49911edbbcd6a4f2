/**
 * `npm run protections`: takes every guard of tests/faults/protections away, one at a time in a copy of the project, and
 * expects its test to fail. A guard whose absence nobody notices is a fault of the tests. `-- --only F27` tries some.
 */
import { fileURLToPath } from 'node:url'
import { keepTrial, protectionReport } from './kept-trials.ts'
import { loadProtections } from './load-protections.ts'
import { copyProject, type ProjectCopy, type TestEnd } from './project-copy.ts'
import type { Protection } from './protection.ts'

/** What became of one protection; everything but `noticed` is a finding. */
export interface Trial {
  readonly protection: Protection
  readonly outcome: 'noticed' | 'unnoticed' | 'not-once' | 'does-not-compile' | 'did-not-run' | 'fails-anyway'
  readonly detail: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Tries the protections whose fault or promise the words after `--only` name, else all. 0 when every guard was missed. */
export async function main(words: readonly string[]): Promise<number> {
  const all = await loadProtections()
  const wanted = words[0] === '--only' ? words.slice(1) : []
  const chosen = all.filter(
    ({ fault, promise }) =>
      wanted.length === 0 || wanted.some((one) => fault === one || promise.includes(one)),
  )
  if (chosen.length === 0) {
    say(`no protection of ${wanted.join(' ')}`)
    return 2
  }
  const trials = await tryAll(chosen, all)
  const missed = trials.filter(({ outcome }) => outcome !== 'noticed')
  say(
    `${trials.length - missed.length} of ${trials.length} guards: their tests failed when they were taken away`,
  )
  return missed.length === 0 ? 0 : 1
}

async function tryAll(chosen: readonly Protection[], all: readonly Protection[]): Promise<Trial[]> {
  const copies = [copyProject(root), copyProject(root)]
  try {
    const before = await runBefore(copies, chosen)
    const waiting = [...chosen.entries()]
    const trials: Trial[] = []
    const work = async (copy: ProjectCopy): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const trial = await tryOne(copy, next[1], before)
        trials[next[0]] = trial
        keepTrial(`${root}${protectionReport}`, all, next[1], trial.outcome)
        const { fault, promise } = trial.protection
        say(
          `${trial.outcome === 'noticed' ? 'ok  ' : 'FAIL'} ${fault} ${trial.outcome}: ${promise} ${trial.detail}`,
        )
      }
    }
    await Promise.all(copies.map(work))
    return trials
  } finally {
    for (const copy of copies) copy.remove()
  }
}

/** The tests with every guard in its place: one that fails then proves nothing. */
async function runBefore(
  copies: readonly ProjectCopy[],
  chosen: readonly Protection[],
): Promise<readonly TestEnd[]> {
  const files = [...new Set(chosen.map(({ test }) => test))]
  say(`${files.length} test files with every guard in place ...`)
  await Promise.all(copies.map((copy) => copy.compile('')))
  return (await copies[0]?.runTests(files)) ?? []
}

async function tryOne(copy: ProjectCopy, protection: Protection, before: readonly TestEnd[]): Promise<Trial> {
  const { file, take, put, test, title } = protection
  const named = (end: TestEnd): boolean => end.file === test && end.full.includes(title)
  const whole = before.filter(named)
  if (whole.length === 0)
    return { protection, outcome: 'did-not-run', detail: `no test of ${test} is called ${title}` }
  const failing = whole.find(({ status }) => status === 'failed')
  if (failing) return { protection, outcome: 'fails-anyway', detail: failing.failure }
  const text = copy.read(file)
  if (text.split(take).length !== 2)
    return { protection, outcome: 'not-once', detail: `${text.split(take).length - 1} times in ${file}` }
  copy.write(
    file,
    text.replace(take, () => put),
  )
  try {
    return await judge(copy, protection, named)
  } finally {
    copy.write(file, text)
  }
}

async function judge(
  copy: ProjectCopy,
  protection: Protection,
  named: (end: TestEnd) => boolean,
): Promise<Trial> {
  const wrong = await copy.compile(protection.file)
  if (wrong[0] !== undefined) return { protection, outcome: 'does-not-compile', detail: wrong[0] }
  const ends = await copy.runTests([protection.test], protection.title)
  const ran = ends?.filter(named).filter(({ status }) => status === 'passed' || status === 'failed') ?? []
  if (ran.length === 0)
    return { protection, outcome: 'did-not-run', detail: 'the suite did not load or set up' }
  const failed = ran.find(({ status }) => status === 'failed')
  return failed
    ? { protection, outcome: 'noticed', detail: '' }
    : { protection, outcome: 'unnoticed', detail: `${protection.test} passes without it` }
}
