/** The examples that the README points to hold: a newcomer who copies one must not start with a refusal. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parseProfile } from '../../formats/profile/load-catalog.ts'
import { loadAgreements, loadProgrammes } from '../../gateway/banks/load-agreements.ts'
import { bankBook } from '../../gateway/banks/open-bank-book.ts'
import { checkHeader } from '../../gateway/intake/batch-header.ts'
import { checkShape } from '../../gateway/intake/instruction-line.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../ops/examples/${path}`, import.meta.url))
const read = (path: string): string => readFileSync(pathOf(path), 'utf8')

it('the profile holds', () => {
  const path = 'profiles/hz-rcb.yaml'
  expect(parseProfile(read(path), path)).toMatchObject({ kind: 'ok' })
})

it('the agreement holds and names the profile', () =>
  expect(loadAgreements(pathOf('agreements'))).toMatchObject([{ bank: 'hz-rcb', profile: 'hz-rcb' }]))

it('the programme policies hold, and the farmland one is for farmland', () => {
  const { programme } = bankBook([], loadProgrammes(pathOf('programmes.yaml')))
  expect(programme('FARMLAND-2026')?.name).toBe('耕地地力保护补贴')
  expect(programme('LUNCH-2026')?.code).toBe('*')
})

it('the header declares exactly the instructions beside it', () => {
  const checked = checkHeader(JSON.parse(read('header.json')))
  const lines = read('instructions.ndjson')
    .trim()
    .split('\n')
    .map((line) => checkShape(JSON.parse(line)))
  const amounts = lines.map((line) => (line.kind === 'line' ? line.line.amountFen : Number.NaN))
  expect(checked).toMatchObject({
    kind: 'header',
    header: { declared: { count: lines.length, amountFen: amounts.reduce((sum, fen) => sum + fen, 0) } },
  })
})
