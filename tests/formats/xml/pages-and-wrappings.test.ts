/** Answers in pages, rows in a zip, lines before the document, wrapped contents and encrypted places. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { FieldCipher } from '../../../formats/profile/compiled-profile.ts'
import { charset } from '../../../formats/values/charset.ts'
import { composed, fixtureLines, headerFor, readWhole } from '../fixture-files.ts'
import {
  answered,
  answerOf,
  compiled,
  oddXml,
  pagedXml,
  preambleXml,
  readAnswer,
  refusals,
  textOf,
  told,
  zippedXml,
} from './xml-profiles.ts'

describe('pages', () => {
  const profile = compiled(pagedXml)
  const lines = answered(['S'], ['F'], ['S'], ['S'], ['F'])
  const bytes = answerOf(profile, lines)
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  const pages = textOf(profile, bytes).split(declaration).slice(1)
  const joined = (...some: readonly (string | undefined)[]): string =>
    some.map((page) => declaration + page).join('')

  test('are whole documents of two rows, one after another', () => {
    expect(pages.map((page) => page.match(/<r>/gu)?.length)).toEqual([2, 2, 1])
    const { totalFen } = headerFor(profile, lines)
    expect(pages[2]?.trim()).toBe(
      `<a><p>3</p><n>5</n><t>${totalFen}</t><r><i>5</i><v>358427</v><s>F</s></r></a>`,
    )
  })

  test.each([1, 7, 65_536])('make one answer, in chunks of %i bytes', (chunkBytes) => {
    const read = readWhole(profile.resultReader(headerFor(profile, lines)), bytes, chunkBytes)
    expect(read.refusals).toEqual([])
    expect(read.rows.map((row) => [row.lineNo, row.position, row.outcome])).toEqual([
      [1, 1, 'paid'],
      [2, 2, 'failed'],
      [3, 3, 'paid'],
      [4, 4, 'paid'],
      [5, 5, 'failed'],
    ])
    expect(read.summary).toMatchObject({ rowCount: 5, rowTotalFen: headerFor(profile, lines).totalFen })
  })

  test('of a file without rows are one page', () => {
    const empty = answerOf(profile, [])
    expect(textOf(profile, empty)).toContain('<a><p>1</p><n>0</n><t>0</t></a>')
    expect(readAnswer(profile, empty).summary).toMatchObject({ rowCount: 0 })
  })

  test.each([
    ['a gap', joined(pages[0], pages[2]), 'PAGE page=2 what=pageNumber stated=3 expected=2'],
    [
      'a page twice',
      joined(pages[0], pages[0], pages[1], pages[2]),
      'PAGE page=2 what=pageNumber stated=1 expected=2',
    ],
    [
      'another order',
      joined(pages[1], pages[0], pages[2]),
      'PAGE page=1 what=pageNumber stated=2 expected=1',
    ],
    ['no last page', joined(pages[0], pages[1]), 'COUNT where=header what=count stated=5 found=4'],
    ['no first page', joined(pages[1], pages[2]), 'PAGE page=1 what=pageNumber stated=2 expected=1'],
    [
      'another count on one page',
      joined(pages[0], pages[1]?.replace('<n>5</n>', '<n>6</n>'), pages[2]),
      'PAGE page=2 what=count stated=6 expected=5',
    ],
    [
      'a page of three rows',
      joined(pages[0]?.replace('</a>', '<r><i>9</i><v>1</v><s>S</s></r></a>'), pages[1], pages[2]),
      'PAGE page=1 what=rows found=3 limit=2',
    ],
    ['a page that is cut', joined(pages[0], pages[1], pages[2]?.replace('</a>', '')), 'TRUNCATED'],
    [
      'a page without its number',
      joined(pages[0]?.replace('<p>1</p>', '')),
      'LAYOUT column=a/p found=missing',
    ],
    ['a page of another bank', joined(pages[0], '<b/>'), 'HEADER found=b expected=a'],
    ['words between pages', joined(pages[0], `oops${pages[1]}`), 'XML'],
  ])('with %s are refused', (_what, text, expected) => {
    const read = readAnswer(profile, text)
    expect(read.summary).toBeUndefined()
    expect(
      refusals(read).some((each) => each.startsWith(expected)),
      refusals(read).join('\n'),
    ).toBe(true)
  })

  test('name no row beyond the request', () => {
    const beyond = textOf(profile, bytes).replace('<i>5</i>', '<i>6</i>')
    const read = readWhole(profile.resultReader(headerFor(profile, lines)), Buffer.from(beyond))
    expect(refusals(read)).toEqual(['LAYOUT row=5 column=a/r/i expected=1-5'])
    expect(refusals(readAnswer(profile, textOf(profile, bytes).replace('<i>5</i>', '<i>0</i>')))).toEqual([
      'LAYOUT row=5 column=a/r/i expected=line',
    ])
  })
})

describe('zipped rows', () => {
  const profile = compiled(zippedXml)
  const many = answered(['S'], ['F'], ['S'], ['S'], ['F'])
  const few = answered(['S'], ['F'])

  test('are zipped beyond their number only, and come back', () => {
    const plain = textOf(profile, composed(profile, fixtureLines(3)))
    expect(plain).toContain('<z></z><f>0</f><r><i>')
    const zipped = textOf(profile, composed(profile, fixtureLines(5)))
    expect(zipped).toMatch(/<b><z>H4sI[A-Za-z0-9+/=]+<\/z><f>1<\/f><\/b><\/a>$/u)
    for (const count of [3, 5]) {
      const read = readWhole(profile.requestReader({}), composed(profile, fixtureLines(count)), 13)
      expect(read.refusals).toEqual([])
      expect(read.rows.map((row) => row.payeeName)).toEqual(fixtureLines(count).map((line) => line.payeeName))
    }
  })

  test.each([1, 7, 65_536])('of an answer count like others, in chunks of %i bytes', (chunkBytes) => {
    const read = readAnswer(profile, answerOf(profile, many), 'answer', chunkBytes)
    expect(read.refusals).toEqual([])
    expect(told(read).map((each) => each.slice(3))).toEqual([
      'paid PAID',
      'failed ACCOUNT_CLOSED',
      'paid PAID',
      'paid PAID',
      'failed ACCOUNT_CLOSED',
    ])
    expect(told(readAnswer(profile, answerOf(profile, few)))).toHaveLength(2)
  })

  const text = textOf(profile, answerOf(profile, many))
  const zip = /<z>(.*)<\/z>/u.exec(text)?.[1] ?? ''
  const rows = '<r><i>1</i><m>张三</m><v>1</v><s>S</s></r>'
  const gbk = charset('gbk')
  const zipOf = (content: string): string => gzipSync(gbk.encode(content)).toString('base64')
  const withZip = (content: string): string => text.replace(zip, content)

  test.each([
    [
      'a flag that says otherwise',
      text.replace('<f>1</f>', '<f>0</f>'),
      'LAYOUT column=a/b/f stated=0 found=zipped rows',
    ],
    ['a flag without rows', withZip(''), 'LAYOUT column=a/b/f stated=1 found=plain rows'],
    ['plain rows beside them', text.replace('<f>1</f>', `<f>1</f>${rows}`), 'LAYOUT column=a/b/f'],
    ['broken Base64', withZip(`${zip.slice(0, -3)}*`), 'WRAPPING expected=Base64'],
    [
      'a letter of another alphabet',
      withZip(`${zip.slice(0, 20)}张${zip.slice(21)}`),
      'WRAPPING expected=Base64',
    ],
    ['a broken gzip', withZip(`${zip.slice(0, 40)}AAAA${zip.slice(44)}`), 'WRAPPING expected=gzip'],
    ['half of it', withZip(zip.slice(0, 40)), 'WRAPPING expected=gzip'],
    ['rows that are cut', withZip(zipOf(rows.slice(0, -3))), 'XML'],
    ['something else beside the rows', withZip(zipOf(`${rows}<q/>`)), 'LAYOUT found=a/b/q inside=zip'],
    [
      'a way out of their element',
      withZip(zipOf(`${rows}</b><h><n>1</n></h><b>`)),
      'LAYOUT column=a/b found=twice',
    ],
    ['a document type in them', withZip(zipOf(`<!DOCTYPE r>${rows}`)), 'XML'],
    ['too few rows', withZip(zipOf(rows)), 'COUNT where=header what=count stated=5 found=1'],
  ])('with %s are refused', (_what, changed, expected) => {
    expect(changed).not.toBe(text)
    const read = readAnswer(profile, changed)
    expect(read.summary).toBeUndefined()
    expect(
      refusals(read).some((each) => each.startsWith(expected)),
      refusals(read).join('\n'),
    ).toBe(true)
  })

  test('that are a bomb are refused at their cap', () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)).toString('base64')
    expect(refusals(readAnswer(profile, withZip(bomb)))).toContain('TOO_LARGE limitBytes=67108864')
  })
})

describe('lines before the document', () => {
  const profile = compiled(preambleXml)
  const lines = fixtureLines(2)
  const header = { ...headerFor(profile, lines), time: '093000' }
  const writer = profile.writer(header)
  const text = textOf(profile, Buffer.concat([writer.begin(), writer.write(lines), writer.end()]))

  test('are written to the byte, the signature empty', () => {
    const [first, second, document] = text.split('\r\n')
    expect(first).toBe('{H:02402100000018  20261121093000202611210001                 }')
    expect(second).toBe('{S:}')
    expect(document?.startsWith('<D><r><i>00000001</i>')).toBe(true)
  })

  test.each([1, 7, 65_536])('are read with their signature, in chunks of %i bytes', (chunkBytes) => {
    const signed = text.replace('{S:}', '{S:MEUCIQDexample==}')
    const read = readWhole(profile.requestReader(profile.sampleSettings), Buffer.from(signed), chunkBytes)
    expect(read.refusals).toEqual([])
    expect(read.rows.map((row) => row.serial)).toEqual(lines.map((line) => line.serial))
    expect(read.summary).toMatchObject({ businessDate: '20261121', fileNumber: '202611210001' })
  })

  test.each<[string, (text: string) => string, string]>([
    ['another sender', (all) => all.replace('402100000018', '402100000026'), 'HEADER columns=协议参数'],
    ['a day that is none', (all) => all.replace('20261121', '20261131'), 'HEADER columns=日期'],
    ['a time that is none', (all) => all.replace('093000', '246000'), 'HEADER columns=时间'],
    ['another mark', (all) => all.replace('{H:02', '{H:03'), 'HEADER columns=常量'],
    ['a line that is too short', (all) => all.replace('                 }', '}'), 'HEADER columns='],
    ['a signature without its end', (all) => all.replace('{S:}', '{S:abc'), 'HEADER columns='],
    ['one line only', (all) => all.slice(0, 66), 'TRUNCATED inside=line'],
    ['no document', (all) => all.slice(0, all.indexOf('<D>')), 'TRUNCATED'],
    ['lines without end', () => 'x'.repeat(70_000), 'LINE_TOO_LONG limitBytes=65536'],
    ['nothing', () => '', 'EMPTY'],
  ])('with %s are refused', (_what, change, expected) => {
    const read = readWhole(profile.requestReader(profile.sampleSettings), Buffer.from(change(text)))
    expect(read.summary).toBeUndefined()
    expect(
      refusals(read).some((each) => each.startsWith(expected)),
      refusals(read).join('\n'),
    ).toBe(true)
  })
})

describe('wrapped contents', () => {
  const profile = compiled(
    oddXml.replace('settings:', 'wrapping: { steps: [zlib, base64], maxPlainBytes: 100000 }\nsettings:'),
  )
  const lines = answered(['S'], ['F', 'AC04'])
  const plain = answerOf(profile, lines)
  const wrapped = profile.wrap?.(plain) ?? plain

  test.each([1, 7, 65_536])('are read like plain ones, in chunks of %i bytes', (chunkBytes) => {
    expect(wrapped.equals(plain)).toBe(false)
    for (const bytes of [plain, wrapped])
      expect(told(readAnswer(profile, bytes, 'answer', chunkBytes))).toEqual([
        '01 paid PAID',
        '02 failed ACCOUNT_CLOSED',
      ])
  })

  test('that are broken are refused', () => {
    const read = readAnswer(profile, wrapped.subarray(0, wrapped.length - 8))
    expect(read.refusals.map((each) => each.code)).toEqual(['WRAPPING'])
  })
})

describe('encrypted places', () => {
  const profile = compiled(
    oddXml.replaceAll('name: { maxBytes: 60 }', 'name: { maxBytes: 60, encrypted: true }'),
  )
  const cipher: FieldCipher = {
    seal: (text) => Buffer.from(text).toString('hex'),
    open: (text) => (/^([0-9a-f]{2})+$/u.test(text) ? Buffer.from(text, 'hex').toString() : undefined),
  }
  const lines = fixtureLines(2)

  test('are named, sealed and opened with the cipher of the caller', () => {
    expect(profile.encryptedItems).toEqual(['name'])
    const writer = profile.writer(headerFor(profile, lines), cipher)
    const bytes = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
    expect(textOf(profile, bytes)).not.toContain('张三')
    const read = readWhole(profile.requestReader({ cis: 'A1' }, cipher), bytes)
    expect(read.rows.map((row) => row.payeeName)).toEqual(['张三', '李珅'])
  })

  test('that are plain, or too long once sealed, are refused', () => {
    const read = readWhole(profile.requestReader({ cis: 'A1' }, cipher), composed(profile, lines))
    expect(refusals(read)[0]).toBe('LAYOUT row=1 column=Doc/Body/Tx/Cdtr/Nm expected=name')
    const [person] = fixtureLines(1)
    if (!person) throw new Error('the fixtures have no people')
    const writer = profile.writer(headerFor(profile, [person]), cipher)
    expect(() => writer.write([{ ...person, payeeName: '张'.repeat(20) }])).toThrow('payeeName TOO_LONG')
  })
})
