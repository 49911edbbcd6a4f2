/** The shipped profiles against fixture bytes that something other than our writer made. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fixture, fixtureLines, headerFor, readNamed, readWhole, shipped } from '../fixture-files.ts'
import {
  type CaseFile,
  caseFiles,
  cipherOf,
  everyCaseFile,
  everyProfile,
  readAnswer,
  readRequest,
} from './catalog-fixtures.ts'
import { expectedOutcomes } from './expected-outcomes.ts'

const named = (files: readonly CaseFile[]) => files.map((file) => [file.path, file] as const)
const requests = everyCaseFile.filter((file) => file.kind === 'request')
const answers = everyCaseFile.filter((file) => file.kind !== 'request')

/** Lines of a profile: their people are those of the fixtures, XML documents have people of their own. */
const ofLines = (files: readonly CaseFile[]) => files.filter((file) => file.profile.layout !== 'xml')

/** Settings that stand in the file itself, not in its name alone. */
const settingsInFiles: Readonly<Record<string, readonly string[]>> = {
  'cib-batch': ['payerAccount', 'isCib', 'payeeBank', 'remitPlace', 'lastColumn'],
  'spdb-ubp': ['comCode'],
  't1-marker': ['merchantNo', 'bankCode', 'bankName'],
  'ums-ret': ['enterpriseId'],
  'unionpay-acp': ['version'],
}

const chunkSizes = [1, 7, 64, 100_000]

describe.each(everyProfile)('%s', (id, profile) => {
  test('has a request and answers among the fixtures', () => {
    const kinds = caseFiles(id, profile).map((file) => file.kind)
    const needed = profile.layout === 'xml' ? (['answer'] as const) : profile.answerKinds
    for (const kind of ['request', ...needed]) expect(kinds).toContain(kind)
  })

  test('knows its own names', () => {
    const header = headerFor(profile, fixtureLines(1))
    const facts = { businessDate: '20261121', sequence: 1 }
    const request = profile.fileName(header)
    expect(profile.matchRequestName(request)).toEqual(facts)
    expect(profile.matchResultName(request)).toBeUndefined()
    for (const kind of profile.answerKinds) {
      const name = profile.resultName(header, kind)
      expect(profile.matchResultName(name)).toEqual({ ...facts, kind })
      expect(profile.matchResultName(`../${name}`)).toBeUndefined()
      expect(profile.matchResultName(`${name}.part`)).toBeUndefined()
      expect(profile.matchRequestName(name)).toBeUndefined()
    }
  })

  test('says where its layout comes from and how near to it it is', () => {
    expect(profile.source).toMatch(/bank-formats §|ISO 20022/u)
    expect(profile.note.length).toBeGreaterThan(80)
    expect(profile.fidelity === 'high' || /our|public|ours/iu.test(profile.note)).toBe(true)
  })

  test('pays by explicit codes alone and leaves what is under way open', () => {
    const paying = profile.codes.filter((each) => each.outcome === 'paid')
    expect(paying.length).toBeGreaterThan(0)
    expect(paying.every((each) => each.reason === 'PAID')).toBe(true)
    const undecided = profile.codes.filter((each) => each.reason === 'OUTCOME_UNKNOWN')
    expect(undecided.every((each) => each.outcome === 'open' || each.outcome === 'unknown')).toBe(true)
  })
})

describe.each(named(ofLines(requests)))('%s', (_path, file) => {
  const { profile, path, name } = file
  const bytes = fixture(path)
  const lines = fixtureLines(readRequest(file).rows.length)
  const header = headerFor(profile, lines)

  test('takes every fixture line', () => {
    expect(lines.length).toBeGreaterThanOrEqual(5)
    expect(lines.flatMap((line) => profile.check(line))).toEqual([])
  })

  test('is written byte for byte, under its name', () => {
    const writer = profile.writer(header, cipherOf(file))
    const written = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
    expect(profile.fileName(header)).toBe(name)
    if (file.caseName === 'packed') expect(readRequest(file).rows).toEqual(readRequest(file, written).rows)
    else expect(written.toString('hex')).toBe(bytes.toString('hex'))
  })

  test('is read back, in chunks of any size', () => {
    for (const chunkBytes of chunkSizes) {
      const read = readRequest(file, bytes, chunkBytes)
      expect(read.refusals).toEqual([])
      expect(read.summary?.rowCount).toBe(lines.length)
      expect(read.rows.map((row) => [row.payeeName, row.payeeAccount, row.amountFen, row.seq])).toEqual(
        lines.map((line) => [line.payeeName, line.payeeAccount, line.amountFen, line.seq]),
      )
    }
  })

  test('is told from the file of another agreement, where a setting stands in it', () => {
    for (const [setting, value] of Object.entries(profile.sampleSettings)) {
      const another = { ...profile.sampleSettings, [setting]: `${value}9` }
      const { refusals } = readWhole(profile.requestReader(another, cipherOf(file)), bytes)
      expect(refusals.length > 0, setting).toBe(settingsInFiles[profile.id]?.includes(setting) ?? false)
    }
  })
})

