/** Region codes: real provinces, the shape of GB/T 2260, and the counties that an operator's list has on a day. */
import { describe, expect, test } from 'vitest'
import { checkRegionCode, isProvince, provinces } from '../../../formats/values/region-codes.ts'
import { readRegionList, regionsOn } from '../../../formats/values/region-list.ts'

const list = (text: string) => {
  const read = readRegionList(text)
  if (read.kind === 'refused') throw new Error(JSON.stringify(read.problems))
  return read.entries
}

describe('a region code', () => {
  test('begins with one of 34 provinces', () => {
    expect(Object.keys(provinces)).toHaveLength(34)
    expect(['11', '43', '65', '82'].every(isProvince)).toBe(true)
    expect(['00', '16', '83', '99', '__', 'toString'].some(isProvince)).toBe(false)
  })

  test.each(['43', '4306', '430600', '430621', '430621101', '430621101203', '429004', '110105'])(
    '%s holds',
    (code) => expect(checkRegionCode(code)).toBeUndefined(),
  )

  test.each([
    ['990621', { code: 'PROVINCE', province: '99' }],
    ['430021', { code: 'LEVEL', county: '430021' }],
    ['43062', { code: 'LENGTH', expected: '2, 4, 6, 9, 12', length: 5 }],
    ['', { code: 'LENGTH', expected: '2, 4, 6, 9, 12', length: 0 }],
    ['43O621', { code: 'CHARACTER', position: 3 }],
    ['４３０６２１', { code: 'CHARACTER', position: 1 }],
  ])('%s does not: %j', (code, problem) => expect(checkRegionCode(code)).toEqual(problem))

  test('is looked up in the list by its county, townships and villages included', () => {
    const counties = new Set(['430621'])
    expect(checkRegionCode('430621101203', counties)).toBeUndefined()
    expect(checkRegionCode('430600', counties)).toBeUndefined()
    expect(checkRegionCode('43', counties)).toBeUndefined()
    expect(checkRegionCode('430699101', counties)).toEqual({ code: 'COUNTY', county: '430699' })
  })
})

describe('a list of counties', () => {
  const text =
    '\uFEFF# counties\r\n430621,岳阳县\r\n430611,君山区,2020-01-01\n430682,临湘市,,2026-06-30\n\n430683\n'

  test('counts each code on its days', () => {
    const entries = list(text)
    expect([...regionsOn(entries, '2026-06-30')]).toEqual(['430621', '430611', '430682', '430683'])
    expect([...regionsOn(entries, '2026-07-01')]).toEqual(['430621', '430611', '430683'])
    expect([...regionsOn(entries, '2019-12-31')]).toEqual(['430621', '430682', '430683'])
  })

  test('is refused with every line that is none', () => {
    const read = readRegionList(
      '43062,x\n990101,y\n430621,z,2026-02-30\n430621,z,2026-02-02,2026-02-01\n1,2,3,4,5\n430621',
    )
    expect(read.kind === 'refused' && read.problems.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5])
    expect(readRegionList('# nothing\n').kind).toBe('refused')
  })
})
