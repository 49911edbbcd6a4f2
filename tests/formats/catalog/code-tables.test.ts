/** The shared code tables say what bank-formats §6 and §7.1 say: what pays, what failed, and what is not known yet. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../formats/bank-file.ts'
import type { BankCode } from '../../../formats/profile/compiled-profile.ts'
import { parseProfile } from '../../../formats/profile/load-catalog.ts'
import { readWhole } from '../fixture-files.ts'

const folder = new URL('../../../formats/catalog/codes/', import.meta.url)

const tables = readdirSync(folder)
  .sort()
  .map((name) => name.replace(/\.yaml$/u, ''))

const profileOf = (table: string): string => `
id: one-table
version: 1
title: 代码表
source: made for this test
fidelity: invented
charset: utf8
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 10, maxAmountFen: 100 }
request:
  name: 'P_{date}_{sequence}.txt'
  row: [{ item: serial }, { item: account }, { item: name }, { item: amount }]
result:
  style: full-list
  name: 'R_{date}_{sequence}.txt'
  appended: [{ item: code }, { item: text }]
  codeTables: [${table}]
  codes: { a code of this test: PAID }
`

function codesOf(table: string): readonly BankCode[] {
  const parsed = parseProfile(profileOf(table), 'one-table.yaml')
  if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.problems))
  return parsed.profile.codes.filter((each) => each.code !== 'a code of this test')
}

const thatAre = (codes: readonly BankCode[], ...outcomes: readonly Outcome[]): readonly string[] =>
  codes.flatMap((each) => (outcomes.includes(each.outcome) ? [each.code] : [])).sort()

/** Codes that pay, and codes after which the bank has to be asked again, as the banks' documents have them. */
const known: Readonly<Record<string, { pays: string; waits: string }>> = {
  biscor: { pays: '', waits: '' },
  boc: { pays: 'B001', waits: 'B002 B054 B059' },
  cib: {
    pays: '23 PAYOUT',
    waits:
      '-1 3885 60 90 AUDITED AUDITING PART_PAYOUT PENDING PROCESSING SEND_BACK SUBMIT_SUCC WAIT_FOR_AUDIT',
  },
  citic: { pays: 'AAAAAAA', waits: 'AAAAAAB AAAAAAF BBBBBBB CCCCCCC UNKNOWN' },
  cmb: { pays: 'S', waits: 'A I U' },
  fsbr: { pays: 'FSBR0000', waits: 'FSBR6051 FSBR9998 FSBR9999' },
  gzelink: { pays: '0000', waits: '2000 2001 2003 2005 2007 3028 3051 3058 3999' },
  icbc: { pays: '7', waits: '0 1 10 2 20 3 4 5 86 9 95 98' },
  'iso-reasons': { pays: 'ACCC ACSC', waits: 'ACCP ACSP ACTC ACWC ACWP PART PDNG RCVD' },
  nn1ia: { pays: '', waits: '' },
  ums: { pays: '1', waits: '2 3' },
  unionpay: { pays: '00', waits: '03 04 05 06 12 42 74 75 83 99' },
}

describe.each(tables)('%s', (table) => {
  test('pays by the codes of final success alone, and holds nothing for failed that is not known', () => {
    const codes = codesOf(table)
    const expected = known[table]
    expect(expected, `${table} is not listed here`).toBeDefined()
    expect(thatAre(codes, 'paid').join(' ')).toBe(expected?.pays)
    expect(thatAre(codes, 'open', 'unknown').join(' ')).toBe(expected?.waits)
  })

  test('names the document that it follows', () => {
    expect(readFileSync(new URL(`${table}.yaml`, folder), 'utf8')).toMatch(/^source: bank-formats §/mu)
  })
})

test.each([
  ['gzelink', '3031', 'NAME_MISMATCH'],
  ['cib', '49', 'NAME_MISMATCH'],
  ['fsbr', 'FSBR1210', 'DORMANT'],
  ['nn1ia', 'NN1IA102', 'NAME_MISMATCH'],
  ['biscor', 'BISCOR0006', 'STOP_PAYMENT'],
  ['cmb', 'B', 'RETURNED_LATE'],
  ['cmb', 'U', 'NOT_CREDITED_YET'],
  ['icbc', '8', 'CANCELLED'],
  ['unionpay', '61', 'ACCOUNT_NOT_FOUND'],
])('%s: %s is %s', (table, code, reason) => {
  expect(codesOf(table).find((each) => each.code === code)?.reason).toBe(reason)
})

test.each([
  ['ACSC', '', 'paid PAID'],
  ['RJCT', 'AC03', 'failed ACCOUNT_NOT_FOUND'],
  ['RJCT', 'BE01', 'failed NAME_MISMATCH'],
  ['RJCT', 'MD07', 'failed DECEASED'],
  ['RJCT', 'ZZ99', 'failed OTHER_SEE_TEXT'],
  ['RJCT', 'AM05', 'unknown DUPLICATE'],
  ['RJCT', 'AB06', 'unknown OUTCOME_UNKNOWN'],
  ['ACSP', 'AC03', 'open OUTCOME_UNKNOWN'],
  ['ACXX', 'AC03', 'unknown UNMAPPED'],
])('iso-reasons: %s with reason %s is %s', (code, reasonCode, said) => {
  const withReasons = profileOf('iso-reasons').replace(
    '{ item: text }',
    '{ item: reasonCode }, { item: text }',
  )
  const parsed = parseProfile(withReasons, 'one-table.yaml')
  if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.problems))
  const { rows } = readWhole(
    parsed.profile.resultReader(),
    Buffer.from(`00000001|6217999990000000017|张三|1|${code}|${reasonCode}|\n`),
  )
  expect(rows.map((row) => `${row.outcome} ${row.reason.code}`)).toEqual([said])
})
