/** The command that runs simulated banks: what it takes and what it refuses before anything is started. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bankCommand } from '../../../ops/cli/bank-command.ts'

const folder = join(tmpdir(), `huida-never-made-${process.pid}`)

/** Runs the command with these words; messages are kept instead of shown, and it throws instead of ending. */
async function run(...words: string[]): Promise<string> {
  const command = bankCommand()
  const shown: string[] = []
  const show = (text: string): void => void shown.push(text)
  const keep = { writeOut: show, writeErr: show }
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput(keep)
  await command.parseAsync(words, { from: 'user' }).catch(() => undefined)
  return shown.join('')
}

describe('huida bank simulate', () => {
  it('shows examples before its options', async () => {
    expect(await run('simulate', '--help')).toMatch(/Examples:[\s\S]*Options:/)
  })

  it.each([
    [['--folder', folder], /--seed <n>' not specified/],
    [['--seed', '7'], /--folder <dir>' not specified/],
    [['--folder', folder, '--seed', '-1'], /whole number/],
    [['--folder', folder, '--seed', '7', '--fail-share', '1.5'], /between 0 and 1/],
    [['--folder', folder, '--seed', '7', '--sms-drop-share', 'NaN'], /between 0 and 1/],
    [['--folder', folder, '--seed', '7', '--token', 'x'], /unknown option/],
  ])('refuses %j and makes nothing', async (words, message) => {
    expect(await run('simulate', ...words)).toMatch(message)
    expect(existsSync(folder)).toBe(false)
  })
})
