/** Documents of banks come in as elements, and every document that could mean two things is refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FileRefusal } from '../../../formats/bank-file.ts'
import { type CharsetName, charset } from '../../../formats/values/charset.ts'
import { xmlEvents } from '../../../formats/xml/xml-events.ts'

interface Heard {
  readonly events: readonly string[]
  readonly refusals: readonly FileRefusal[]
  readonly whole: boolean
}

interface Options {
  readonly name?: CharsetName
  readonly chunkBytes?: number
  readonly many?: boolean
  readonly longTexts?: ReadonlyMap<string, number>
}

function heard(document: string | Buffer, options: Options = {}): Heard {
  const codec = charset(options.name ?? 'utf8')
  const bytes = typeof document === 'string' ? codec.encode(document) : document
  const events: string[] = []
  const refusals: FileRefusal[] = []
  const reader = xmlEvents(
    {
      codec,
      documents: options.many ? 'many' : 'one',
      ...(options.longTexts ? { longTexts: options.longTexts } : {}),
    },
    {
      open: (path, attributes, namespace) => {
        const told = Object.entries(attributes).map(([name, value]) => ` ${name}=${value}`)
        events.push(`${path}${namespace ? ` in ${namespace}` : ''}${told.join('')}`)
      },
      close: (path, text) => events.push(`/${path} ${text}`.trim()),
      refuse: (refusal) => refusals.push(refusal),
    },
  )
  const step = options.chunkBytes ?? (bytes.length || 1)
  for (let from = 0; from < bytes.length; from += step) reader.push(bytes.subarray(from, from + step))
  const whole = reader.end()
  return { events, refusals, whole }
}

const refused = (document: string | Buffer, options?: Options): readonly string[] =>
  heard(document, options).refusals.map((each) => each.code)

describe('a sound document', () => {
  const document = `<?xml version="1.0" encoding="GBK"?>
<!-- made by the bank -->
<CMS><a x="1 &amp; 2" y=''>张三&lt;&#20013;&#x56FD;<![CDATA[<李>&amp;]]>珅</a>
  <b/> <c></c> <d><e>1</e></d></CMS>
<!-- end -->
`
  const events = [
    'CMS',
    'CMS/a x=1 & 2 y=',
    '/CMS/a 张三<中国<李>&amp;珅',
    'CMS/b',
    '/CMS/b',
    'CMS/c',
    '/CMS/c',
    'CMS/d',
    'CMS/d/e',
    '/CMS/d/e 1',
    '/CMS/d',
    '/CMS',
  ]

  test.each([1, 2, 7, 64 * 1024])('is the same in chunks of %i bytes', (chunkBytes) => {
    expect(heard(document, { name: 'gbk', chunkBytes })).toEqual({ events, refusals: [], whole: true })
  })

  test('namespaces are told whatever the prefix', () => {
    const prefixed = '<d:Document xmlns:d="urn:x"><d:A k="1">v</d:A><B/></d:Document>'
    const plain = '<Document xmlns="urn:x"><A k="1">v</A><B xmlns=""/></Document>'
    expect(heard(prefixed).events).toEqual(heard(plain).events)
    expect(heard(plain).events.slice(0, 2)).toEqual(['Document in urn:x', 'Document/A in urn:x k=1'])
  })

  test('the line is that of what is read next', () => {
    const lines: number[] = []
    const reader = xmlEvents(
      { codec: charset('utf8'), documents: 'one', firstLine: 3 },
      { open: () => lines.push(reader.line()), close: () => {}, refuse: () => {} },
    )
    reader.push(Buffer.from('<a>\n<b/>\r\n<b/></a>'))
    expect(reader.end()).toBe(true)
    expect(lines).toEqual([3, 4, 5])
  })
})

describe('several documents one after another', () => {
  const page = (n: number): string => `<?xml version="1.0"?>\n<p><n>${n}</n></p>\n`

  test.each([1, 7, 1000])('are told apart in chunks of %i bytes', (chunkBytes) => {
    const { events, whole } = heard(`${page(1)}${page(2)}<p/>`, { many: true, chunkBytes })
    expect(whole).toBe(true)
    expect(events.filter((each) => !each.includes('/n'))).toEqual(['p', '/p', 'p', '/p', 'p', '/p'])
  })

  test('a page that is cut and words after the last one are refused', () => {
    expect(refused(`${page(1)}<p><n>`, { many: true })).toEqual(['TRUNCATED'])
    expect(refused(`${page(1)}oops`, { many: true })).toEqual(['TRAILING_BYTES'])
    expect(refused(`${page(1)}oops<p/>`, { many: true })).toEqual(['XML'])
  })

  test('are refused where one is expected', () => {
    expect(refused(`${page(1)}<p/>`)).toEqual(['TRAILING_BYTES'])
  })
})

describe('what is refused', () => {
  const bomb = `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>`
  test.each<[string, string, FileRefusal['code']]>([
    ['a billion laughs', bomb, 'XML'],
    ['a document type', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'XML'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'XML'],
    ['an entity of nobody', '<a>&nbsp;</a>', 'XML'],
    ['an entity that is a name of the language', '<a>&constructor;</a>', 'XML'],
    ['a reference to no character', '<a>&#0;</a>', 'XML'],
    ['a control character', '<a>\u0001</a>', 'XML'],
    ['a processing instruction', '<?php ?><a/>', 'XML'],
    ['a processing instruction inside', '<a><?go now?></a>', 'XML'],
    ['XML 1.1', '<?xml version="1.1"?><a/>', 'XML'],
    ['a declaration in the middle', '<a><?xml version="1.0"?></a>', 'XML'],
    ['another encoding', '<?xml version="1.0" encoding="GBK"?><a/>', 'CHARSET'],
    ['tags that cross', '<a><b></a></b>', 'XML'],
    ['a doubled attribute', '<a b="1" b="2"/>', 'XML'],
    ['a doubled attribute by namespace', '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', 'XML'],
    ['a prefix that nobody declared', '<p:a/>', 'XML'],
    ['an attribute without quotes', '<a b=1/>', 'XML'],
    ['text beside elements', '<a>x<b/></a>', 'XML'],
    ['text behind elements', '<a><b/>x</a>', 'XML'],
    ['text before the root', 'x<a/>', 'XML'],
    ['text after the root', '<a/>x', 'TRAILING_BYTES'],
    ['text and a comment after the root', '<a/>x<!-- -->', 'TRAILING_BYTES'],
    ['a second root', '<a/><a/>', 'TRAILING_BYTES'],
    ['a comment that never ends', '<a/><!-- > ', 'TRAILING_BYTES'],
    ['nothing at all', '', 'EMPTY'],
    ['only a declaration', '<?xml version="1.0"?>', 'TRUNCATED'],
    ['a root that never closes', '<a><b>1</b>', 'TRUNCATED'],
  ])('%s', (_what, document, code) => {
    expect(refused(document)).toEqual([code])
    expect(refused(document, { chunkBytes: 1 })).toEqual([code])
    expect(heard(document).whole).toBe(false)
  })

  test('depth beyond 32, in a document of any size', () => {
    expect(refused(`${'<a>'.repeat(32)}${'</a>'.repeat(32)}`)).toEqual([])
    expect(refused(`${'<a>'.repeat(33)}${'</a>'.repeat(33)}`)).toEqual(['XML'])
    expect(refused('<a>'.repeat(1_000_000))).toEqual(['XML'])
  })

  test.each([
    ['a text', (size: number) => `<a>${'x'.repeat(size)}</a>`],
    ['a text of many entities', (size: number) => `<a>${'&gt;'.repeat(size)}</a>`],
    ['a text in pieces', (size: number) => `<a>${'<![CDATA[xxxxxxxx]]>'.repeat(size / 8)}</a>`],
    ['an attribute', (size: number) => `<a b="${'>'.repeat(size)}"/>`],
  ])('%s longer than 65,536 characters', (_what, made) => {
    expect(refused(made(65_536), { chunkBytes: 5000 })).toEqual([])
    expect(refused(made(65_544), { chunkBytes: 5000 })).toEqual(['LINE_TOO_LONG'])
  })

  test.each([
    ['a text', '<a>', 'xxxxxxx'],
    ['a text of brackets', '<a>', '>>>>>>>>'],
    ['a comment', '<a><!-- ', ' > x'],
    ['a tag of attributes', '<a ', 'b">'],
    ['a name', '<a', 'aaaaaaa'],
    ['a document type', '<!DOCTYPE a [', '<!ENTITY x "y">'],
    ['an entity', '<a>&', 'aaaaaa>'],
  ])('%s that never ends is refused long before memory ends', (_what, start, more) => {
    const megabytes = Buffer.from(start + more.repeat((4 * 1024 * 1024) / more.length))
    expect(['LINE_TOO_LONG', 'XML']).toContain(refused(megabytes, { chunkBytes: 100_000 })[0])
  })

  test('a tag of too many attributes', () => {
    const tag = (count: number) => `<a ${Array.from({ length: count }, (_, at) => `b${at}="1"`).join(' ')}/>`
    expect(refused(tag(64))).toEqual([])
    expect(refused(tag(65))).toEqual(['XML'])
  })

  test('a million names that are all different cost no memory of paths, and are read', () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `<n${at}/>`).join('')
    expect(heard(`<a>${names}</a>`).events).toHaveLength(40_002)
  })

  test('bad bytes are named by their line', () => {
    const bytes = Buffer.concat([Buffer.from('<a>\n<b/>\n'), Buffer.of(0xff, 0xfe), Buffer.from('<b/></a>')])
    expect(heard(bytes).refusals).toEqual([{ code: 'CHARSET', lineNo: 3, facts: { charset: 'utf8' } }])
    expect(refused(charset('gb18030').encode('<a>㛃</a>'), { name: 'gbk' })).toEqual(['CHARSET'])
  })

  test('a document that ends inside a character', () => {
    const bytes = charset('gb18030').encode('<a><b>王䶮</b><b>陈㛃</b></a>')
    for (let length = 1; length < bytes.length; length++) {
      expect(refused(bytes.subarray(0, length), { name: 'gb18030' })).toEqual(['TRUNCATED'])
    }
    const inside = heard(bytes.subarray(0, 7), { name: 'gb18030' }).refusals
    expect(inside).toEqual([{ code: 'TRUNCATED', facts: { sizeBytes: 7, inside: 'character' } }])
  })

  test('no refusal tells a text of the document', () => {
    for (const document of [
      '<a><b>张三</张三></a>',
      '<张三:a/>',
      '<a 张三="1" 张三="2"/>',
      '<a>&张三;</a>',
    ]) {
      expect(JSON.stringify(heard(document).refusals)).not.toContain('张三')
    }
  })
})

test('a text that may be long is taken, up to its own limit', () => {
  const longTexts = new Map([['a/zip', 300_000]])
  const document = (size: number) => `<a><zip>${'A'.repeat(size)}</zip></a>`
  expect(refused(document(300_000), { longTexts, chunkBytes: 7000 })).toEqual([])
  expect(refused(document(300_001), { longTexts, chunkBytes: 7000 })).toEqual(['LINE_TOO_LONG'])
  expect(refused(document(3_000_000), { longTexts, chunkBytes: 7000 })).toEqual(['LINE_TOO_LONG'])
})

test('cuts anywhere give the same events as none', () => {
  const text = fc.string({ unit: fc.constantFrom('张', '䶮', '㛃', '𬭎', 'a', '|', '~', ' '), maxLength: 12 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (texts, chunkBytes) => {
      const document = `<?xml version="1.0" encoding="GB18030"?>\n<a>${texts.map((each) => `<b>${each}</b>`).join('\n')}</a>\n`
      const whole = heard(document, { name: 'gb18030' })
      expect(whole.refusals).toEqual([])
      expect(heard(document, { name: 'gb18030', chunkBytes })).toEqual(whole)
    }),
  )
})
