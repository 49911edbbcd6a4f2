/** Answers that must be refused whole: nothing of them is applied, the bytes are kept, and somebody is told why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BankFile } from '../../../gateway/dispatch/bank-file.ts'
import {
  type AnswerOptions,
  answer,
  bankOf,
  layOut,
  rowsFor,
  sealAnswer,
  sealedNameOf,
  writeAnswer,
} from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { countsOf, exceptionsOf, expectConserved, inboundOf, sendBatch } from '../../support/ledger-view.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    only: ['cmbc', 'ccb', 'spdb', 'yy-rcb'],
    answerDelayMinutes: 1e6,
    lateAnswerHours: 1e5,
  })
})
afterAll(() => journey.close())

const sentinel = '########\r\n'
const inLatin = (change: (text: string) => string) => (content: Buffer) =>
  Buffer.from(change(content.toString('latin1')), 'latin1')

const paidCode = (file: BankFile): string =>
  bankOf(journey, file).profile.codes.find(({ outcome }) => outcome === 'paid')?.code ?? ''

/** Sends six lines, answers them all as paid with one thing wrong, and expects that nothing came of it. */
async function expectRefused(
  batchNo: string,
  bank: string,
  options: AnswerOptions,
  code: string,
): Promise<Record<string, unknown>> {
  const { batchId, file } = await sendBatch(journey, batchNo, 6, bank)
  const name = await answer(journey, file, { rows: rowsFor(file, paidCode(file), '成功') }, options)
  const [inbound] = await inboundOf(journey, name)
  expect(inbound).toMatchObject({ state: 'quarantined', row_count: 0, applied_count: 0 })
  expect(inbound?.kept).toBeGreaterThan(0n)
  const exceptions = await exceptionsOf(journey, name)
  expect(exceptions).toMatchObject([{ kind: 'quarantined-file', facts: { name } }])
  expect(JSON.stringify(exceptions[0]?.facts['refusals'])).toContain(`"${code}"`)
  expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
  await expectConserved(journey, batchId)
  return exceptions[0]?.facts ?? {}
}

