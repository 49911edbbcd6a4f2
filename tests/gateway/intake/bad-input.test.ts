/** Everything that can be wrong with a body or a line is named, by line and by code, and nothing slips through. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PartResult } from '../../../gateway/intake/receive-part.ts'
import { receivePart } from '../../../gateway/intake/receive-part.ts'
import {
  client,
  type IntakeStand,
  line,
  lines,
  ndjson,
  open,
  openStand,
  pieces,
  send,
  type TestLine,
} from './intake-stand.ts'

let stand: IntakeStand
beforeAll(async () => {
  stand = await openStand({ needs: { maxBodyBytes: 24 * 1024 * 1024 } })
  await open(stand, 'BAD', lines('BAD', 3))
})
afterAll(async () => {
  expect(stand.spooled()).toEqual([])
  await stand.close()
})

const text = (one: TestLine): string => JSON.stringify(one)
const codes = (result: PartResult): unknown =>
  result.kind === 'received'
    ? result.findings.map((found) => [found.line, found.level, found.field, found.code])
    : result
const problemOf = (result: PartResult): unknown =>
  result.kind === 'refused' ? { code: result.problems[0]?.code, ...result.problems[0]?.facts } : result

describe('a bad line is named with line, field and code, and still takes its number', () => {
  const raw = (members: string): string => `{${members}}`
  const good = text(line('BAD', 0))
  const withAmount = (token: string): string => good.replace(/"amountFen":\d+/, `"amountFen":${token}`)
  test.each<[string, string, string, string]>([
    ['truncated JSON', good.slice(0, -20), '', 'LINE_NOT_JSON'],
    ['text that is not JSON', 'hello', '', 'LINE_NOT_JSON'],
    ['two objects on one line', `${good}${good}`, '', 'LINE_NOT_JSON'],
    ['an array', `[${good}]`, '', 'LINE_NOT_OBJECT'],
    ['null', 'null', '', 'LINE_NOT_OBJECT'],
    ['a blank line between lines', '', '', 'LINE_EMPTY'],
    ['F13: an amount in exponent form', withAmount('1e3'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    ['F13: a whole amount with decimals', withAmount('100.00'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    ['F13: an amount with a fraction', withAmount('100.5'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    ['F13: an amount as text', withAmount('"100"'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    ['an amount that overflows', withAmount('1e999'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    ['an amount of zero', withAmount('0'), 'amountFen', 'AMOUNT_NOT_POSITIVE'],
    ['a negative amount', withAmount('-5'), 'amountFen', 'AMOUNT_NOT_POSITIVE'],
    ['an amount above 2^53 - 1', withAmount('9007199254740993'), 'amountFen', 'AMOUNT_TOO_LARGE'],
    ['an amount that stands twice', good.replace('{', '{"amountFen":10000,'), '', 'FIELD_REPEATED'],
    [
      'an amount that stands twice, spaced',
      good.replace('{', '{ "amountFen" : 10000 , '),
      '',
      'FIELD_REPEATED',
    ],
    [
      'an amount under an escaped key',
      good.replace('"amountFen":10000', '"amount\\u0046en":1e4'),
      'amountFen',
      'AMOUNT_NOT_INTEGER',
    ],
    ['F13: a currency', good.replace('{', '{"currency":"USD",'), 'currency', 'FIELD_UNKNOWN'],
    ['a prototype', good.replace('{', '{"__proto__":{"bank":"cmbc"},'), '__proto__', 'FIELD_UNKNOWN'],
    ['a member whose name may be data', good.replace('{', '{"430621188510061356":1,'), '?', 'FIELD_UNKNOWN'],
    ['no name', text(line('BAD', 0, { payeeName: undefined })), 'payeeName', 'FIELD_MISSING'],
    ['no amount', text(line('BAD', 0, { amountFen: undefined })), 'amountFen', 'FIELD_MISSING'],
    ['a number for a name', text(line('BAD', 0, { payeeName: 5 })), 'payeeName', 'FIELD_NOT_TEXT'],
    ['null for a phone', raw(`${good.slice(1, -1)},"phone":null`), 'phone', 'FIELD_NOT_TEXT'],
    ['an empty remark', text(line('BAD', 0, { remark: '' })), 'remark', 'FIELD_EMPTY'],
    [
      'spaces around an account',
      text(line('BAD', 0, { payeeAccount: ' 6222020000000000000' })),
      'payeeAccount',
      'FIELD_SPACES',
    ],
    [
      'a wide space after a name',
      text(line('BAD', 0, { payeeName: '王秀英\u3000' })),
      'payeeName',
      'FIELD_SPACES',
    ],
    [
      'F08: an escaped NUL',
      text(line('BAD', 0, { payeeName: '王\u0000英' })),
      'payeeName',
      'FIELD_CHARACTER',
    ],
    [
      'F08: a replacement character',
      text(line('BAD', 0, { payeeName: '王\ufffd' })),
      'payeeName',
      'FIELD_CHARACTER',
    ],
    [
      'F08: half a surrogate pair',
      good.replace(/"payeeName":"[^"]*"/, '"payeeName":"王\\ud83d"'),
      'payeeName',
      'FIELD_CHARACTER',
    ],
    [
      'a character that turns the direction',
      text(line('BAD', 0, { remark: 'a\u202eb' })),
      'remark',
      'FIELD_CHARACTER',
    ],
    [
      'a name that is far too long',
      text(line('BAD', 0, { payeeName: '王'.repeat(201) })),
      'payeeName',
      'FIELD_TOO_LONG',
    ],
    ['an id with a slash', text(line('BAD', 0, { instructionId: 'a/b' })), 'instructionId', 'FIELD_FORMAT'],
    ['a region of letters', text(line('BAD', 0, { region: 'hunan' })), 'region', 'FIELD_FORMAT'],
    ['a bank without an agreement', text(line('BAD', 0, { bank: 'icbc' })), 'bank', 'BANK_UNKNOWN'],
    [
      'an account of letters',
      text(line('BAD', 0, { payeeAccount: 'ABCDEFGH' })),
      'payeeAccount',
      'ACCOUNT_FORMAT',
    ],
    ['a line over 16 KiB', text(line('BAD', 0, { remark: 'x'.repeat(17_000) })), '', 'LINE_TOO_LONG'],
  ])('F07: %s', async (_name, bad, field, code) => {
    const content = Buffer.from(`${text(line('BAD', 1))}\n${bad}\n${text(line('BAD', 2))}\n`)
    const result = await send(stand, 'BAD', content)
    expect(codes(result)).toEqual([[2, 'refuse', field, code]])
    expect(result).toMatchObject({ kind: 'received', lineCount: 3, refused: 1, held: 0 })
    expect(await stand.rows('select seq from staged_instruction order by seq')).toEqual([
      { seq: 1 },
      { seq: 3 },
    ])
  })
})

test('warnings of the programme are reported and do not refuse', async () => {
  const content = ndjson([
    line('BAD', 0, { payeeIdNumber: undefined }),
    line('BAD', 1, { payeeIdNumber: '430621188510061357' }),
    line('BAD', 2, { payeeAccount: '6221558812340000', phone: '12' }),
  ])
  expect(codes(await send(stand, 'BAD', content))).toEqual([
    [1, 'warn', 'payeeIdNumber', 'ID_MISSING'],
    [2, 'warn', 'payeeIdNumber', 'ID_CHECKSUM'],
    [3, 'warn', 'payeeAccount', 'CARD_LUHN'],
    [3, 'warn', 'phone', 'PHONE_FORMAT'],
  ])
})

test('findings never repeat a name, an account, an ID or a phone number', async () => {
  const secret = ['王秘密', '6221558812340000', '430621188510061357', '12']
  const [payeeName, payeeAccount, payeeIdNumber, phone] = secret
  const result = await send(
    stand,
    'BAD',
    ndjson([line('BAD', 0, { payeeName, payeeAccount, payeeIdNumber, phone, x: 'y' })]),
  )
  const told = JSON.stringify(result, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))
  for (const value of secret.slice(0, 3)) expect(told).not.toContain(value)
})

test('F07: findings are capped at a thousand and counted exactly', async () => {
  const all = Array.from({ length: 2500 }, (_, index) => line('BAD', index, { amountFen: 0 }))
  const result = await send(stand, 'BAD', ndjson(all))
  expect(result).toMatchObject({ kind: 'received', lineCount: 2500, refused: 2500 })
  expect(result.kind === 'received' && result.findings.length).toBe(1000)
  expect(await stand.count('select count(*)::int as n from line_finding')).toBe(1000)
})

describe('F08: bytes that are not clean text refuse the body, with the offset of the first bad byte', () => {
  const first = Buffer.from(`${text(line('BAD', 0))}\n`)
  const gbk = Buffer.from([0xcd, 0xf5, 0xd0, 0xe3])
  const behindFirst = (bytes: Buffer | string): Buffer => Buffer.concat([first, Buffer.from(bytes)])
  test.each<[string, Buffer, string, number]>([
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), first]), 'BOM', 0],
    ['a NUL', behindFirst('{"a":"\0"}\n'), 'NUL', first.length + 6],
    ['a lone carriage return', behindFirst('{"a":\r1}\n'), 'LONE_CR', first.length + 5],
    ['a carriage return at the very end', behindFirst('{}\r'), 'LONE_CR', first.length + 2],
    [
      'GBK bytes',
      behindFirst(Buffer.concat([Buffer.from('{"payeeName":"'), gbk, Buffer.from('"}\n')])),
      'INVALID_UTF8',
      first.length + 14,
    ],
    [
      'an overlong form',
      behindFirst(Buffer.from([0x7b, 0xc0, 0xaf, 0x0a])),
      'INVALID_UTF8',
      first.length + 1,
    ],
    ['a character cut at the end', behindFirst(Buffer.from([0xe7, 0x8e])), 'INVALID_UTF8', first.length],
    [
      'a surrogate in bytes',
      behindFirst(Buffer.from([0xed, 0xa0, 0x80, 0x0a])),
      'INVALID_UTF8',
      first.length,
    ],
  ])('%s', async (_name, content, code, byteOffset) => {
    await send(stand, 'BAD', ndjson(lines('BAD', 2)))
    expect(problemOf(await send(stand, 'BAD', content, { sizeBytes: 7 }))).toEqual({ code, byteOffset })
    expect(await stand.count('select count(*)::int as n from staged_instruction')).toBe(2)
  })

  test('an offset beyond the first chunk counts from the start of the body', async () => {
    await open(stand, 'FAR', lines('FAR', 9000))
    const content = ndjson(lines('FAR', 9000))
    content[content.length - 40] = 0xff
    expect(problemOf(await send(stand, 'FAR', content))).toEqual({
      code: 'INVALID_UTF8',
      byteOffset: content.length - 40,
    })
    expect(
      await stand.count(
        `select count(*)::int as n from batch_part join batch using (batch_id) where batch_no = 'FAR'`,
      ),
    ).toBe(0)
  })
})

test('a body without lines, or without line ends for a mebibyte, is refused', async () => {
  expect(problemOf(await send(stand, 'BAD', Buffer.alloc(0)))).toEqual({ code: 'BODY_EMPTY' })
  expect(problemOf(await send(stand, 'BAD', Buffer.from('\n')))).toEqual({ code: 'BODY_EMPTY' })
  expect(problemOf(await send(stand, 'BAD', Buffer.alloc(1_500_000, 0x20)))).toEqual({
    code: 'LINES_UNBROKEN',
    byteOffset: 0,
  })
})

test('CRLF, a missing last line end and one blank last line are all fine', async () => {
  const plain = ndjson(lines('BAD', 3)).toString()
  for (const content of [plain.replaceAll('\n', '\r\n'), plain.trimEnd(), `${plain}\n`, `${plain}\r\n`]) {
    expect(await send(stand, 'BAD', Buffer.from(content))).toMatchObject({
      kind: 'received',
      lineCount: 3,
      refused: 0,
    })
  }
})

describe('CSV', () => {
  const names = ['instructionId', 'bank', 'payeeName', 'payeeIdNumber', 'payeeAccount', 'amountFen', 'remark']
  const row = (one: TestLine): string => names.map((name) => String(one[name] ?? '')).join(',')
  const csv = (...rows: string[]): Buffer => Buffer.from(`${[names.join(','), ...rows].join('\r\n')}\r\n`)
  const good = row(line('BAD', 0))

  test('gives the same rows as NDJSON, quotes and commas included', async () => {
    const odd = line('BAD', 1, { remark: '补贴,"一"期' })
    const result = await send(stand, 'BAD', csv(good, row({ ...odd, remark: '"补贴,""一""期"' })), {
      format: 'csv',
    })
    expect(result).toMatchObject({ kind: 'received', lineCount: 2, refused: 0 })
    const fromCsv = await stand.rows(
      'select amount_fen, account_ref, person_ref, seq, bank_no, instruction_id from staged_instruction order by seq',
    )
    await send(stand, 'BAD', ndjson([line('BAD', 0), odd]))
    expect(
      await stand.rows(
        'select amount_fen, account_ref, person_ref, seq, bank_no, instruction_id from staged_instruction order by seq',
      ),
    ).toEqual(fromCsv)
  })

  test.each<[string, string, string, string]>([
    ['an unclosed quote', `"${good}`, '', 'LINE_NOT_CSV'],
    ['text after a quote', good.replace('BAD', '"BAD"'), '', 'LINE_NOT_CSV'],
    [
      'a quote inside a plain cell',
      good.replace('cmbc', 'c"mbc').replace('yy-rcb', 'y"y'),
      '',
      'LINE_NOT_CSV',
    ],
    ['too few columns', good.split(',').slice(0, 4).join(','), '', 'COLUMN_COUNT'],
    ['too many columns', `${good},x`, '', 'COLUMN_COUNT'],
    ['an amount with decimals', good.replace(',10000,', ',100.00,'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    ['an amount with a leading zero', good.replace(',10000,', ',010000,'), 'amountFen', 'AMOUNT_NOT_INTEGER'],
    [
      'an amount above 2^53 - 1',
      good.replace(',10000,', ',9007199254740993,'),
      'amountFen',
      'AMOUNT_TOO_LARGE',
    ],
    ['an empty required cell', good.replace(/,[^,]*,(?=43)/, ',,'), 'payeeName', 'FIELD_MISSING'],
  ])('%s is named with its line, the header counted', async (_name, bad, field, code) => {
    expect(codes(await send(stand, 'BAD', csv(row(line('BAD', 1)), bad), { format: 'csv' }))).toEqual([
      [3, 'refuse', field, code],
    ])
  })

  test.each<[string, string, object]>([
    ['an unknown column', names.concat('currency').join(','), { unknown: 'currency', column: 8 }],
    ['no header at all, without repeating the data', good, { unknown: '?', column: 1 }],
    ['a missing column', names.slice(1).join(','), { missing: 'instructionId' }],
    ['a repeated column', names.concat('bank').join(','), { repeated: 'bank', column: 8 }],
    ['an unclosed quote', `"${names.join(',')}`, { reason: 'quotes' }],
  ])('a header with %s refuses the body', async (_name, header, facts) => {
    expect(
      problemOf(await send(stand, 'BAD', Buffer.from(`${header}\n${good}\n`), { format: 'csv' })),
    ).toEqual({ code: 'CSV_HEADER', ...facts })
  })
})

describe('bodies that are not honest about their size', () => {
  test('a body over the cap is refused', async () => {
    const content = Buffer.alloc(25 * 1024 * 1024, 0x0a)
    expect(problemOf(await send(stand, 'BAD', content))).toMatchObject({ code: 'BODY_TOO_LARGE' })
  })

  test('F70: S36: a gzip bomb is refused long before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20))
    expect(problemOf(await send(stand, 'BAD', bomb, { encoding: 'gzip', sizeBytes: 1024 }))).toMatchObject({
      code: 'GZIP_RATIO',
    })
  })

  test('gzip gives the same part as the plain content', async () => {
    const content = ndjson(lines('BAD', 3))
    const plain = await send(stand, 'BAD', content)
    expect(await send(stand, 'BAD', gzipSync(content), { encoding: 'gzip', sizeBytes: 11 })).toEqual(plain)
  })

  test.each<[string, (packed: Buffer) => Buffer]>([
    ['cut short', (packed) => packed.subarray(0, -9)],
    [
      'with a flipped bit',
      (packed) =>
        Buffer.concat([packed.subarray(0, 40), Buffer.from([(packed[40] ?? 0) ^ 1]), packed.subarray(41)]),
    ],
    ['followed by other bytes', (packed) => Buffer.concat([packed, Buffer.from('more')])],
    ['that is no gzip at all', () => ndjson(lines('BAD', 1))],
    ['of nothing', () => Buffer.alloc(0)],
  ])('gzip data %s is refused', async (_name, spoil) => {
    const packed = spoil(gzipSync(ndjson(lines('BAD', 50))))
    expect(problemOf(await send(stand, 'BAD', packed, { encoding: 'gzip' }))).toMatchObject({
      code: 'GZIP_DAMAGED',
    })
  })
})

test('F01: a body that stops half-way changes nothing and can be sent again', async () => {
  const content = ndjson(lines('BAD', 3))
  await send(stand, 'BAD', ndjson(lines('BAD', 1)))
  async function* aborted(sent: Buffer): AsyncGenerator<Buffer> {
    yield* pieces(sent)
    throw new Error('aborted')
  }
  const halves = { identity: content.subarray(0, 300), gzip: gzipSync(content).subarray(0, 60) }
  for (const encoding of ['identity', 'gzip'] as const) {
    const result = await receivePart(
      stand.needs,
      client,
      'BAD',
      1,
      aborted(halves[encoding]),
      'ndjson',
      encoding,
    )
    expect(problemOf(result)).toEqual({ code: 'BODY_INCOMPLETE' })
  }
  expect(await stand.count('select count(*)::int as n from staged_instruction where batch_id = 1')).toBe(1)
  expect(await send(stand, 'BAD', content)).toMatchObject({ kind: 'received', lineCount: 3 })
})

test('F13: totals beyond what can be counted exactly refuse the body', async () => {
  const huge = lines('BAD', 2).map((one) => ({ ...one, amountFen: Number.MAX_SAFE_INTEGER }))
  expect(problemOf(await send(stand, 'BAD', ndjson(huge)))).toEqual({ code: 'TOTAL_TOO_LARGE' })
})

test('a body with far more lines than were declared is refused before it is loaded whole', async () => {
  const all = lines('BAD', 10_010)
  expect(problemOf(await send(stand, 'BAD', ndjson(all)))).toEqual({ code: 'TOO_MANY_LINES', declared: 3 })
})
