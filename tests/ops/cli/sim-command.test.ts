/** `huida sim` on the command line: its help, its sums, its words for a mistake. The runs themselves: tests/drills. */
import { expect, test } from 'vitest'
import { expectHelp, runHuida } from './command-run.ts'

test('begins its help with examples and names every kind of fault', () => expectHelp('sim'))

test('runs a seed without faults and prints its sums and its digest', async () => {
  const run = await runHuida(['sim', '--seed', '5', '--faults', 'none', '--steps', '200', '--json'])
  expect(run.code).toBe(0)
  const sums: unknown = JSON.parse(run.stdout)
  expect(sums).toMatchObject({ seed: 5, runs: 1, faults: {}, failed: [] })
  expect(sums).toHaveProperty('digest')
})

test('does not know a kind of fault that there is none of', async () => {
  expect((await runHuida(['sim', '--faults', 'gremlins'])).code).toBe(2)
})
