import { describe, expect, test } from 'vitest'
import {
  checkBankCode,
  checkCard,
  checkCreditCode,
  checkResidentId,
  isCalendarDate,
} from '../../../formats/values/identifiers.ts'

describe('resident ID (GB 11643)', () => {
  test.each([
    '11010519491231002X',
    '11010519491231002x',
    '440524188001010014',
    '110105188001010017',
    '１１０１０５１８８００１０１００１７',
    '11010519491231002Ｘ',
    '　11010519491231002x ',
  ])('%s holds', (id) => {
    expect(checkResidentId(id)).toBeUndefined()
  })

  test.each([
    ['110105194912310021', { code: 'CHECK_DIGIT', expected: 'X' }],
    ['11010518800230001X', { code: 'BIRTH_DATE', birthDate: '18800230' }],
    ['110105491231002', { code: 'LENGTH', expected: '18', length: 15 }],
    ['1101O5188001010017', { code: 'CHARACTER', position: 5 }],
    ['11010519491231002Y', { code: 'CHARACTER', position: 18 }],
    ['11010518800101001①', { code: 'CHARACTER', position: 18 }],
    ['110105188001010²17', { code: 'CHARACTER', position: 16 }],
    ['160105188001010017', { code: 'REGION', province: '16' }],
    ['900105188001010017', { code: 'REGION', province: '00' }],
  ])('%s does not', (id, problem) => {
    expect(checkResidentId(id)).toEqual(problem)
  })

  test.each(['830000188001010015', '911105188001010011'])(
    '%s is of a residence permit, and only its check digit is looked at',
    (id) => {
      expect(checkResidentId(id)?.code ?? 'CHECK_DIGIT').toBe('CHECK_DIGIT')
    },
  )

  test('nobody was born after the day of the check', () => {
    expect(checkResidentId('110105188001010017', '18791231')).toEqual({
      code: 'BIRTH_DATE',
      birthDate: '18800101',
    })
  })
})

describe('bank card (Luhn)', () => {
  test.each(['6217999990000000017', '6216261000000000018', '6226090000000048'])('%s holds', (card) => {
    expect(checkCard(card)).toBeUndefined()
  })

  test('a real card may fail, so the answer is a fact and no verdict', () => {
    expect(checkCard('6221558812340000')).toMatchObject({ code: 'CHECK_DIGIT' })
    expect(checkCard('62-7')).toMatchObject({ code: 'LENGTH' })
  })
})

describe('bank code (ISO 7064 MOD 11,10)', () => {
  test.each([
    '102100099996',
    '103100000026',
    '403100000004',
    '402100000018',
    '011100000003',
    '104100000004',
    '301290000007',
    '308584000013',
    '310290000013',
    '１０５１０００００017',
  ])('%s holds', (code) => {
    expect(checkBankCode(code)).toBeUndefined()
  })

  test.each(['102100099995', '102100099969'])('%s does not', (code) => {
    expect(checkBankCode(code)).toMatchObject({ code: 'CHECK_DIGIT' })
  })
})

describe('unified social credit code (GB 32100)', () => {
  test.each(['91110000802100433B', '9144030071526726XG', '91350100M000100Y43'])('%s holds', (code) => {
    expect(checkCreditCode(code)).toBeUndefined()
  })

  test.each([
    ['91110000802100433C', 'CHECK_DIGIT'],
    ['9111000080210O433B', 'CHARACTER'],
    ['911100', 'LENGTH'],
  ])('%s does not: %s', (code, problem) => {
    expect(checkCreditCode(code)).toMatchObject({ code: problem })
  })
})

test.each([
  ['20240229', true],
  ['20230229', false],
  ['19000229', false],
  ['20000229', true],
  ['20261131', false],
  ['20260100', false],
  ['2026111', false],
])('%s is a day of the calendar: %s', (text, known) => {
  expect(isCalendarDate(text)).toBe(known)
})
