/** Statements made by another encoder are read entry by entry, whatever the size of the chunks. */
import { describe, expect, test } from 'vitest'
import {
  ownAccount,
  profileOf,
  readStatement,
  type StatementFixture,
  statementBytes,
  statementFixtures,
} from './statement-fixtures.ts'

const read = (path: StatementFixture, chunkBytes?: number) =>
  readStatement(profileOf(path).reader(ownAccount), statementBytes(path), chunkBytes)

describe.each(statementFixtures)('%s', (path) => {
  test('is accepted and is the same in chunks of 1, 7 and 65,536 bytes', () => {
    const whole = read(path)
    expect(whole.refusals).toEqual([])
    for (const chunkBytes of [1, 7]) expect(read(path, chunkBytes)).toEqual(whole)
  })

  test('has a name that its profile knows, with its day', () => {
    const name = path.split('/').at(-1) ?? ''
    expect(profileOf(path).matchName(name, ownAccount)?.businessDate).toMatch(/^202611\d\d$/)
    expect(profileOf(path).matchName(`${name}.part`, ownAccount)).toBeUndefined()
  })

  test('is refused as the statement of another account', () => {
    const { refusals } = readStatement(profileOf(path).reader('6222000000000000000'), statementBytes(path))
    if (path.startsWith('cib-530')) expect(refusals).toEqual([])
    else expect(new Set(refusals.map((each) => each.code))).toEqual(new Set(['NOT_THIS_FILE']))
  })
})

test('a name of another account is none of ours, where names carry the account', () => {
  const { matchName } = profileOf('mt940/plain/MT940_43050166360800000777_20261124.txt')
  expect(matchName('MT940_43050166360800000778_20261124.txt', ownAccount)).toBeUndefined()
  expect(matchName('MT940_43050166360800000778_20261124.txt')).toEqual({ businessDate: '20261124' })
  expect(matchName('MT940_43050166360800000777_20261324.txt')).toBeUndefined()
})

const returns = (path: StatementFixture) =>
  read(path)
    .rows.filter((entry) => entry.kind === 'return')
    .map(({ entryRef, amountFen, originalRef, counterAccount, reversal, reason }) => ({
      entryRef,
      amountFen,
      originalRef,
      counterAccount,
      reversal,
      reason: reason?.code,
    }))

test('CIB: the remark is the original core serial, the purpose the reason; a correction in red comes back', () => {
  const path = 'cib-530/week/CIB_STMT_43050166360800000777_20261124.txt'
  expect(returns(path)).toEqual([
    {
      entryRef: 'HX20261123000000000009-001',
      amountFen: 123456n,
      originalRef: 'HX20261120000000000001',
      counterAccount: '6217999990000000025',
      reversal: false,
      reason: 'NAME_MISMATCH',
    },
    {
      entryRef: 'HX20261124000000000012-001',
      amountFen: 10001n,
      originalRef: 'HX20261120000000000002',
      counterAccount: '6217999990000000033',
      reversal: true,
      reason: 'ACCOUNT_CLOSED',
    },
  ])
  expect(read(path).rows.map((entry) => entry.kind)).toEqual([
    'payment',
    'payment',
    'payment',
    'fee',
    'return',
    'payment',
    'lump-return',
    'return',
  ])
  expect(read(path).summary).toEqual({
    account: ownAccount,
    from: '20261120',
    to: '20261124',
    entryCount: 8,
    debitTotalFen: 249380n,
    creditTotalFen: 153457n,
    openingFen: 100000000n,
    closingFen: 99904077n,
  })
})

test('MT940: pages and statements follow each other, returns are told by type, by words and by RD', () => {
  const path = 'mt940/pages/MT940_43050166360800000777_20261123.txt'
  expect(returns(path)).toMatchObject([
    { entryRef: 'BK0004', amountFen: 123456n, originalRef: '00000000004200000002', reason: 'NAME_MISMATCH' },
    {
      entryRef: '20261120-232-1-2',
      amountFen: 50000n,
      originalRef: 'BK0001',
      reversal: true,
      reason: 'REVERSED',
    },
  ])
  expect(read(path).summary).toEqual({
    account: ownAccount,
    from: '20261119',
    to: '20261123',
    entryCount: 5,
    debitTotalFen: 173956n,
    creditTotalFen: 173456n,
    openingFen: 100000000n,
    closingFen: 99999500n,
  })
})

test('MT940: a statement without entries keeps its balance, overdrawn as it is', () => {
  const { rows, summary } = read('mt940/plain/MT940_43050166360800000777_20261124.txt')
  expect(rows).toEqual([])
  expect(summary).toMatchObject({ openingFen: -10n, closingFen: -10n, entryCount: 0 })
})

test('camt.053 and camt.054 say the same in both versions', () => {
  const [old, now, notice, newNotice] = statementFixtures
    .filter((path) => path.startsWith('camt'))
    .map((path) => read(path).rows)
  expect(now).toEqual(old)
  expect(newNotice).toEqual(notice)
  const withoutLines = (rows: typeof old) => rows?.map((entry) => ({ ...entry, lineNo: 0 }))
  expect(withoutLines(notice)).toEqual(withoutLines(old))
})

test('camt.053: a batch becomes its transactions, a return keeps code, text and original reference', () => {
  const path = 'camt053/version-08/CAMT053_43050166360800000777_20261123.xml'
  expect(
    read(path).rows.map((entry) => [entry.entryRef, entry.kind, entry.amountFen, entry.originalRef]),
  ).toEqual([
    ['BK9001-1', 'payment', 50000n, '00000000004200000001'],
    ['BK9001-2', 'payment', 123456n, '00000000004200000002'],
    ['BK9001-3', 'payment', 10001n, '00000000004200000003'],
    ['BK9002', 'fee', 456n, undefined],
    ['BK9003', 'return', 123456n, '00000000004200000002'],
  ])
  expect(read(path).rows.at(-1)?.reason).toEqual({
    code: 'NAME_MISMATCH',
    class: 'C',
    bankCode: 'BE01',
    bankText: '账号户名不符',
  })
  expect(read(path).rows.at(-1)?.counterAccount).toBe('6217999990000000025')
})

test('2203: a refund notice is a return, each detail one of its own, negative amounts or not', () => {
  expect(returns('treasury-2203/one-payee/TK2203_20261123_001.xml')).toMatchObject([
    { entryRef: 'A0000017', amountFen: 123456n, originalRef: '000009', reason: 'NAME_MISMATCH' },
  ])
  expect(returns('treasury-2203/two-payees/TK2203_20261124_001.xml')).toMatchObject([
    { entryRef: 'A0000018-1', amountFen: 50000n, reason: 'ACCOUNT_CLOSED' },
    { entryRef: 'A0000018-2', amountFen: 10001n, reason: 'DECEASED' },
  ])
})
