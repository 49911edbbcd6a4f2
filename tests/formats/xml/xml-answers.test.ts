/** Answers that are XML documents: read as strictly as lines are, refused whole with every reason. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { charset } from '../../../formats/values/charset.ts'
import { headerFor, readWhole } from '../fixture-files.ts'
import { answered, answerOf, compiled, oddXml, readAnswer, refusals, textOf, told } from './xml-profiles.ts'

const profile = compiled(oddXml)

describe('an answer', () => {
  const lines = answered(['S'], ['F', 'AC04'], ['F', '', '户名不符'], ['W'])
  const bytes = answerOf(profile, lines)
  const sound = textOf(profile, bytes)
  const outcomes = [
    '01 paid PAID',
    '02 failed ACCOUNT_CLOSED',
    '03 failed NAME_MISMATCH',
    '04 open OUTCOME_UNKNOWN',
  ]

  test.each([1, 7, 65_536])('says what became of every line, in chunks of %i bytes', (chunkBytes) => {
    const read = readWhole(profile.resultReader(headerFor(profile, lines)), bytes, chunkBytes)
    expect(read.refusals).toEqual([])
    expect(told(read)).toEqual(outcomes)
    expect(read.rows[1]).toEqual({
      lineNo: 2,
      serial: '1121000100000002',
      account: '6217999990000000025',
      name: '李珅',
      amountFen: 123456n,
      outcome: 'failed',
      reason: { code: 'ACCOUNT_CLOSED', class: 'C', bankCode: 'F/AC04', bankText: '' },
    })
    expect(read.summary).toEqual({
      rowCount: 4,
      rowTotalFen: 248880n,
      paidCount: 1,
      paidTotalFen: 50000n,
      fileNumber: '202611210001',
    })
  })

  test('an alternative place is read where the first one is absent', () => {
    const other = sound.replace('<Cd>AC04</Cd>', '<Prtry>BE01</Prtry>')
    expect(told(readAnswer(profile, other))[1]).toBe('02 failed NAME_MISMATCH')
    const both = sound.replace('<Cd>AC04</Cd>', '<Cd>AC04</Cd><Prtry>AC04</Prtry>')
    expect(told(readAnswer(profile, both))).toEqual(outcomes)
    const torn = sound.replace('<Cd>AC04</Cd>', '<Cd>AC04</Cd><Prtry>BE01</Prtry>')
    expect(refusals(readAnswer(profile, torn))).toEqual([
      'LAYOUT row=2 column=Doc/Body/Tx/Rsn/Prtry found=another text than before',
    ])
  })

  test('prefixes, CDATA, comments, order inside a row and elements that nobody named do not matter', () => {
    const other = sound
      .replace(
        '<Doc xmlns="urn:odd">',
        '<x:Doc xmlns:x="urn:odd" xmlns="urn:odd"><New a="1"><deep>1</deep></New>',
      )
      .replace('</Doc>', '</x:Doc>')
      .replace('<Sts>S</Sts>', '<!-- paid --><Sts><![CDATA[S]]></Sts><More/>')
      .replace(/(<Id>\d{15}3<\/Id>)(.*?)(<Rsn>|<Inf>)/u, '$2$1$3')
    expect(told(readAnswer(profile, other))).toEqual(outcomes)
  })

  test('an element of another namespace is not ours', () => {
    const foreign = sound.replace('<Sts>W</Sts>', '<Sts>W</Sts><y:Sts xmlns:y="urn:y">S</y:Sts>')
    expect(told(readAnswer(profile, foreign))).toEqual(outcomes)
    const moved = sound.replace('<Sts>W</Sts>', '<y:Sts xmlns:y="urn:y">S</y:Sts>')
    expect(refusals(readAnswer(profile, moved))).toContain(
      'LAYOUT row=4 column=Doc/Body/Tx/Sts found=missing',
    )
  })

  test('elements that nobody named are refused where the profile wants it', () => {
    const strict = compiled(
      oddXml.replace('  style: full-list', '  style: full-list\n  onlyKnownElements: true'),
    )
    expect(told(readAnswer(strict, sound))).toEqual(outcomes)
    const more = sound.replace('<Sts>S</Sts>', '<Sts>S</Sts><More/>')
    expect(refusals(readAnswer(strict, more))).toEqual(['LAYOUT found=Doc/Body/Tx/More'])
  })

  test.each<[string, (text: string) => string, string]>([
    ['another root', (text) => text.replaceAll('Doc', 'Dox'), 'HEADER found=Dox expected=Doc'],
    [
      'another namespace',
      (text) => text.replace('urn:odd', 'urn:even'),
      'HEADER found=urn:even expected=urn:odd',
    ],
    [
      'an element twice in a row',
      (text) => text.replace('<Sts>S</Sts>', '<Sts>F</Sts><Sts>S</Sts>'),
      'LAYOUT row=1 column=Doc/Body/Tx/Sts found=twice',
    ],
    [
      'an element twice in the head',
      (text) => text.replace('<Sts>OK</Sts>', '<Sts>RUN</Sts><Sts>OK</Sts>'),
      'LAYOUT column=Doc/Head/Sts found=twice',
    ],
    [
      'two bodies',
      (text) => text.replace('</Body>', '</Body><Body></Body>'),
      'LAYOUT column=Doc/Body found=twice',
    ],
    [
      'a row without its account',
      (text) => text.replace(/<Acct>.*?<\/Acct>/u, ''),
      'LAYOUT row=1 column=Doc/Body/Tx/Acct found=missing',
    ],
    [
      'a row with an empty account',
      (text) => text.replace(/<Acct>.*?<\/Acct>/u, '<Acct/>'),
      'LAYOUT row=1 column=Doc/Body/Tx/Acct expected=account',
    ],
    [
      'another currency',
      (text) => text.replace('CNY', 'USD'),
      'LAYOUT row=1 column=Doc/Body/Tx/Amt/@Ccy expected=CNY',
    ],
    [
      'no currency',
      (text) => text.replace(' Ccy="CNY"', ''),
      'LAYOUT row=1 column=Doc/Body/Tx/Amt/@Ccy found=missing',
    ],
    [
      'an amount in yuan',
      (text) => text.replace('>50000<', '>500.00<'),
      'LAYOUT row=1 column=Doc/Body/Tx/Amt expected=amount in fen',
    ],
    [
      'an amount in full width',
      (text) => text.replace('>50000<', '>５００００<'),
      'LAYOUT row=1 column=Doc/Body/Tx/Amt expected=amount in fen',
    ],
    [
      'a negative amount',
      (text) => text.replace('>50000<', '>-50000<'),
      'LAYOUT row=1 column=Doc/Body/Tx/Amt expected=amount in fen',
    ],
    [
      'a serial with letters',
      (text) => text.replace('<Id>1121', '<Id>A121'),
      'LAYOUT row=1 column=Doc/Body/Tx/Id expected=serial',
    ],
    [
      'a serial that is too short',
      (text) => text.replace('<Id>1121', '<Id>121'),
      'LAYOUT row=1 column=Doc/Body/Tx/Id expected=serial',
    ],
    [
      'a name with a line break',
      (text) => text.replace('张三', '张\n三'),
      'LAYOUT row=1 column=Doc/Body/Tx/Nm expected=name',
    ],
    [
      'no status of the file',
      (text) => text.replace('<Sts>OK</Sts>', ''),
      'LAYOUT expected=fileCode before the rows',
    ],
    [
      'a count that is none',
      (text) => text.replace('<Nb>4</Nb>', '<Nb>four</Nb>'),
      'HEADER column=Doc/Head/Nb expected=count',
    ],
    [
      'one row more than counted',
      (text) => text.replace('<Nb>4</Nb>', '<Nb>3</Nb>'),
      'COUNT where=header what=count stated=3 found=4',
    ],
    [
      'a row that was left out',
      (text) => text.replace(/<Tx>.*?<\/Tx>/u, ''),
      'COUNT where=header what=count stated=4 found=3',
    ],
    [
      'one success more than counted',
      (text) => text.replace('<Ok>1</Ok>', '<Ok>2</Ok>'),
      'COUNT where=header what=paidCount stated=2 found=1',
    ],
    [
      'one failure more than counted',
      (text) => text.replace('<Bad>2</Bad>', '<Bad>3</Bad>'),
      'COUNT where=header what=failedCount stated=3 found=2',
    ],
    [
      'a higher sum',
      (text) => text.replace('<OkSum>50000<', '<OkSum>50001<'),
      'TOTAL where=header what=paidTotal stated=50001 found=50000',
    ],
    ['no tail', (text) => text.replace(/<End>.*<\/End>/u, ''), 'LAYOUT column=Doc/End/Ok found=missing'],
    ['an end that is missing', (text) => text.replace('</Doc>', ''), 'TRUNCATED sizeBytes='],
    ['words after the end', (text) => `${text}OK`, 'TRAILING_BYTES after=root'],
    ['a document type', (text) => text.replace('<Doc ', '<!DOCTYPE Doc><Doc '), 'XML found=DOCTYPE'],
    [
      'another encoding',
      (text) => text.replace('encoding="GB18030"', 'encoding="UTF-8"'),
      'CHARSET stated=UTF-8 expected=gb18030',
    ],
    ['nothing', () => '', 'EMPTY'],
  ])('with %s is refused', (_what, change, expected) => {
    const changed = change(sound)
    expect(changed).not.toBe(sound)
    const read = readAnswer(profile, changed)
    expect(read.summary).toBeUndefined()
    expect(
      refusals(read).some((each) => each.startsWith(expected)),
      refusals(read).join('\n'),
    ).toBe(true)
    expect(JSON.stringify(read.refusals)).not.toMatch(/张|李|62179/u)
  })

  test('of another request is refused', () => {
    const header = { ...headerFor(profile, lines), fileNumber: '202611210002' }
    expect(refusals(readWhole(profile.resultReader(header), bytes))).toEqual([
      'NOT_THIS_FILE where=header what=fileNumber stated=202611210001 expected=202611210002',
    ])
  })

  test('that is cut anywhere is refused', () => {
    for (let length = 0; length < bytes.length; length++)
      if (readAnswer(profile, bytes.subarray(0, length)).summary) expect.fail(`cut at ${length} was read`)
  })

  test('with one damaged byte is refused, or pays nobody more and not a fen more', () => {
    const damage = fc.record({
      at: fc.nat({ max: bytes.length - 1 }),
      byte: fc.integer({ min: 0, max: 255 }),
    })
    fc.assert(
      fc.property(damage, ({ at, byte }) => {
        const changed = Buffer.from(bytes)
        changed[at] = byte
        const read = readAnswer(profile, changed)
        if (!read.summary) return
        expect(read.rows).toHaveLength(4)
        expect(read.rows.filter((row) => row.outcome === 'paid').length).toBeLessThanOrEqual(1)
        expect([50000n, undefined]).toContain(read.summary.paidTotalFen)
      }),
      { numRuns: 2000 },
    )
  })

  test('with bad bytes says so by line', () => {
    const at = bytes.indexOf(charset('gb18030').encode('张'))
    const changed = Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 1)])
    expect(readAnswer(profile, changed).refusals).toEqual([
      { code: 'CHARSET', lineNo: 2, facts: { charset: 'gb18030' } },
    ])
  })

  test('names no more than a hundred reasons', () => {
    const rows = '<Tx/>'.repeat(300)
    expect(readAnswer(profile, sound.replace('<Body>', `<Body>${rows}`)).refusals).toHaveLength(100)
  })
})

describe('the status of a file', () => {
  const lines = answered(['S'], ['F', 'AC04'])
  const sound = textOf(profile, answerOf(profile, lines))
  const withStatus = (status: string): string => sound.replace('<Sts>OK</Sts>', `<Sts>${status}</Sts>`)

  test('that is not finished leaves every row open', () => {
    const read = readAnswer(profile, withStatus('RUN'))
    expect(told(read)).toEqual(['01 open PAID', '02 open ACCOUNT_CLOSED'])
    expect(read.summary?.paidCount).toBeUndefined()
  })

  test('that nobody listed makes every row unknown', () => {
    expect(told(readAnswer(profile, withStatus('???')))).toEqual([
      '01 unknown UNMAPPED',
      '02 unknown UNMAPPED',
    ])
  })

  test('that refuses the file ends it, whatever else it says', () => {
    const refused = withStatus('DUP').replace('</Sts>', '</Sts><Inf>批次号重复</Inf>')
    const read = readAnswer(profile, refused)
    expect(read.rows).toEqual([])
    expect(refusals(read)).toEqual(['BANK_REFUSED reason=FILE_DUPLICATE code=DUP text=批次号重复'])
  })

  test('after the first row is too late', () => {
    const late = sound.replace(/(<Head>.*<\/Head>)(<Body>.*<\/Body>)/u, '$2$1')
    expect(refusals(readAnswer(profile, late))).toEqual(['LAYOUT expected=fileCode before the rows'])
  })

  test('of an unfinished file without rows proves nothing and claims nothing', () => {
    const empty = withStatus('RUN').replace(/<Tx>.*<\/Tx>/u, '')
    const read = readAnswer(profile, empty)
    expect(read.summary).toMatchObject({ rowCount: 0 })
    expect(refusals(readAnswer(profile, sound.replace(/<Tx>.*<\/Tx>/u, ''))).length).toBeGreaterThan(0)
  })

  test('can be answered by the simulated bank for every refusal that there is', () => {
    expect(profile.refusalAnswers.map((each) => each.reason)).toEqual(['FILE_DUPLICATE', 'FILE_TOTALS'])
    for (const { reason, content } of profile.refusalAnswers) {
      const read = readWhole(profile.resultReader(headerFor(profile, lines)), content)
      expect(read.refusals.map(({ code, facts }) => [code, facts.reason])).toEqual([['BANK_REFUSED', reason]])
    }
  })
})

describe('other kinds of answers', () => {
  const lines = answered(['S'], ['F', 'AC04'], ['W'])

  test('an answer of the day leaves open what is not final in it', () => {
    const read = readAnswer(profile, answerOf(profile, lines, 'intermediate'), 'intermediate')
    expect(told(read)).toEqual(['01 open PAID', '02 failed ACCOUNT_CLOSED', '03 open OUTCOME_UNKNOWN'])
    expect(read.summary?.paidCount).toBeUndefined()
  })

  test('later returns have a document of their own', () => {
    const bytes = answerOf(profile, answered(['F'], ['F']), 'late')
    expect(textOf(profile, bytes)).toContain('<Doc xmlns="urn:odd:late"><Back><Tx>')
    expect(told(readAnswer(profile, bytes, 'late'))).toEqual([
      '01 returned OTHER_SEE_TEXT',
      '02 returned OTHER_SEE_TEXT',
    ])
    expect(refusals(readAnswer(profile, bytes))[0]).toBe('HEADER found=urn:odd:late expected=urn:odd')
  })

  test('codes of an agreement are laid over those of the profile', () => {
    const changed = profile.withCodes({ W: 'BANK_BUSY' })
    expect(told(readAnswer(changed, answerOf(profile, lines)))[2]).toBe('03 failed BANK_BUSY')
    expect(() => profile.withCodes({ W: 'NOBODY_KNOWS' })).toThrow()
  })
})