describe('an answer that cannot be trusted whole', () => {
  it('is refused when it says nothing at all', () =>
    expectRefused('RW1', 'cmbc', { tamper: () => Buffer.from('\r\n') }, 'HEADER'))

  it('is refused when it has no bytes, and the empty file is kept as a fact', async () => {
    const { batchId, file } = await sendBatch(journey, 'RW0', 6)
    const { name } = await writeAnswer(journey, file, { rows: rowsFor(file, '0000') })
    const remoteName = sealedNameOf(journey, 'cmbc', name)
    layOut(journey, 'cmbc', remoteName, Buffer.alloc(0))
    await journey.runQuiet()
    expect(await inboundOf(journey, remoteName)).toMatchObject([{ state: 'quarantined', kept: null }])
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  })

  it('F56: is refused when it was cut in the middle of a line', () =>
    expectRefused(
      'RW2',
      'cmbc',
      { tamper: (content) => content.subarray(0, Math.floor(content.length / 2)) },
      'SENTINEL_MISSING',
    ))

  it('F56: is refused without its end line', () =>
    expectRefused(
      'RW3',
      'cmbc',
      { tamper: inLatin((text) => text.replace(sentinel, '')) },
      'SENTINEL_MISSING',
    ))

  it('F56: is refused without its trailer', () =>
    expectRefused(
      'RW4',
      'yy-rcb',
      { tamper: inLatin((text) => text.slice(0, text.lastIndexOf('T'))) },
      'TRAILER_MISSING',
    ))

  it('F60: is refused when its totals are not those of its lines', () =>
    expectRefused(
      'RW5',
      'cmbc',
      { tamper: inLatin((text) => text.replace(/^P\|6\|(\d+)/, (_, fen) => `P|6|${Number(fen) + 1}`)) },
      'TOTAL',
    ))

  it('F60: is refused when it counts other lines than it has', () =>
    expectRefused('RW6', 'cmbc', { tamper: inLatin((text) => text.replace(/^P\|6\|/, 'P|7|')) }, 'COUNT'))

  it('is refused in a charset that is not the agreed one', () =>
    expectRefused(
      'RW7',
      'cmbc',
      { tamper: (content) => Buffer.from(new TextDecoder('gbk').decode(content), 'utf8') },
      'LAYOUT',
    ))

  it('is refused with bytes behind its end', () =>
    expectRefused(
      'RW8',
      'cmbc',
      { tamper: (content) => Buffer.concat([content, Buffer.from('00000001|more\r\n')]) },
      'TRAILING_BYTES',
    ))

  it('F69: is refused for one line that cannot be read, and the line is named', async () => {
    const facts = await expectRefused(
      'RW9',
      'cmbc',
      { tamper: inLatin((text) => text.replace(/^00000003\|.*$/m, '00000003|no such line')) },
      'LAYOUT',
    )
    expect(JSON.stringify(facts)).toContain('"lineNo":4')
  })

  it('F68: is refused when another bank signed it with a key of the same kind', () =>
    expectRefused('RW10', 'ccb', { signedBy: 'spdb' }, 'ENVELOPE_UNKNOWN_SIGNER'))

  // A detached signature names nobody, so there a stranger's one is simply wrong.
  it.each([
    ['yy-rcb', 'UNKNOWN_SIGNER'],
    ['cmbc', 'UNKNOWN_SIGNER'],
    ['ccb', 'UNKNOWN_SIGNER'],
    ['spdb', 'BAD_SIGNATURE'],
  ])(
    'F68: is refused in the envelope of %s when a key signed it that nobody exchanged: %s',
    async (bank, why) => {
      await expectRefused(`RW10-${bank}`, bank, { signedBy: 'stranger' }, `ENVELOPE_${why}`)
    },
  )

  it('F68: is refused in an envelope of another family than the agreed one', async () => {
    const { batchId, file } = await sendBatch(journey, 'RW19', 6, 'ccb')
    const { name, content } = await writeAnswer(journey, file, { rows: [] })
    const remoteName = sealedNameOf(journey, 'ccb', name)
    layOut(journey, 'ccb', remoteName, await sealAnswer(journey, 'cmbc', content))
    await journey.runQuiet()
    const [exception] = await exceptionsOf(journey, remoteName)
    expect(JSON.stringify(exception?.facts)).toMatch(/ENVELOPE_[A-Z_]+/)
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  })

  it('is refused when it answers a file that we never planned', () =>
    expectRefused('RW11', 'cmbc', { name: 'res_20261120_917.txt' }, 'NOT_THIS_FILE'))

  it('F71: is refused in clear text, however right its words are', async () => {
    const { batchId, file } = await sendBatch(journey, 'RW12', 6)
    const { name, content } = await writeAnswer(journey, file, { rows: rowsFor(file, '0000') })
    const remoteName = sealedNameOf(journey, 'cmbc', name)
    layOut(journey, 'cmbc', remoteName, content)
    await journey.runQuiet()
    expect(await inboundOf(journey, remoteName)).toMatchObject([{ state: 'quarantined' }])
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  })

  it.each(['yy-rcb', 'cmbc', 'ccb', 'spdb'])(
    'F71: is refused when one byte of its envelope was changed, at %s',
    async (bank) => {
      const { batchId, file } = await sendBatch(journey, `RW13-${bank}`, 6, bank)
      const { name, content } = await writeAnswer(journey, file, { rows: rowsFor(file, paidCode(file)) })
      const remoteName = sealedNameOf(journey, bank, name)
      const sealed = await sealAnswer(journey, bank, content)
      const at = sealed.length - 40
      sealed.writeUInt8(sealed.readUInt8(at) ^ 1, at)
      layOut(journey, bank, remoteName, sealed)
      await journey.runQuiet()
      const [exception] = await exceptionsOf(journey, remoteName)
      expect(JSON.stringify(exception?.facts)).toMatch(/ENVELOPE_[A-Z_]+/)
      expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
      await expectConserved(journey, batchId)
    },
  )

  it('is refused when it answers another file than its name says', async () => {
    const first = await sendBatch(journey, 'RW14', 6, 'yy-rcb')
    const second = await sendBatch(journey, 'RW15', 6, 'yy-rcb')
    const ofFirst = await writeAnswer(journey, first.file, { rows: rowsFor(first.file, '0000') })
    const ofSecond = await writeAnswer(journey, second.file, { rows: rowsFor(second.file, '0000') })
    const remoteName = sealedNameOf(journey, 'yy-rcb', ofSecond.name)
    layOut(journey, 'yy-rcb', remoteName, await sealAnswer(journey, 'yy-rcb', ofFirst.content))
    await journey.runQuiet()
    const [exception] = await exceptionsOf(journey, remoteName)
    expect(JSON.stringify(exception?.facts)).toContain('NOT_THIS_FILE')
    expect(await countsOf(journey, second.batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, first.batchId, second.batchId)
  })

  it('is refused when a list of failures states other successes than it leaves out', async () => {
    const { batchId, file } = await sendBatch(journey, 'RW16', 6, 'ccb')
    const rows = [{ seq: file.loSeq, code: '3031', text: '户名不符' }]
    const totals = { paidCount: file.rowCount - 2, paidTotalFen: file.totalFen - 1n }
    const name = await answer(journey, file, { rows, totals })
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'quarantined', applied_count: 0 }])
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, batchId)
  })

  it('leaves the way open for the right answer that follows under the same name', async () => {
    const { batchId, file } = await sendBatch(journey, 'RW17', 6)
    const plan = { rows: rowsFor(file, '0000') }
    await answer(journey, file, plan, { tamper: (content) => content.subarray(0, content.length - 9) })
    const name = await answer(journey, file, plan)
    expect(await inboundOf(journey, name)).toMatchObject([{ state: 'closed' }, { state: 'closed' }])
    expect(await exceptionsOf(journey, name)).toMatchObject([{ kind: 'quarantined-file', state: 'resolved' }])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batchId)
  })
})
