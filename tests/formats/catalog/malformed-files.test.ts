/** Answers that must be refused whole, each fixture named after what is wrong with it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { fixture, fixtureLines, headerFor, readNamed, readWhole, shipped } from '../fixture-files.ts'
import { everyCaseFile, everyProfile, lineProfiles, malformedNames, readAnswer } from './catalog-fixtures.ts'
import { refusedFiles } from './refused-files.ts'

/** A name that ends in a kind's own suffix is read as that kind; all malformed fixtures are answers. */
const refusalsOf = (profile: CompiledProfile, path: string, chunkBytes?: number) =>
  readWhole(profile.resultReader(), fixture(path), chunkBytes).refusals

describe.each(everyProfile)('%s', (id, profile) => {
  const names = malformedNames(id)

  test('has malformed fixtures', () => {
    expect(names.length).toBeGreaterThanOrEqual(profile.layout === 'xml' ? 0 : 15)
  })

  test.each(names)('refuses %s and says why, whatever the chunks', (name) => {
    const path = `${id}/malformed/${name}`
    const refusals = refusalsOf(profile, path)
    expect(refusals.length).toBeGreaterThan(0)
    if (profile.layout !== 'xml')
      expect(refusals.map((refusal) => refusal.code)).toEqual(refusedFiles[id]?.[name])
    for (const chunkBytes of [1, 13, 1000]) expect(refusalsOf(profile, path, chunkBytes)).toEqual(refusals)
  })

  test('refuses every answer of another profile', () => {
    for (const other of everyCaseFile) {
      if (other.profile.id === id || other.kind === 'request') continue
      const { refusals } = readWhole(profile.resultReader(), fixture(other.path))
      expect(refusals.length, `${id} read ${other.path}`).toBeGreaterThan(0)
    }
  })

  test('refuses its own request in place of an answer, or reads nothing paid', () => {
    for (const file of everyCaseFile) {
      if (file.profile.id !== id || file.kind !== 'request') continue
      const read = readWhole(profile.resultReader(), fixture(file.path))
      expect(read.refusals.length > 0 || read.rows.every((row) => row.outcome === 'unknown')).toBe(true)
    }
  })

  test('refuses random bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 1, max: 100 }),
        (bytes, chunkBytes) => {
          expect(readWhole(profile.resultReader(), Buffer.from(bytes), chunkBytes).refusals).not.toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('nothing is expected of a malformed file that is not there', () => {
  for (const [id] of lineProfiles)
    expect(Object.keys(refusedFiles[id] ?? {}).sort()).toEqual([...malformedNames(id)])
})

test('no reason repeats a name, an account or an ID number', () => {
  const people = fixtureLines(7).flatMap((line) => [
    line.payeeName,
    line.payeeAccount,
    line.payeeIdNumber ?? '',
  ])
  for (const [id, profile] of everyProfile) {
    for (const name of malformedNames(id)) {
      const told = JSON.stringify(refusalsOf(profile, `${id}/malformed/${name}`))
      expect(people.filter((text) => told.includes(text))).toEqual([])
    }
  }
})

describe('an answer to another file', () => {
  const profile = shipped('rural-fixed')
  const bytes = fixture('rural-fixed/seven-people/DF_ORG001_20261121_001.RES')
  const header = headerFor(profile, fixtureLines(7))

  test('is refused with every difference', () => {
    const other = { ...header, businessDate: '20261122', sequence: 2, fileNumber: '202611220002' }
    const { refusals } = readWhole(profile.resultReader(other), bytes)
    expect(refusals.map((refusal) => refusal.facts.what)).toEqual(['businessDate', 'sequence', 'fileNumber'])
    expect(new Set(refusals.map((refusal) => refusal.code))).toEqual(new Set(['NOT_THIS_FILE']))
  })

  test('is told from the answer to this one, for every profile', () => {
    for (const file of everyCaseFile) {
      if (file.kind !== 'answer' || file.profile.layout === 'xml' || file.caseName === 'encrypted') continue
      const { refusals } = readAnswer(file)
      expect(refusals).toEqual([])
    }
    expect(readWhole(profile.resultReader(header), bytes).refusals).toEqual([])
  })

  test.each([
    ['unionpay-acp', 'seven-people/DF00000000777290058110097202611210001O.txt', 'version'],
    ['ums-ret', 'seven-people/final_division-20261121-001.ret', 'enterpriseId'],
  ])('%s: another agreement is told by its setting', (id, path, setting) => {
    const ours = shipped(id)
    const settings = { ...ours.sampleSettings, [setting]: 'X9' }
    const known = { ...headerFor(ours, fixtureLines(7)), settings }
    expect(readWhole(ours.resultReader(known), fixture(`${id}/${path}`)).refusals).not.toEqual([])
  })

  test('cib-batch: a row beyond the request is of another batch', () => {
    const cib = shipped('cib-batch')
    const answer = fixture('cib-batch/five-people/batchtransfer20261121000000000001.txt')
    expect(readWhole(cib.resultReader(headerFor(cib, fixtureLines(5))), answer).refusals).toEqual([])
    const { refusals } = readWhole(cib.resultReader(headerFor(cib, fixtureLines(4))), answer)
    expect(refusals.map((refusal) => [refusal.code, refusal.lineNo])).toEqual([['LAYOUT', 5]])
  })

  test('ums-ret: a row of another batch keeps its own serial, for the matcher to see', () => {
    const path = 'ums-ret/row-of-another-batch/final_division-20261121-001.ret'
    expect(readNamed(shipped('ums-ret'), path).rows.map((row) => row.serial)).toEqual([
      '20261120000900000001',
      '20261121000100000002',
    ])
  })

  test('a list of failures must count the whole request', () => {
    const ccb = shipped('ccb-batch')
    const failures = fixture('ccb-batch/seven-people/CCB_CUST0001_20261121_001_FAIL.txt')
    const { refusals } = readWhole(ccb.resultReader(headerFor(ccb, fixtureLines(6))), failures)
    expect(refusals.map((refusal) => `${refusal.code} ${refusal.facts.what}`)).toEqual([
      'NOT_THIS_FILE count',
      'NOT_THIS_FILE total',
    ])
  })
})

describe('an answer that refuses the whole file', () => {
  test.each([
    ['refused-verify-failed.ret', 'FILE_SIGNATURE'],
    ['refused-groupno-error.ret', 'FILE_DUPLICATE'],
    ['refused-total-instruction-not-match.ret', 'FILE_TOTALS'],
  ])('ums-ret: %s stands for %s, in answers of the day as in the last', (name, reason) => {
    const ums = shipped('ums-ret')
    for (const kind of ['answer', 'intermediate'] as const) {
      const { rows, refusals } = readWhole(
        ums.resultReader(undefined, kind),
        fixture(`ums-ret/malformed/${name}`),
      )
      expect(rows).toEqual([])
      expect(refusals.map((refusal) => [refusal.code, refusal.facts.reason])).toEqual([
        ['BANK_REFUSED', reason],
      ])
    }
  })

  test('is what the simulated bank can give, and is read as the bank meant it', () => {
    for (const [, profile] of everyProfile) {
      for (const { reason, content } of profile.refusalAnswers) {
        const { rows, refusals } = readWhole(profile.resultReader(), content)
        expect(rows).toEqual([])
        expect(refusals.map((refusal) => [refusal.code, refusal.facts.reason])).toEqual([
          ['BANK_REFUSED', reason],
        ])
      }
    }
  })
})

test('a file of a thousand bad lines names the first hundred', () => {
  const bytes = Buffer.concat([Buffer.from('P|1|1|0|0\r\n'), Buffer.from('x\r\n'.repeat(1000))])
  expect(readWhole(shipped('cmbc-batch').resultReader(), bytes).refusals).toHaveLength(100)
})
