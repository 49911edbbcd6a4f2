/** A copy of the project in which a guard may be taken away without anybody else noticing. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { z } from 'zod'

/** One test of a run and how it ended. */
export interface TestEnd {
  /** From the project's root. */
  readonly file: string
  /** The title behind those of the blocks around it. */
  readonly full: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled'
  /** First line of what it failed with. */
  readonly failure: string
}

/** A copy of the sources with the packages of the original. */
export interface ProjectCopy {
  read(path: string): string
  write(path: string, text: string): void
  /** Compiles into the copy's own dist; gives what the compiler says about `path`, unused names apart. */
  compile(path: string): Promise<string[]>
  /** Runs test files, only tests whose full title matches `title`; undefined when vitest came to no report. */
  runTests(files: readonly string[], title?: string): Promise<TestEnd[] | undefined>
  remove(): void
}

const leftOut = new Set(['.git', '.huida', 'build', 'coverage', 'dist', 'node_modules'])
const longestRunMs = 15 * 60_000

/** Copies the project at `root` into the folder for temporary files. */
export function copyProject(root: string): ProjectCopy {
  const folder = mkdtempSync(join(tmpdir(), 'huida-protections-'))
  for (const name of readdirSync(root).filter((entry) => !leftOut.has(entry)))
    cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return {
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    write: (path, text) => writeFileSync(join(folder, path), text),
    compile: (path) => compile(folder, path),
    runTests: (files, title) => runTests(folder, files, title),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function compile(folder: string, path: string): Promise<string[]> {
  const said = await run(folder, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
  await run(folder, ['ops/copy-assets.mjs'])
  // A guard that is gone may leave names that nobody uses; nothing else is allowed to be wrong.
  return said.split('\n').filter((line) => line.startsWith(`${path}(`) && !/error TS6\d{3}:/.test(line))
}

async function runTests(
  folder: string,
  files: readonly string[],
  title: string | undefined,
): Promise<TestEnd[] | undefined> {
  const report = join(folder, 'report.json')
  rmSync(report, { force: true })
  const only = title === undefined ? [] : ['-t', title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')]
  const words = ['node_modules/vitest/vitest.mjs', 'run', ...files, ...only]
  await run(folder, [...words, '--reporter=json', `--outputFile=${report}`])
  try {
    return readReport(readFileSync(report, 'utf8'), folder)
  } catch {
    return undefined
  }
}

/** Gives what was written to stdout, however the program ended. */
const run = (cwd: string, words: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [...words],
      { cwd, timeout: longestRunMs, killSignal: 'SIGKILL', maxBuffer: 64 << 20 },
      (_, out) => resolve(out),
    )
  })

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.enum(['passed', 'failed', 'skipped', 'pending', 'todo', 'disabled']),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})

/** The tests of a report that vitest wrote as JSON in `root`. Throws for anything else. */
export function readReport(json: string, root: string): TestEnd[] {
  const { testResults } = reportSchema.parse(JSON.parse(json))
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => ({
      file: relativeTo(root, name),
      full: [...ancestorTitles, title].filter((part) => part !== '').join(' '),
      status,
      failure: (failureMessages?.[0] ?? '').split('\n')[0] ?? '',
    })),
  )
}

/** A path below a root; the root may be reached by another way, such as a link. */
function relativeTo(root: string, path: string): string {
  const at = path.indexOf(`/${basename(root)}/`)
  return at < 0 ? path : path.slice(at + basename(root).length + 2)
}
