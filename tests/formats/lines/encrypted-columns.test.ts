/** Columns that are encrypted by themselves: what is measured and written is the ciphertext. */
import { expect, test } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import { UnwritableLine } from '../../../formats/lines/line-check.ts'
import type { FieldCipher } from '../../../formats/profile/compiled-profile.ts'
import { fixtureLines, headerFor, readWhole } from '../fixture-files.ts'
import { answered, bank, problemsOf, told } from '../profile/made-up-bank.ts'

/** A cipher of these tests alone: hex of the bytes, turned over, behind a mark. */
const cipher: FieldCipher = {
  seal: (text) => `e1${Buffer.from(text).reverse().toString('hex')}`,
  open: (text) =>
    /^e1([0-9a-f]{2})+$/u.test(text) ? Buffer.from(text.slice(2), 'hex').reverse().toString() : undefined,
}

const row = (nameBytes: number): string => `
  row: [{ item: serial, bytes: 8 }, { item: account, maxBytes: 64, encrypted: true }, { item: name, maxBytes: ${nameBytes}, encrypted: true }, { item: amount }]`
const profile = bank({ request: row(128) })

const written = (lines: readonly PaymentLine[], with_?: FieldCipher): string => {
  const writer = profile.writer(headerFor(profile, lines), with_)
  return Buffer.concat([writer.begin(), writer.write(lines), writer.end()]).toString('latin1')
}

test('says which items are encrypted', () => {
  expect(profile.encryptedItems).toEqual(['account', 'name'])
  expect(bank().encryptedItems).toEqual([])
})

test('are written as ciphertext, and plain without a cipher', () => {
  const [line] = fixtureLines(1)
  const lines = line ? [line] : []
  expect(written(lines, cipher)).toBe(
    `00000001|${cipher.seal('6217999990000000017')}|${cipher.seal('张三')}|50000\n`,
  )
  expect(written(lines)).toContain('|6217999990000000017|')
})

test('come back as they were, in requests and in answers', () => {
  const lines = fixtureLines(3)
  const request = readWhole(
    profile.requestReader({}, cipher),
    Buffer.from(written(lines, cipher), 'latin1'),
    9,
  )
  expect(request.rows.map((each) => each.payeeName)).toEqual(lines.map((each) => each.payeeName))
  const answer = answered(profile, ['00', '10'], 'answer', cipher)
  const read = readWhole(profile.resultReader(undefined, 'answer', cipher), answer)
  expect(read.rows.map(({ account, name }) => [account, name])).toEqual([
    ['6217999990000000017', '张三'],
    ['6217999990000000025', '李珅'],
  ])
})

test.each([
  ['a plain text', '6217999990000000017'],
  ['another ciphertext', 'e1zz'],
  ['a ciphertext of a control character', cipher.seal('62\u0000')],
  ['a ciphertext of what is no account', cipher.seal('62 17')],
])('%s is refused by its column, and not repeated', (_what, account) => {
  const content = Buffer.from(`00000001|${account}|${cipher.seal('A')}|50000|00|\n`)
  expect(told(profile, content, { cipher }).refusals).toEqual(['LAYOUT 收款账号'])
  const { refusals } = readWhole(profile.resultReader(undefined, 'answer', cipher), content)
  expect(JSON.stringify(refusals)).not.toContain(account)
})

test('a ciphertext that outgrows its column stops the file and says by how much', () => {
  const narrow = bank({ request: row(20) })
  const [, , , , line] = fixtureLines(5)
  const lines = line ? [{ ...line, payeeName: '阿依古丽买买提' }] : []
  expect(lines.flatMap((each) => narrow.check(each))).toEqual([])
  const writer = narrow.writer(headerFor(narrow, lines), cipher)
  const problems = (): unknown => {
    try {
      return writer.write(lines)
    } catch (error) {
      return error instanceof UnwritableLine ? error.problems : error
    }
  }
  expect(problems()).toEqual([
    {
      field: 'payeeName',
      code: 'TOO_LONG',
      facts: { column: '收款户名', bytes: 44, limitBytes: 20, charset: 'gb18030' },
    },
  ])
})

test('what must not be written plain must not be written encrypted either', () => {
  const [line] = fixtureLines(1)
  const lines = line ? [{ ...line, payeeName: '张\u200b三' }] : []
  expect(() => written(lines, cipher)).toThrow(/payeeName FORBIDDEN_CHARACTER/)
})

test.each([
  [
    'an amount',
    '{ item: amount, encrypted: true }',
    'request.row.3: only account, name, idNumber and remark',
  ],
  [
    'a text that may be cut',
    '{ item: amount }, { item: remark, overflow: truncate, encrypted: true }',
    'request.row.4: an encrypted column cannot be cut short',
  ],
  [
    'a column padded with zeros',
    '{ item: amount }, { item: remark, bytes: 60, pad: "0", encrypted: true }',
    'request.row.4: an encrypted column cannot be cut short, nor padded',
  ],
])('%s cannot be encrypted', (_what, last, expected) => {
  const request = `\n  row: [{ item: serial, bytes: 8 }, { item: account }, { item: name }, ${last}]`
  expect(problemsOf({ request }).some((each) => each.startsWith(expected))).toBe(true)
})
