/** Scripts of misdeeds: read from words or YAML, refused with every problem, and choosing the same again after a restart. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openCallBook } from '../../../ops/simulator/misdeeds/call-book.ts'
import { type FaultRule, faultRule } from '../../../ops/simulator/misdeeds/fault-rule.ts'
import { readFaultScript } from '../../../ops/simulator/misdeeds/fault-script.ts'
import { misdeedNames, misdeedOf } from '../../../ops/simulator/misdeeds/misdeed-catalog.ts'
import { holdsForLine, holdsOn, rulesForFile } from '../../../ops/simulator/misdeeds/pick-occasions.ts'
import { bankAtHand, headerFor, linesOf } from './bank-at-hand.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-scripts-'))
afterAll(() => rmSync(folder, { recursive: true }))

const chooser = { seed: 7, bank: 'ccb' }

function rulesOf(words: string): readonly FaultRule[] {
  const read = readFaultScript(words, ['ccb', 'cmbc'])
  if (read.kind === 'refused') throw new Error(read.problems.join('\n'))
  return read.rules
}

const ruleOf = (words: string): FaultRule => rulesOf(words)[0] ?? faultRule.parse({})

const held = (words: string, upTo = 12): number[] =>
  Array.from({ length: upTo }, (_, at) => at + 1).filter((number) => holdsOn(ruleOf(words), chooser, number))

describe('a script', () => {
  it('says the same as words and as YAML', () => {
    const path = join(folder, 'drill.yaml')
    writeFileSync(
      path,
      '- {bank: ccb, do: truncate-answer, file: 2}\n- {do: return-late, every: 3, days: 3}\n',
    )
    expect(rulesOf(path)).toEqual(rulesOf('ccb truncate-answer file=2, return-late every=3 days=3'))
  })

  it.each([
    ['ccb make-tea', /no behaviour make-tea; there are: refuse-signature, .*sms-frequency/],
    ['icbc never-answer', /no bank icbc; there are: ccb, cmbc/],
    ['truncate-answer call=2', /chooses by file/],
    ['slow file=2', /chooses by call/],
    ['never-answer bytes=2', /takes no bytes/],
    ['trailer-wrong lines=2', /is not done to lines/],
    ['drop-rows share=2', /share/],
    ['drop-rows colour=red', /colour/],
    ['ccb sms-frequency', /its bank is `sms`/],
    ['', /no rule/],
    [join(folder, 'missing.yaml'), /ENOENT/],
  ])('%j is refused with its reason', (words, reason) => {
    const read = readFaultScript(words, ['ccb', 'cmbc'])
    expect(read.kind === 'refused' ? read.problems.join('\n') : 'read').toMatch(reason)
  })

  it('names every problem of every rule at once', () => {
    const read = readFaultScript('make-tea, make-coffee, never-answer')
    expect(read.kind === 'refused' && read.problems.map((problem) => problem.slice(0, 7))).toEqual([
      'rule 1:',
      'rule 2:',
    ])
  })
})

describe('a rule', () => {
  it('holds once, on the files that it names, on every third, or as often as it is told', () => {
    expect(held('ccb never-answer')).toEqual([1])
    expect(held('ccb never-answer file=2+5')).toEqual([2, 5])
    expect(held('ccb never-answer every=3')).toEqual([3, 6, 9, 12])
    expect(held('ccb never-answer every=3 times=2')).toEqual([3, 6])
    expect(held('ccb never-answer times=always', 4)).toEqual([1, 2, 3, 4])
    expect(
      rulesForFile(rulesOf('cmbc never-answer, hold-answer'), chooser, 1).map((rule) => rule.do),
    ).toEqual(['hold-answer'])
  })

  it('holds for a share of files or of lines that follows from the seed', () => {
    const share = held('ccb never-answer share=0.3', 1000).length
    expect(share).toBeGreaterThan(230)
    expect(share).toBeLessThan(370)
    const lines = Array.from({ length: 1000 }, (_, at) => at + 1)
    const rule = ruleOf('ccb drop-rows share=0.1')
    const dropped = lines.filter((place) => holdsForLine(rule, chooser, 1, place))
    expect(dropped).toEqual(lines.filter((place) => holdsForLine(rule, chooser, 1, place)))
    expect(dropped.length).toBeGreaterThan(60)
    expect(dropped.length).toBeLessThan(150)
    expect(lines.filter((place) => holdsForLine(ruleOf('drop-rows lines=3+5'), chooser, 1, place))).toEqual([
      3, 5,
    ])
  })

  it('goes on counting calls where the bank was killed', async () => {
    const path = join(folder, 'calls.ndjson')
    const hits: boolean[] = []
    for (let run = 0; run < 3; run++) {
      const book = await openCallBook(path, rulesOf('ccb refuse-login call=2+4'), chooser, () => new Date())
      for (let call = 0; call < 2; call++) hits.push((await book.hit('refuse-login')) !== undefined)
      await book.close()
    }
    expect(hits).toEqual([false, true, false, true, false, false])
  })
})

describe('every behaviour', () => {
  it('is said in both languages, with ids of the matrix', () => {
    for (const name of misdeedNames) {
      const { zh, en, faults } = misdeedOf(name)
      expect(zh).toMatch(/\p{Script=Han}/u)
      expect(en).toMatch(/^[a-z].+[^.]$/)
      for (const fault of faults) expect(fault).toMatch(/^F\d\d$/)
    }
  })
})

describe('a bank that was killed', () => {
  it('goes on with what was chosen for a file when it came, whatever its script says now', async () => {
    const bank = await bankAtHand('cmbc-batch', {
      script: rulesOf('return-late lines=2 days=1'),
      policy: { seed: 7, failShare: 0, returnShare: 0 },
    })
    const lines = linesOf(3)
    await bank.send(headerFor(bank.profile, lines), lines)
    await bank.pass(1)
    await bank.restart({ script: rulesOf('drop-rows') })
    await bank.pass(30)
    await bank.pass(4 * 24 * 60)
    expect(bank.bank().sums()).toMatchObject({ credit: { count: 3 }, return: { count: 1 } })
    const answers = await bank.answers()
    expect(answers.map(({ kind, rows }) => [kind, rows.length])).toEqual([
      ['answer', 3],
      ['late', 1],
    ])
    await bank.end()
  })

  it('gives amounts as some banks write them, and debits what was asked all the same', async () => {
    const bank = await bankAtHand('icbc-payper', {
      script: rulesOf('amount-grouped lines=1, text-only lines=2'),
      policy: { seed: 7, failShare: 0, returnShare: 0 },
    })
    const lines = linesOf(2)
    await bank.send(headerFor(bank.profile, lines), lines)
    await bank.pass(1)
    await bank.pass(30)
    expect(bank.bank().sums()).toMatchObject({ debit: { count: 1 }, credit: { count: 2 } })
    await bank.end()
  })
})
