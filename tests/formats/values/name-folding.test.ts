import { expect, test } from 'vitest'
import { foldName } from '../../../formats/values/name-folding.ts'

test.each([
  ['阿依古丽·买买提', '阿依古丽•买买提'],
  ['阿依古丽·买买提', '阿依古丽・买买提'],
  ['阿依古丽·买买提', '阿依古丽．买买提'],
  ['阿依古丽·买买提', '阿依古丽. 买买提'],
  ['王䶮', '王\ue863'],
  ['王龴', '王\ue81e'],
  ['王𠂇', '王\ue816'],
  ['Ａｎｎａ', 'ANNA'],
  ['张　三', '张三'],
])('%s and %s are one name', (left, right) => {
  expect(foldName(left)).toBe(foldName(right))
})

test.each([
  ['张三', '张叁'],
  ['王䶮', '王龑'],
  ['赵瑋', '赵玮'],
])('%s and %s are two names', (left, right) => {
  expect(foldName(left)).not.toBe(foldName(right))
})
