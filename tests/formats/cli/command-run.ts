/** Runs a desk command in this process and catches what it prints and how it ends. */
import { Command } from 'commander'
import { vi } from 'vitest'
import { fileCommand } from '../../../ops/cli/file-command.ts'
import { CommandEnd } from '../../../ops/cli/output.ts'
import { profileCommand } from '../../../ops/cli/profile-command.ts'

/** What a command said, and its exit code. */
export interface CommandRun {
  readonly code: number
  readonly stdout: string
  /** Messages, the last one included. */
  readonly stderr: string
}

/** Runs `huida` with arguments. */
export async function run(...args: readonly string[]): Promise<CommandRun> {
  const written = { stdout: '', stderr: '' }
  const catching = (into: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
    written[into] += text.toString()
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catching('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(catching('stderr')),
  ]
  try {
    const huida = new Command('huida').addCommand(fileCommand()).addCommand(profileCommand())
    await huida.parseAsync(args, { from: 'user' })
    return { code: 0, ...written }
  } catch (error) {
    if (error instanceof CommandEnd)
      return { code: error.code, stdout: written.stdout, stderr: written.stderr + error.message }
    throw error
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
