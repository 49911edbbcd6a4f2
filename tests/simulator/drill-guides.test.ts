/** The guides to drills hold the table as the catalogue makes it, and the command prints it. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { markdownTable } from '../../ops/cli/bank-faults.ts'
import { misdeedNames } from '../../ops/simulator/misdeeds/misdeed-catalog.ts'
import { runHuida } from '../ops/cli/command-run.ts'

test.each([
  ['ops/guides/bank-drills.md', 'en'],
  ['ops/guides/bank-drills.zh-CN.md', 'zh'],
] as const)('%s holds every behaviour', (path, language) => {
  const table = [...markdownTable(misdeedNames, language)].join('\n')
  expect(readFileSync(path, 'utf8').endsWith(`\n${table}\n`)).toBe(true)
})

test('the command lists them in both languages, or those of one fault', async () => {
  const all = await runHuida(['bank', 'faults'])
  for (const name of misdeedNames) expect(all.stdout).toContain(`${name} `)
  const some = await runHuida(['bank', 'faults', '--fault', 'F42', '--json'])
  expect(JSON.parse(some.stdout)).toMatchObject([{ name: 'other-host-key', faults: ['F42'] }])
})

test('a script is checked, and an unknown name is refused with the list', async () => {
  const good = await runHuida(['bank', 'faults', '--check', 'ccb return-late every=3 days=3'])
  expect(JSON.parse(good.stdout)).toEqual({ do: 'return-late', bank: 'ccb', every: 3, days: 3 })
  const bad = await runHuida(['bank', 'faults', '--check', 'ccb make-tea'])
  expect(bad.code).toBe(3)
  expect(bad.stderr).toMatch(/no behaviour make-tea; there are: /)
})
