/** Code tables that several profiles share: an operator's own before the shipped ones, a profile's codes over all. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BankCode } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog, parseProfile } from '../../../formats/profile/load-catalog.ts'
import { bankText } from './made-up-bank.ts'

const style = '\n  style: full-list\n  appended: [{ item: code }]\n  codeTables: '

function folderWith(tables: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'huida-tables-'))
  mkdirSync(join(folder, 'codes'))
  for (const [name, text] of Object.entries(tables))
    writeFileSync(join(folder, 'codes', `${name}.yaml`), text)
  return folder
}

const table = (id: string, codes: string): string => `id: ${id}\nsource: made for this test\ncodes:\n${codes}`

const folder = folderWith({
  ours: `${table('ours', '  "00": PAID\n  "10": DORMANT\n  "11": CARD_LOST\n')}reasonCodes: { E1: DECEASED }\n`,
  theirs: `${table('theirs', '  "11": ACCOUNT_CLOSED\n  "12": ACCOUNT_CLOSED\n')}reasonCodes: { E1: OTHER_SEE_TEXT, E2: ID_MISMATCH }\n`,
  gzelink: table('gzelink', '  "3031": ACCOUNT_CLOSED\n'),
  wrong: table('other', '  "00": PAYED\n  "01": { reason: OUTCOME_UNKNOWN, outcome: paid }\n'),
  broken: 'id: broken\ncolour: red\n',
})

const parse = (tables: string, codes: string, at: string | undefined = folder) =>
  parseProfile(bankText({ result: `${style}${tables}`, codes }), 'made-up.yaml', at)

function codesOf(tables: string, codes: string): Readonly<Record<string, string>> {
  const parsed = parse(tables, codes)
  if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.problems))
  return Object.fromEntries(parsed.profile.codes.map(({ code, reason }: BankCode) => [code, reason]))
}

test('a profile with no code of its own takes a table whole', () => {
  expect(codesOf('[ours]', '{}')).toEqual({ '00': 'PAID', '10': 'DORMANT', '11': 'CARD_LOST' })
})

test('own codes win over tables, and an earlier table over a later one', () => {
  expect(codesOf('[ours, theirs]', '{ "10": NAME_MISMATCH }')).toEqual({
    '00': 'PAID',
    '10': 'NAME_MISMATCH',
    '11': 'CARD_LOST',
    '12': 'ACCOUNT_CLOSED',
  })
})

test('second codes are merged in the same way', () => {
  const parsed = parse('[ours, theirs]', '{}')
  expect(parsed.kind === 'ok' && parsed.spec.result.reasonCodes).toEqual({
    E1: 'DECEASED',
    E2: 'ID_MISMATCH',
  })
})

test("an operator's table stands before the shipped one of the same name", () => {
  expect(codesOf('[gzelink]', '{ "00": PAID }')).toEqual({ '00': 'PAID', '3031': 'ACCOUNT_CLOSED' })
})

test('without an operator the shipped tables are there', () => {
  const codes = loadCatalog().get('ccb-batch')?.codes ?? []
  expect(codes).toHaveLength(44)
  expect(codes).toContainEqual({ code: '3999', reason: 'OUTCOME_UNKNOWN', outcome: 'unknown', byText: false })
})

test('codes of rural-fixed lie over the shared table', () => {
  const codes = loadCatalog().get('rural-fixed')?.codes ?? []
  expect(codes).toHaveLength(46)
  expect(codes.find(({ code }) => code === '1031')?.reason).toBe('NAME_MISMATCH')
})

describe('refuses', () => {
  const complaints = (tables: string, codes = '{ "00": PAID }'): readonly string[] => {
    const parsed = parse(tables, codes)
    return parsed.kind === 'ok'
      ? []
      : parsed.problems.map((each) => `${each.file ?? 'made-up.yaml'}:${each.line} ${each.messageEn}`)
  }

  test('a table that is not there, with the list of those that are', () => {
    const [first = ''] = complaints('[nowhere]')
    expect(first).toMatch(/^made-up\.yaml:\d+ there is no code table nowhere; there are: /)
    expect(first).toMatch(/gzelink.*ours.*theirs/)
  })

  test('what is wrong inside a table, at the line of the table', () => {
    const all = complaints('[wrong]')
    expect(all[0]).toMatch(/^codes\/wrong\.yaml:1 the file must be called other\.yaml/)
    expect(all[1]).toMatch(/^codes\/wrong\.yaml:4 there is no reason PAYED/)
    expect(all[2]).toMatch(/^codes\/wrong\.yaml:5 this reason cannot become paid/)
  })

  test('a table of another shape', () => {
    expect(complaints('[broken]').join()).toContain('codes/broken.yaml:')
  })

  test('a name that is a path', () => {
    expect(complaints("['../secret']").join()).toContain('made-up.yaml:')
  })

  test('tables in which nothing means success', () => {
    expect(complaints('[theirs]', '{}').join()).toContain('no code means PAID')
  })
})
