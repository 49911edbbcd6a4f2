/**
 * The table of tampered messages in crypto/tamper-cases.md is made of the very cases that the tests run, so it cannot go
 * stale. After a case was added: `npx vitest run tests/crypto/tamper-table.test.ts -u`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { expect, it } from 'vitest'
import { envelopeSentences } from '../../crypto/envelope-sentences.ts'

interface TamperCase {
  readonly title: string
  readonly code: string
}

const families = ['cms', 'gm', 'pgp'] as const
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Rows of the form `['title', make, 'CODE']`, in the order in which they stand. */
function casesIn(path: string): TamperCase[] {
  const found: TamperCase[] = []
  visit(parseSync(path, readFileSync(path, 'utf8')).program, (elements) => {
    const [title, , code] = elements.map(textOf)
    if (title !== undefined && code !== undefined && Object.hasOwn(envelopeSentences, code))
      found.push({ title, code })
  })
  return found
}

function visit(node: unknown, see: (elements: readonly unknown[]) => void): void {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node && node.type === 'ArrayExpression' && 'elements' in node && Array.isArray(node.elements))
    see(node.elements)
  for (const child of Object.values(node)) visit(child, see)
}

function textOf(node: unknown): string | undefined {
  const isLiteral = typeof node === 'object' && node !== null && 'type' in node && node.type === 'Literal'
  return isLiteral && 'value' in node && typeof node.value === 'string' ? node.value : undefined
}

const casesOf = (family: string): TamperCase[] =>
  readdirSync(here(`./${family}`))
    .filter((name) => /^tamper.*\.test\.ts$/.test(name))
    .sort()
    .flatMap((name) => casesIn(here(`./${family}/${name}`)))

const row = ({ title, code }: TamperCase): string => `| ${title.replaceAll('|', '\\|')} | \`${code}\` |`

function table(): string {
  const sections = families.flatMap((family) => [
    `## ${family}`,
    '',
    '| what is wrong | refused as |',
    '|---|---|',
    ...casesOf(family).map(row),
    '',
  ])
  const codes = Object.entries(envelopeSentences).map(
    ([code, { zh, en }]) => `| \`${code}\` | ${zh} | ${en} |`,
  )
  const head = [
    '# Tampered messages and how they are refused',
    '',
    'Written by `tests/crypto/tamper-table.test.ts` from the cases that the tests run; do not edit it by hand.',
    '',
  ]
  const reasons = ['## Reasons', '', '| code | 中文 | English |', '|---|---|---|', ...codes, '']
  return [...head, ...sections, ...reasons].join('\n')
}

it('every tampered message of the tests stands in the table with its reason', async () => {
  await expect(table()).toMatchFileSnapshot(here('../../crypto/tamper-cases.md'))
})

it('there are at least forty of them, and a dozen in each family', () => {
  const counts = families.map((family) => casesOf(family).length)
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(12)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(40)
})
