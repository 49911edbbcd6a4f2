/** Answers that are the request again with some bytes written over. */
import { describe, expect, test } from 'vitest'
import { composed, fixtureLines, readWhole } from '../fixture-files.ts'
import type { BankParts } from '../profile/made-up-bank.ts'
import { answered, bank, headerOf, problemsOf, told } from '../profile/made-up-bank.ts'

const parts: BankParts = {
  layout: 'layout: fixed',
  top: 'settings: { org: "00201" }',
  request: `
  row:
    - { item: setting, setting: org, bytes: 6 }
    - { item: serial, bytes: 8 }
    - { item: account, bytes: 22 }
    - { item: name, bytes: 20 }
    - { item: amount, bytes: 12, pad: ' ', side: left }
    - { item: any, bytes: 4, value: 'X1', title: 备用 }
    - { item: literal, bytes: 3, title: 回盘标志 }
    - { item: literal, bytes: 3, value: ' - ', title: 结尾 }
  trailer:
    - { item: literal, bytes: 6, value: 合计 }
    - { item: count, bytes: 6, pad: ' ', side: right }
    - { item: total, bytes: 12, pad: ' ', side: right }`,
  result: `
  style: overlay
  overlay: [{ over: 回盘标志, with: { item: code, bytes: 3 } }]`,
  codes: '{ "001": PAID, "002": OTHER_SEE_TEXT }',
}
const profile = bank(parts)
const header = headerOf(profile, 3)
const answer = answered(profile, ['001', '002', '001'])

const changed = (from: string, to: string): Buffer =>
  Buffer.from(answer.toString('latin1').replace(from, to), 'latin1')

test('only the bytes that are written over differ from the request', () => {
  const request = composed(profile, fixtureLines(3))
  expect(answer).toHaveLength(request.length)
  const differing = [...request].flatMap((byte, index) => (answer[index] === byte ? [] : [index % 79]))
  expect(new Set(differing)).toEqual(new Set([72, 73, 74]))
})

test('every row is told by its own columns', () => {
  const { rows, refusals } = readWhole(profile.resultReader(header), answer, 11)
  expect(refusals).toEqual([])
  expect(rows.map(({ serial, name, outcome }) => [serial, name, outcome])).toEqual([
    ['00000001', '张三', 'paid'],
    ['00000002', '李珅', 'failed'],
    ['00000003', '王䶮', 'paid'],
  ])
})

describe('refuses', () => {
  test.each([
    ['a setting that changed', changed('00201', '00202'), ['LAYOUT 协议参数']],
    ["a byte of the bank's own that changed", changed('X1', 'X2'), ['LAYOUT 备用']],
    ['a literal that changed', changed(' - ', ' + '), ['LAYOUT 结尾']],
    ['an amount that changed', changed('50000', '50001'), ['TOTAL total', 'NOT_THIS_FILE total']],
    ['the request itself', composed(profile, fixtureLines(3)), []],
  ])('%s', (_what, content, expected) => {
    const read = told(profile, content, { request: header })
    expect(read.refusals).toEqual(expected)
    expect(read.rows.filter((row) => row.includes('paid'))).toHaveLength(
      expected.length > 0 ? 2 - (expected[0]?.startsWith('LAYOUT') ? 1 : 0) : 0,
    )
  })

  test('an answer that lacks a row, though its end was made to agree', () => {
    const shorter = answered(profile, ['001', '002'])
    expect(told(profile, shorter).refusals).toEqual([])
    expect(told(profile, shorter, { request: header }).refusals).toEqual([
      'NOT_THIS_FILE count',
      'NOT_THIS_FILE total',
    ])
  })
})

test('a flag that the bank left empty is no outcome', () => {
  const { rows } = told(profile, composed(profile, fixtureLines(1)), { request: headerOf(profile, 1) })
  expect(rows).toEqual(['00000001 unknown UNMAPPED'])
})

describe('a profile cannot write over', () => {
  const over = (text: string): BankParts => ({ ...parts, result: `\n  style: overlay\n  overlay: ${text}` })
  test.each([
    [
      'a column of another width',
      over('[{ over: 回盘标志, with: { item: code, bytes: 2 } }]'),
      'result.overlay.0: must be as wide as "回盘标志": bytes: 3',
    ],
    [
      'a column that is not there',
      over('[{ over: 标志, with: { item: code, bytes: 3 } }]'),
      'result.overlay.0.over: the request\'s row has no column "标志"; it has: ',
    ],
    [
      'one of several columns',
      over('[{ over: literal, with: { item: code, bytes: 3 } }]'),
      'result.overlay.0.over: several columns are called "literal"',
    ],
    [
      'a column twice',
      over(
        '[{ over: 回盘标志, with: { item: code, bytes: 3 } }, { over: 回盘标志, with: { item: text, bytes: 3 } }]',
      ),
      'result.overlay.1: "回盘标志" is written over twice',
    ],
    [
      'without its style',
      { ...parts, result: `${parts.result}`.replace('overlay\n', 'full-list\n') },
      'result.style: style: overlay and the entry overlay go together',
    ],
    [
      'the columns of a delimited layout',
      { result: '\n  style: overlay\n  overlay: [{ over: name, with: { item: code } }]' },
      'result.overlay: is of fixed layouts',
    ],
  ])('%s', (_what, broken, expected) => {
    const problems = problemsOf(broken)
    expect(
      problems.some((each) => each.startsWith(expected)),
      problems.join('\n'),
    ).toBe(true)
  })
})
