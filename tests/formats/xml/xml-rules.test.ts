/** What a profile of XML documents cannot say, told to a clerk by its place in the profile. */
import { describe, expect, test } from 'vitest'
import { parseProfile } from '../../../formats/profile/load-catalog.ts'
import { complaints, oddXml, pagedXml, preambleXml, zippedXml } from './xml-profiles.ts'

type Case = readonly [what: string, text: string, expected: string]

const cases: readonly Case[] = [
  [
    'tags that cross',
    oddXml.replace('</Cdtr>', '</Cdt>'),
    'request.document: is not well-formed XML (line:column',
  ],
  [
    'a document type',
    oddXml.replace('<d:Doc', '<!DOCTYPE d><d:Doc'),
    'request.document: a document must not have a DOCTYPE',
  ],
  [
    'a processing instruction',
    oddXml.replace('<d:Doc', '<?go?><d:Doc'),
    'request.document: a document must not have processing instructions',
  ],
  [
    'an unknown place',
    oddXml.replace('{name}', '{payee}'),
    'request.document: Doc/Body/Tx/Cdtr/Nm has an unknown place {payee}; known are any, businessDate',
  ],
  [
    'two places in one element',
    oddXml.replace('{businessDate}T00:00:00', '{businessDate}T{time}'),
    'request.document: Doc/Head/At is not written as it must be: one {place} at most',
  ],
  [
    'text beside elements',
    oddXml.replace('<Cdtr>', '<Cdtr>to'),
    'request.document: Doc/Body/Tx/Cdtr has text beside elements',
  ],
  [
    'rows that name no element',
    oddXml.replace('rows: d:Doc/Body/Tx', 'rows: d:Doc/Body/Row'),
    'request.rows: the document has no element d:Doc/Body/Row',
  ],
  [
    'rows without their prefix',
    oddXml.replace('rows: d:Doc/Body/Tx', 'rows: Doc/Body/Tx'),
    'request.rows: the document has no element Doc/Body/Tx',
  ],
  [
    'an item of rows outside them',
    oddXml.replace('{programmeName}', '{name}'),
    'request.document: Doc/Head/What: this item belongs to rows',
  ],
  [
    'a count inside the rows',
    oddXml.replace('A&amp;B', '{count}'),
    'request.document: Doc/Body/Tx/Fixed: this item belongs to header or trailer',
  ],
  [
    'a request without account',
    oddXml.replace('<Acct>{account}</Acct>', ''),
    'request.document: the rows lack {account}',
  ],
  [
    'a request without amount',
    oddXml.replace('<Amt Ccy="CNY">{amount}</Amt>\n', '\n').replace('    amount: { unit: yuan }\n', ''),
    'request.document: the rows lack {amount}',
  ],
  [
    'a request without serial and line',
    pagedXml.replace('<i>{line}</i>', ''),
    'request.document: the rows lack {serial} or {line}',
  ],
  [
    'an answer without serial and line',
    oddXml
      .replace('<Tx>\n          <Id>{serial}</Id>', '<Tx>')
      .replace('  places:\n    serial: { bytes: 16 }\n  late', '  late'),
    'result.document: lacks the column serial, or line',
  ],
  [
    'an answer without code',
    oddXml.replace('<Sts>{code}</Sts>', ''),
    'result.document: lacks the column code, or paidAmount',
  ],
  [
    'a late document without code',
    oddXml.replace('<Sts>{code}</Sts></Tx></Back>', '</Tx></Back>'),
    'result.late.document: lacks the column code, or paidAmount',
  ],
  [
    'a late document without its name',
    oddXml.replace(/ {2}lateName: .*\n/u, ''),
    'result.late: needs lateName beside it',
  ],
  [
    'a code in a request',
    oddXml.replace('A&amp;B', '{code}'),
    'request.document: a request cannot have {code}',
  ],
  [
    'an undeclared setting',
    oddXml.replace('cis="{settings.cis}"', 'cis="{settings.org}"'),
    'request.document: Doc/Head/@cis: the setting is not declared in settings',
  ],
  [
    'options of no place',
    oddXml.replace('    businessDate: {', '    fundingAccount: { bytes: 20 }\n    businessDate: {'),
    'request.places.fundingAccount: the document has no {fundingAccount}',
  ],
  [
    'a pattern that is none',
    oddXml.replace('name: { maxBytes: 60 }', 'name: { pattern: "(" }'),
    'request.places.name.pattern: Doc/Body/Tx/Cdtr/Nm: is not a pattern',
  ],
  [
    'a name that may be cut',
    oddXml.replace('name: { maxBytes: 60 }', 'name: { overflow: truncate }'),
    'request.document: Doc/Body/Tx/Cdtr/Nm: only a remark may be cut short',
  ],
  [
    'an amount that does not fit',
    oddXml.replace('    amount: { unit: yuan }', '    amount: { maxBytes: 8, unit: yuan }'),
    'request.document: Doc/Body/Tx/Amt: the greatest amount does not fit its column',
  ],
  [
    'a serial of three digits',
    oddXml.replace('serial: { bytes: 16 }', 'serial: { bytes: 3 }'),
    'request.document: Doc/Body/Tx/Id: a serial has 8 to 20 digits',
  ],
  [
    'a text that the charset lacks',
    oddXml
      .replaceAll('GB18030', 'GBK')
      .replace('charset: gb18030', 'charset: gbk')
      .replace('A&amp;B', '陈㛃'),
    'request.document: Doc/Body/Tx/Fixed: gbk cannot write this text',
  ],
  [
    'another encoding',
    oddXml.replace('GB18030', 'UTF-8'),
    'request.document: declares the encoding UTF-8, but charset is gb18030',
  ],
  [
    'no encoding',
    oddXml.replace('<?xml version="1.0" encoding="GB18030"?>', ''),
    'request.document: declares the encoding UTF-8, but charset is gb18030',
  ],
  [
    'an element twice',
    oddXml.replace('<Fixed>', '<Amt>1</Amt><Fixed>'),
    'request.document: Doc/Body/Tx/Amt stands twice',
  ],
  [
    'a status without its meanings',
    oddXml.replace(/ {2}fileCodes: .*\n/u, ''),
    'result.document: has fileCode, so result.fileCodes is needed',
  ],
  [
    'meanings without a status',
    oddXml.replace('<Sts>{fileCode}</Sts>', ''),
    'result.fileCodes: needs the column fileCode in the header',
  ],
  [
    'no status that is final',
    oddXml.replace('OK: final', 'OK: in-progress'),
    'result.fileCodes: no status means final',
  ],
  [
    'a status after the rows',
    oddXml.replace('<Sts>{fileCode}</Sts>', '').replace('<End><Ok>', '<End><Sts>{fileCode}</Sts><Ok>'),
    'result.document: Doc/End/Sts: this item belongs to the header',
  ],
  [
    'pages without numbers',
    pagedXml.replace('<p>{pageNumber}</p>', ''),
    'result.document: pages lack {pageNumber}',
  ],
  [
    'pages without a count',
    pagedXml.replace('<n>{count}</n><t>', '<t>'),
    'result.document: pages lack {count}',
  ],
  ['pages of no size', pagedXml.replace('  pageRows: 2\n', ''), 'result.style: paged answers need pageRows'],
  [
    'page numbers without pages',
    pagedXml.replace('style: paged', 'style: full-list'),
    'result.style: {pageNumber}',
  ],
  [
    'an overlay',
    pagedXml.replace('style: paged', 'style: overlay'),
    'result.style: XML documents have no overlay answers',
  ],
  [
    'failures that do not tie out',
    pagedXml.replace('style: paged', 'style: failures-only'),
    'result.header: lacks the column paidCount',
  ],
  [
    'a zip that is not there',
    zippedXml.replace('<z/>', '<y/>'),
    'request.zip.element: a/b must have an empty element z',
  ],
  [
    'a flag with a text',
    zippedXml.replace('<f/>', '<f>0</f>'),
    'request.zip.flag: a/b must have an empty element f',
  ],
  [
    'an item of rows before the document',
    preambleXml.replace('{ item: time, bytes: 6 }', '{ item: name, bytes: 6 }'),
    'request.preamble.0.3: this item belongs to rows',
  ],
  [
    'two columns without width',
    preambleXml
      .replace('{ item: time, bytes: 6 }', '{ item: time }')
      .replace('{ item: any, bytes: 9 }', '{ item: any }'),
    'request.preamble.0: one column of a line at most may go without bytes',
  ],
  [
    'depth',
    pagedXml.replace('<m>{name}</m>', `${'<x>'.repeat(40)}<m>{name}</m>${'</x>'.repeat(40)}`),
    'request.document: is nested deeper than 32',
  ],
]

describe('refuses', () => {
  test.each(cases)('%s', (_what, text, expected) => {
    const told = complaints(text)
    expect(
      told.some((each) => each.startsWith(expected)),
      told.join('\n'),
    ).toBe(true)
  })
})

test('every profile of these tests holds without its mistake', () => {
  for (const text of [oddXml, pagedXml, zippedXml, preambleXml]) expect(complaints(text)).toEqual([])
})

test('says it in Chinese too, at the line of the document', () => {
  const broken = parseProfile(oddXml.replace('{name}', '{payee}'), 'odd-xml.yaml')
  if (broken.kind === 'ok') throw new Error('was accepted')
  expect(broken.problems[0]?.line).toBe(14)
  expect(broken.problems[0]?.messageZh).toContain('不认识 {payee}')
})
