/**
 * Every document that we compose for ISO 20022 is valid against the published schemas, and every one for CNAPS2 against
 * what is known of its own, as restated in tests/fixtures/schemas; so are the answers of simulated banks.
 */
import fc from 'fast-check'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { afterAll, describe, expect, test } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { money } from '../../../formats/values/money.ts'
import { composed, fixture, fixtureLines, headerFor, shipped } from '../fixture-files.ts'
import { answerBytes, answered, placed, plainFile } from './composed-answers.ts'

interface Schema {
  /** What is wrong with a document, whatever stands before it; empty when it is valid. */
  complaint(document: Buffer): string
  dispose(): void
}

function schema(name: string): Schema {
  const source = XmlDocument.fromBuffer(fixture(`schemas/${name}.xsd`))
  const validator = XsdValidator.fromDoc(source)
  return {
    complaint: (bytes) => {
      const document = XmlDocument.fromBuffer(bytes.subarray(Math.max(0, bytes.indexOf('<?xml'))))
      try {
        validator.validate(document)
        return ''
      } catch (error) {
        return `${error}`
      } finally {
        document.dispose()
      }
    },
    dispose: () => {
      validator.dispose()
      source.dispose()
    },
  }
}

const messages = [
  ['cnaps2-beps382', schema('beps.382.001.01'), schema('beps.383.001.01')],
  ['iso20022-pain001', schema('pain.001.001.09'), schema('pain.002.001.10')],
  ['iso20022-pain001-03', schema('pain.001.001.03'), schema('pain.002.001.03')],
] as const

/** Statuses of rows; the earlier version of the report has a closed list of them. */
const statuses: Readonly<Record<string, readonly string[]>> = {
  'cnaps2-beps382': ['PR02', 'PR03', 'PR04', 'PR09'],
  'iso20022-pain001': [
    'ACSC',
    'ACCC',
    'RJCT',
    'ACSP',
    'ACTC',
    'ACCP',
    'PDNG',
    'RCVD',
    'ACWC',
    'ACWP',
    'CANC',
  ],
  'iso20022-pain001-03': ['ACSC', 'RJCT', 'ACSP', 'ACTC', 'ACCP', 'PDNG', 'ACWC'],
}

afterAll(() => {
  for (const [, request, answer] of messages) for (const each of [request, answer]) each.dispose()
})

const names = fc
  .array(fc.constantFrom(...'张李珅䶮㛃𬭎·Aa<>&"\'（）0? 　'), { minLength: 1, maxLength: 60 })
  .map((characters) => characters.join(''))

const line = fc.record({
  payeeName: names,
  payeeAccount: fc.stringMatching(/^[0-9A-Za-z-]{1,40}$/u),
  amountFen: fc.bigInt({ min: 1n, max: 10_000_000_000n }).map(money),
  remark: fc.oneof(fc.constant(''), names),
})

const written = (profile: CompiledProfile, lines: readonly PaymentLine[]): Buffer => composed(profile, lines)

describe.each(messages)('%s', (id, request, answer) => {
  const profile = shipped(id)

  test('requests of the fixtures are valid', () => {
    for (const count of [1, 3, 7]) expect(request.complaint(written(profile, fixtureLines(count)))).toBe('')
  })

  test('whatever the check lets through makes a valid request', () => {
    let valid = 0
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (raw) => {
        const lines = placed(raw.filter((each) => profile.check(each).length === 0))
        if (lines.length === 0) return
        expect(request.complaint(written(profile, lines))).toBe('')
        valid++
      }),
      { numRuns: 300 },
    )
    expect(valid).toBeGreaterThan(50)
  })

  test('the greatest file of the profile is valid', () => {
    const { maxAmountFen } = profile.limits
    const [person] = fixtureLines(1)
    if (!person) throw new Error('the fixtures have no people')
    const lines = placed(Array.from({ length: 2000 }, () => ({ ...person, amountFen: money(maxAmountFen) })))
    expect(request.complaint(written(profile, lines))).toBe('')
  })

  test('answers of simulated banks are valid, with every status that the standard names', () => {
    const listed = statuses[id] ?? []
    const codes = profile.codes.filter(({ code }) => listed.includes(code))
    expect(codes).toHaveLength(listed.length)
    const { lines, header } = plainFile(profile, codes.length)
    const rows = answered(codes, lines).map((each) => ({ ...each, bankText: '户名不符', reasonCode: 'BE01' }))
    expect(answer.complaint(answerBytes(profile, 'answer', header, rows))).toBe('')
    for (const { content } of profile.refusalAnswers) expect(answer.complaint(content)).toBe('')
  })
})

describe.each(messages.filter(([id]) => id.startsWith('iso')))('%s', (id, request, answer) => {
  const profile = shipped(id)

  test('our reports of the fixtures are valid, so that the reader was tried on what a bank may send', () => {
    const name = profile.resultName(headerFor(profile, []), 'answer')
    for (const caseName of [
      'refusals-alone',
      'several-reasons',
      'every-reason',
      'group-accepted-for-processing',
    ])
      expect(answer.complaint(fixture(`${id}/${caseName}/${name}`)), caseName).toBe('')
  })

  test('the schemas refuse what is not the message', () => {
    const sound = written(profile, fixtureLines(2)).toString()
    for (const [from, to] of [
      ['<PmtMtd>TRF</PmtMtd>', ''],
      ['Ccy="CNY"', 'Ccy="RMB1"'],
      ['<NbOfTxs>2</NbOfTxs>', '<NbOfTxs>two</NbOfTxs>'],
      ['<MsgId>202611210001</MsgId>', `<MsgId>${'1'.repeat(36)}</MsgId>`],
      ['T00:00:00', ''],
      ['pain.001', 'pain.008'],
    ] as const)
      expect(request.complaint(Buffer.from(sound.replace(from, to))), from).not.toBe('')
  })
})