describe.each(named(answers))('%s', (path, file) => {
  test('is read without a refusal, and the same in chunks of any size', () => {
    const whole = readAnswer(file)
    expect(whole.refusals).toEqual([])
    for (const chunkBytes of chunkSizes) expect(readAnswer(file, fixture(path), chunkBytes)).toEqual(whole)
  })
})

describe('what the banks say of every line', () => {
  const said = (file: CaseFile) =>
    readAnswer(file).rows.map(
      (row) => `${row.serial.slice(-2)} ${row.outcome} ${row.reason.code} ${row.reason.class}`,
    )

  test.each(named(ofLines(answers)))('%s', (path, file) => {
    expect(said(file)).toEqual(expectedOutcomes[path])
  })

  test('nothing is expected of a file that is not there', () => {
    const paths = ofLines(answers).map((file) => file.path)
    expect(Object.keys(expectedOutcomes).filter((path) => !paths.includes(path))).toEqual([])
  })
})

describe('side files', () => {
  const of = (id: string, path: string) => {
    const profile = shipped(id)
    const content = fixture(path)
    const digest = (name: string): string => createHash(name).update(content).digest('hex')
    const name = path.split('/').at(-1) ?? ''
    const data = { name, md5: digest('md5'), sha256: digest('sha256'), sizeBytes: content.length }
    return profile.sideFiles(headerFor(profile, fixtureLines(5)), data)
  }

  test('cib-batch: the digest is upper case, ends its line and goes up before the file', () => {
    const path = 'cib-batch/five-people/batch_20261121_001.txt'
    expect(of('cib-batch', path)).toEqual([
      { name: 'batch_20261121_001.txt.md5', order: 'before', content: fixture(`${path}.md5`) },
    ])
    expect(fixture(`${path}.md5`)).toHaveLength(33)
  })

  test.each([
    ['t1-marker', 't1-marker/five-people/REQ_ORG001_20261121_0001'],
    ['rural-fixed', 'rural-fixed/seven-people/DF_ORG001_20261121_001'],
  ])('%s: the marker holds the date and goes up after the file', (id, stem) => {
    expect(of(id, `${stem}.txt`)).toEqual([
      { name: `${stem.split('/').at(-1)}.OK`, order: 'after', content: fixture(`${stem}.OK`) },
    ])
  })

  test('answers are proven by the files that the banks put beside them', () => {
    expect(shipped('t1-marker').answerSideFiles('RES_ORG001_20261121_0001.txt')).toEqual([
      { name: 'RES_ORG001_20261121_0001.OK', proves: 'complete' },
    ])
    for (const name of ['division-20261121-001.ret', 'final_division-20261121-001.ret'])
      expect(shipped('ums-ret').answerSideFiles(name)).toEqual([
        { name: `${name}.sign`, proves: 'signature' },
      ])
    expect(shipped('cmbc-batch').answerSideFiles('res_20261121_001.txt')).toEqual([])
  })
})

test('a list of failures states the successes that make it whole', () => {
  const read = readNamed(shipped('ccb-batch'), 'ccb-batch/seven-people/CCB_CUST0001_20261121_001_FAIL.txt')
  expect(read.rows.some((row) => row.outcome === 'paid')).toBe(false)
  expect(read.summary).toMatchObject({ rowCount: 5, paidCount: 2, paidTotalFen: 50100n })
})

test('files of later returns state no successes of the request that they follow', () => {
  const late = everyCaseFile.filter((file) => file.kind === 'late')
  expect(late.length).toBeGreaterThanOrEqual(5)
  for (const file of late) {
    const { rows, summary } = readAnswer(file)
    expect(rows.every((row) => row.outcome === 'returned')).toBe(true)
    expect(summary?.paidCount).toBeUndefined()
  }
})

test('raw code and raw text stay as the bank wrote them', () => {
  const rows = readNamed(shipped('rural-fixed'), 'rural-fixed/seven-people/DF_ORG001_20261121_001.RES').rows
  expect(rows[5]?.reason).toEqual({ code: 'UNMAPPED', class: 'Q', bankCode: '9X9Z', bankText: '见柜面通知' })
})
