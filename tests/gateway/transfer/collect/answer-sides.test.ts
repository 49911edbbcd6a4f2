/** Answers with files beside them: collected when all are there, quarantined when a digest is not that of the bytes. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layOut, rowsFor, sealAnswer, sealedNameOf, writeAnswer } from '../../../support/bank-answers.ts'
import type { Journey } from '../../../support/journey.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  inboundOf,
  sendBatch,
} from '../../../support/ledger-view.ts'
import { startOwnBank } from '../../../support/own-bank.ts'
import { lookOnce, runOnly } from '../../../support/step-runs.ts'

const bank = 'my-careful-bank'
const result = `  style: full-list
  name: 'A_{date}_{sequence:NNN}.txt'
  sideFiles:
    - { name: '{name}.md5', proves: md5 }
    - { name: '{stem}.OK', proves: complete }
  row: [ { item: line }, { item: account }, { item: name }, { item: amount }, { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

let journey: Journey
beforeAll(async () => {
  journey = await startOwnBank({ id: 'careful-bank', title: '带校验文件的银行', result })
})
afterAll(() => journey.close())

const contracted = () => {
  const found = journey.assembly.bankBook.byCode(bank)
  if (!found) throw new Error('no bank')
  return found
}

/** An answer that fails its second row, laid out without anything beside it. */
async function answerAlone(batchNo: string) {
  const sent = await sendBatch(journey, batchNo, 4, bank)
  const rows = rowsFor(sent.file, '0').map((row, at) =>
    at === 1 ? { ...row, code: '1', text: '户名不符' } : row,
  )
  const { name, content } = await writeAnswer(journey, sent.file, { rows })
  const sealed = await sealAnswer(journey, bank, content)
  const remoteName = sealedNameOf(journey, bank, name)
  layOut(journey, bank, remoteName, sealed)
  const layBeside = (ending: string, text: string): void => layOut(journey, bank, ending, Buffer.from(text))
  return { ...sent, remoteName, layBeside, md5: createHash('md5').update(sealed).digest('hex') }
}

const looks = async (times: number): Promise<void> => {
  for (let look = 0; look < times; look++) await lookOnce(journey, contracted())
}

describe('an answer with files beside it', () => {
  it('F57: waits for its digest and its marker, and is then matched row by row by place', async () => {
    const { remoteName, layBeside, md5, batchId } = await answerAlone('S1')
    await looks(3)
    expect(await inboundOf(journey, remoteName)).toEqual([])
    layBeside(`${remoteName}.md5`, `${md5.toUpperCase()}  ${remoteName}\r\n`)
    await looks(2)
    expect(await inboundOf(journey, remoteName)).toEqual([])
    layBeside(remoteName.replace(/\.[^.]*$/u, '.OK'), '')
    await looks(1)
    await runOnly(journey, ['read', 'route'])
    const counts = await countsOf(journey, batchId)
    expect(counts['paid']).toBe(3)
    expect(await inboundOf(journey, remoteName)).toMatchObject([{ row_count: 4, applied_count: 4 }])
    await expectConserved(journey, batchId)
  })

  it('F56: is quarantined with both digests named when they differ, and nothing of it is applied', async () => {
    const { remoteName, layBeside, batchId } = await answerAlone('S2')
    layBeside(`${remoteName}.md5`, '0'.repeat(32))
    layBeside(remoteName.replace(/\.[^.]*$/u, '.OK'), '')
    await looks(2)
    await runOnly(journey, ['read', 'route'])
    expect(await inboundOf(journey, remoteName)).toMatchObject([{ state: 'quarantined' }])
    expect(await exceptionsOf(journey, remoteName)).toMatchObject([{ kind: 'quarantined-file' }])
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 4 })
    await expectConserved(journey, batchId)
  })
})
