/** Runs one command in this process as the `huida` program would, and keeps what it wrote and how it ended. */
import { type Command, CommanderError } from 'commander'
import { expect } from 'vitest'
import { isFault } from '../../../gateway/faults.ts'
import { CommandEnd, exit } from '../../../ops/cli/output.ts'

/** What a command did. */
export interface CommandRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Environment of a run; `undefined` takes a variable away. */
export type RunEnvironment = Readonly<Record<string, string | undefined>>

/** Builds a command and runs it with these words; nothing of it reaches the terminal of the tests. */
export async function runCommand(
  build: () => Command,
  words: readonly string[],
  environment: RunEnvironment = {},
): Promise<CommandRun> {
  const command = build()
  for (const each of everyCommand(command)) each.exitOverride()
  const restore = changeEnvironment(environment)
  const caught = catchOutput()
  try {
    await command.parseAsync(words, { from: 'user' })
    return { code: exit.done, ...caught.release('') }
  } catch (error) {
    const { code, message } = endOf(error)
    return { code, ...caught.release(message) }
  } finally {
    caught.release('')
    restore()
  }
}

/** The help of a command, as a golden text beside the tests. */
export async function expectHelp(build: () => Command, words: readonly string[], name: string): Promise<void> {
  const { code, stdout } = await runCommand(build, [...words, '--help'])
  expect(code).toBe(exit.done)
  expect(stdout.trimStart()).toMatch(/^Examples:/)
  await expect(stdout).toMatchFileSnapshot(`help/${name}.txt`)
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

function endOf(error: unknown): { code: number; message: string } {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? exit.done : exit.usage, message: '' }
  if (error instanceof CommandEnd) return { code: error.code, message: error.message }
  if (isFault(error)) return { code: exit.fault, message: `${error.code}: ${error.entry.zh} / ${error.message}` }
  throw error
}

function changeEnvironment(environment: RunEnvironment): () => void {
  const before = { ...process.env }
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  return () => {
    process.env = before
  }
}

function catchOutput(): { release(message: string): { stdout: string; stderr: string } } {
  const caught = { stdout: '', stderr: '' }
  const writers = { stdout: process.stdout.write, stderr: process.stderr.write }
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (text: string | Uint8Array) => {
      caught[stream] += String(text)
      return true
    }
  }
  return {
    release(message) {
      process.stdout.write = writers.stdout
      process.stderr.write = writers.stderr
      return { ...caught, stderr: caught.stderr + (message === '' ? '' : `${message}\n`) }
    },
  }
}
