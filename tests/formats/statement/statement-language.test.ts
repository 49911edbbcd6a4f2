/** Profiles of statements that do not hold are refused by line, in both languages. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseStatement } from '../../../formats/statement/load-statements.ts'

const cib = readFileSync(new URL('../../../formats/catalog/statements/cib-530.yaml', import.meta.url), 'utf8')

const problemsOf = (text: string, name = 'cib-530.yaml') => {
  const parsed = parseStatement(text, name)
  return parsed.kind === 'ok'
    ? []
    : parsed.problems.map(({ path, line, messageZh, messageEn }) => ({
        path,
        text: text.split('\n')[line - 1]?.trim(),
        messageZh,
        messageEn,
      }))
}

test('the shipped profile holds, and its columns and newline make 530 bytes', () => {
  expect(problemsOf(cib)).toEqual([])
  const widths = [...cib.matchAll(/bytes: (\d+)/gu)].map((match) => Number.parseInt(match[1] ?? '', 10))
  expect(widths.reduce((sum, width) => sum + width, 1)).toBe(530)
})

test.each([
  ['layout: fixed', 'layout: swift', 'layout'],
  ['item: balance', 'item: saldo', 'columns.13.item'],
  ['values: { D: debit, C: credit }', 'values: { D: debit }', 'columns.17'],
  ['{ item: date, bytes: 8', '{ item: date, bytes: 7', 'columns.3'],
  ['words: 手续费|工本费|邮电费', "words: '(手续费'", 'entries.5.words'],
  ['_{date}.txt', '.txt', 'name'],
  ['{account}_', '{region}_', 'name'],
  ['reason: [purpose, remark]', 'reason: [purpose, remark]\nreasonCodes: { A1: NO_SUCH }', 'reasonCodes.A1'],
  ['codes: [THT] ', 'reversal: maybe ', 'entries.2.reversal'],
])('%s written as %s is told at its place', (from, to, path) => {
  expect(cib).toContain(from)
  const problems = problemsOf(cib.replace(from, to))
  expect(problems.map((problem) => problem.path)).toContain(path)
  for (const { messageZh, messageEn } of problems) {
    expect(messageZh).toMatch(/[\u4e00-\u9fff]/u)
    expect(messageEn).toMatch(/[a-z]/u)
  }
})

test('a rule that would take every credit for a return is refused, and so is a file of another name', () => {
  expect(problemsOf(cib.replace(', codes: [THT] }', ' }')).map((problem) => problem.path)).toContain(
    'entries.2',
  )
  expect(problemsOf(cib, 'cib.yaml').map((problem) => problem.path)).toEqual(['id'])
})
