/** Exit codes of the program: 0 done, 1 fault, 2 usage, 3 refused, 4 in doubt; and every command explains itself. */
import { describe, expect, test } from 'vitest'
import { exitOf } from '../../../ops/cli/api-problem-text.ts'
import { batchCommand } from '../../../ops/cli/batch-command.ts'
import { clientCommand } from '../../../ops/cli/client-command.ts'
import { runHuida } from './command-run.ts'

const away = { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x', HUIDA_URL: 'http://127.0.0.1:1' }

describe('exit codes', () => {
  test.each([
    [['--version'], 0],
    [['--help'], 0],
    [['help', 'where'], 0],
    [['no-such-command'], 2],
    [['where'], 2],
    [['where', 'A', 'B'], 2],
    [['where', 'A', '--no-such-option'], 2],
    [['reconcile', '--batch'], 2],
    [['exceptions', '--limit', '0'], 2],
    [['client', 'add'], 2],
    [['client', 'add', 'Not A Name'], 2],
    [['batch', 'submit'], 2],
    [['batch', 'watch', 'X', '--every', '0'], 2],
    [['batch', 'submit', '--header', 'h', '--in', 'i', '--part-bytes', '-1'], 2],
    [['where', 'A'], 1],
    [['reconcile'], 1],
    [['exceptions'], 1],
    [['client', 'list'], 1],
  ])('huida %j ends with %i', async (words, code) => {
    const run = await runHuida(words, away)
    expect({ code: run.code, said: run.stdout + run.stderr !== '' }).toEqual({ code, said: true })
    if (code > 0) expect(run.stdout).toBe('')
  })

  test.each([
    [400, 'REQUEST_INVALID', 3],
    [401, 'UNAUTHENTICATED', 1],
    [404, 'BATCH_NOT_FOUND', 3],
    [409, 'BATCH_SEALED', 3],
    [422, 'BATCH_REFUSED', 3],
    [429, 'TOO_MANY_UPLOADS', 1],
    [500, 'COMMIT_UNKNOWN', 4],
    [500, 'INTERNAL', 1],
    [503, 'DATABASE_BUSY', 1],
  ])('an answer %i %s ends with %i', (status, code, end) => {
    expect(exitOf({ status, code, title: '', title_zh: '', detail: '', traceId: '', errors: [] })).toBe(end)
  })
})

test('no command takes a secret on its command line', () => {
  const commands = [batchCommand(), clientCommand()].flatMap((command) => [command, ...command.commands])
  const flags = commands.flatMap((command) => command.options.map(({ long }) => long))
  expect(flags.filter((flag) => /token(?!-file)|password|secret|key(?!-file)/.test(flag ?? ''))).toEqual([])
})
