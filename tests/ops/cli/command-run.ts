/** Runs the `huida` program in this process with some words and an environment; keeps what it wrote and how it ended. */
import { expect } from 'vitest'
import { runCli } from '../../../ops/cli/main.ts'
import { exit } from '../../../ops/cli/output.ts'

/** What a command did. */
export interface CommandRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Environment of a run; `undefined` takes a variable away. */
export type RunEnvironment = Readonly<Record<string, string | undefined>>

/** Runs one command line; nothing of it reaches the terminal of the tests. */
export async function runHuida(
  words: readonly string[],
  environment: RunEnvironment = {},
): Promise<CommandRun> {
  const restore = changeEnvironment(environment)
  const caught = catchOutput()
  try {
    const code = await runCli(words)
    return { code, stdout: caught.stdout, stderr: caught.stderr }
  } finally {
    caught.release()
    restore()
  }
}

/** The help of a command begins with examples and is the golden text beside the tests. */
export async function expectHelp(...words: string[]): Promise<void> {
  const { code, stdout } = await runHuida([...words, '--help'])
  expect(code).toBe(exit.done)
  expect(stdout.trimStart()).toMatch(/^Examples:\n {2}\$ /)
  await expect(stdout).toMatchFileSnapshot(`help/${words.join('-')}.txt`)
}

function changeEnvironment(environment: RunEnvironment): () => void {
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const)
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  for (const [name, value] of Object.entries(environment)) set(name, value)
  return () => {
    for (const [name, value] of before) set(name, value)
  }
}

function catchOutput(): { stdout: string; stderr: string; release(): void } {
  const writers = { stdout: process.stdout.write, stderr: process.stderr.write }
  const caught = {
    stdout: '',
    stderr: '',
    release() {
      process.stdout.write = writers.stdout
      process.stderr.write = writers.stderr
    },
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (text: string | Uint8Array) => {
      caught[stream] += String(text)
      return true
    }
  }
  return caught
}
