/** The shipped profiles of XML documents against bytes that something other than our writer made. */
import { describe, expect, test } from 'vitest'
import { composed, fixture, fixtureLines, headerFor, readWhole, shipped } from '../fixture-files.ts'
import { caseFiles, readAnswer, readRequest } from './catalog-fixtures.ts'
import { xmlOutcomes } from './xml-outcomes.ts'

const profiles = Object.keys(xmlOutcomes).map((id) => [id, shipped(id)] as const)

/** Settings that stand in the request itself, not in its name alone. */
const settingsInRequests: Readonly<Record<string, readonly string[]>> = {
  'citic-dlsal': ['userName', 'msgAbstract'],
  'cnaps2-beps382': ['sender', 'centre', 'payeeBank', 'payerName', 'purpose'],
  'gzelink-xml': ['userName', 'businessCode', 'merchantId'],
  'iso20022-pain001': ['initiator', 'payerName', 'payerBank'],
  'iso20022-pain001-03': ['initiator', 'payerName', 'payerBank'],
}

describe.each(profiles)('%s', (id, profile) => {
  const files = caseFiles(id, profile)
  const [request] = files.filter((file) => file.kind === 'request')
  const answers = files.filter((file) => file.kind !== 'request')
  if (!request) throw new Error(`${id} has no request among its fixtures`)
  const lines = fixtureLines(readRequest(request).rows.length)

  test('a request is written byte for byte, under its name', () => {
    expect(lines.length).toBeGreaterThanOrEqual(5)
    expect(profile.fileName(headerFor(profile, lines))).toBe(request.name)
    expect(composed(profile, lines).toString('hex')).toBe(fixture(request.path).toString('hex'))
  })

  test.each([1, 7, 64, 100_000])('a request is read back in chunks of %i bytes', (chunkBytes) => {
    const read = readRequest(request, fixture(request.path), chunkBytes)
    expect(read.refusals).toEqual([])
    expect(read.rows.map((row) => [row.payeeName, row.payeeAccount, row.amountFen, row.seq])).toEqual(
      lines.map((line) => [line.payeeName, line.payeeAccount, line.amountFen, line.seq]),
    )
  })

  test('a request of another agreement is told by every setting that stands in it', () => {
    expect(Object.keys(profile.sampleSettings).sort()).toEqual([...(settingsInRequests[id] ?? [])].sort())
    for (const [setting, value] of Object.entries(profile.sampleSettings)) {
      const another = { ...profile.sampleSettings, [setting]: `${value.slice(0, -1)}x` }
      const { refusals } = readWhole(profile.requestReader(another), fixture(request.path))
      expect(refusals.length, setting).toBeGreaterThan(0)
    }
  })

  test('every case is expected, and nothing is expected that is not there', () => {
    expect(answers.map((file) => file.caseName).sort()).toEqual(Object.keys(xmlOutcomes[id] ?? {}).sort())
  })

  test.each(answers.map((file) => [file.caseName, file] as const))(
    '%s: says what became of every row',
    (caseName, file) => {
      const { rows, refusals } = readAnswer(file)
      expect(refusals).toEqual([])
      const told = rows.map(({ serial, outcome, reason }) =>
        `${serial.slice(-2)} ${outcome} ${reason.code} ${reason.bankCode}`.trim(),
      )
      expect(told).toEqual(xmlOutcomes[id]?.[caseName])
    },
  )
})
