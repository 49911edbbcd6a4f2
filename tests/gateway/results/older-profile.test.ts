/** A bank changes its layout while files are under way: each file is composed and read with the version it was planned with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { openProfileCatalog } from '../../../formats/profile/profile-catalog.ts'
import { profileOf } from '../../../gateway/banks/bank-book.ts'
import { type BankFile, fileHeader } from '../../../gateway/dispatch/bank-file.ts'
import { headerFacts } from '../../../gateway/dispatch/plan-batch.ts'
import { findDueWork } from '../../../gateway/ledger/due-work-store.ts'
import { runStep } from '../../../gateway/run-step.ts'
import { steps } from '../../../ops/start/steps.ts'
import { layOut, requestLines, sealAnswer, sealedNameOf } from '../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import {
  acceptBatch,
  countsOf,
  expectConserved,
  fileOf,
  inboundOf,
  plainPeople,
  sendBatch,
} from '../../support/ledger-view.ts'

const bank = 'my-own-bank'
const root = mkdtempSync(join(tmpdir(), 'huida-older-profile-'))

/** Version 2 swaps two columns, writes yuan and turns the meaning of its codes round. */
const document = (version: 1 | 2): string => `
id: own-bank
version: ${version}
title: 改版的银行
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999999 }
request:
  name: 'Q${version}_{date}_{sequence:NNN}.txt'
  row:
    - { item: serial, bytes: 20 }
    ${version === 1 ? '- { item: account }\n    - { item: name }' : '- { item: name }\n    - { item: account }'}
    - { item: amount${version === 1 ? '' : ', unit: yuan'} }
result:
  style: full-list
  name: 'A${version}_{date}_{sequence:NNN}.txt'
  appended: [ { item: code } ]
  codes: { '${version === 1 ? '0' : '9'}': PAID, '${version === 1 ? '9' : '0'}': NAME_MISMATCH }
`

function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, name))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

const first = folderOf('first', { 'own-bank.yaml': document(1) })
const second = folderOf('second', { 'own-bank.yaml': document(2), 'own-bank@1.yaml': document(1) })
const forgetful = folderOf('forgetful', { 'own-bank.yaml': document(2) })

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: [], profiles: first, answerDelayMinutes: 1e6 })
})
afterAll(async () => {
  await journey.close()
  rmSync(root, { recursive: true })
})

const inVersion = (version: number): CompiledProfile => {
  const profile = openProfileCatalog(second).version('own-bank', version)
  if (!profile) throw new Error('no such version')
  return profile
}

/** Lays the bank's answer out in one version of its layout: every line paid. */
async function pay(file: BankFile, version: number): Promise<string> {
  const profile = inVersion(version)
  const paid = profile.codes.find(({ outcome }) => outcome === 'paid')?.code ?? ''
  const lines = [...(await requestLines(journey, file)).values()]
  const header = fileHeader(
    file,
    headerFacts({ programmeName: '' }, journey.assembly.bankBook.byNo(file.bankNo)),
  )
  const sums = { rowCount: lines.length, rowTotalFen: file.totalFen }
  const totals = { ...sums, paidCount: lines.length, paidTotalFen: file.totalFen }
  const writer = profile.resultWriter(header, totals, 'answer')
  const rows = lines.map((line) => ({ ...line, bankCode: paid, bankText: '' }))
  const content = Buffer.concat([writer.begin(), writer.write(rows), writer.end()])
  const name = sealedNameOf(journey, bank, profile.resultName(header, 'answer'))
  layOut(journey, bank, name, await sealAnswer(journey, bank, content))
  return name
}

describe('a layout in two versions', () => {
  it('answers to files of the older one are read with the older one, new files are planned with the newer one', async () => {
    journey.assembly.useProfiles(first)
    const before = await sendBatch(journey, 'V1', 6, bank)
    journey.assembly.useProfiles(second)
    const after = await sendBatch(journey, 'V2', 6, bank)
    expect([before.file.profileVersion, after.file.profileVersion]).toEqual([1, 2])
    expect(after.file.name).toMatch(/^Q2_/)
    await pay(before.file, 1)
    await pay(after.file, 2)
    await journey.runQuiet()
    expect(await countsOf(journey, before.batchId)).toEqual({ paid: 6 })
    expect(await countsOf(journey, after.batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, before.batchId, after.batchId)
  })

  it('a file that was planned before the change is composed as it was planned', async () => {
    journey.assembly.useProfiles(first)
    const { batchId } = await acceptBatch(journey, 'V3', plainPeople('V3', bank, 4))
    const due = await findDueWork(journey.assembly.db, journey.clock.now(), 100)
    for (const { step, subject } of due.filter((work) => work.step === 'plan'))
      await runStep(steps.plan, journey.assembly, step, subject)
    journey.assembly.useProfiles(second)
    await journey.runQuiet()
    const file = await fileOf(journey, batchId)
    expect(file).toMatchObject({ profileVersion: 1, state: 'sent' })
    expect(file.name).toMatch(/^Q1_/)
    await pay(file, 1)
    await journey.runQuiet()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 4 })
  })

  it('an answer in the other version of the layout is never applied', async () => {
    journey.assembly.useProfiles(first)
    const { file, batchId } = await sendBatch(journey, 'V4', 3, bank)
    journey.assembly.useProfiles(second)
    const name = await pay(file, 2)
    await journey.runQuiet()
    expect((await inboundOf(journey, name)).at(-1)?.state).toBe('quarantined')
    expect(await countsOf(journey, batchId)).toEqual({ in_flight: 3 })
    await pay(file, 1)
    await journey.runQuiet()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 3 })
  })
})

describe('a version that nobody kept', () => {
  it('is a fault that names it, and the work goes on when it is put back', async () => {
    journey.assembly.useProfiles(first)
    const { batchId } = await acceptBatch(journey, 'V5', plainPeople('V5', bank, 2))
    const due = await findDueWork(journey.assembly.db, journey.clock.now(), 100)
    for (const { step, subject } of due.filter((work) => work.step === 'plan'))
      await runStep(steps.plan, journey.assembly, step, subject)
    journey.assembly.useProfiles(forgetful)
    const putOff = await journey.runQuiet()
    expect(putOff).toMatchObject([{ kind: 'put-off', fault: { code: 'PROFILE_VERSION_MISSING' } }])
    expect(putOff[0]?.kind === 'put-off' && putOff[0].fault.message).toContain('own-bank@1.yaml')
    expect(await countsOf(journey, batchId)).toEqual({ waiting: 2 })
    journey.assembly.useProfiles(second)
    journey.clock.turn(20)
    await journey.runQuiet()
    expect((await fileOf(journey, batchId)).state).toBe('sent')
    await expectConserved(journey, batchId)
  })

  it('is not taken for the current one', () => {
    const contracted = journey.assembly.bankBook.byCode(bank)
    if (!contracted) throw new Error('no bank')
    expect(profileOf(contracted, { profile: 'own-bank', profileVersion: 1 }).version).toBe(1)
    expect(() => profileOf(contracted, { profile: 'own-bank', profileVersion: 3 })).toThrow(
      expect.objectContaining({ code: 'PROFILE_VERSION_MISSING' }),
    )
    expect(() => profileOf(contracted, { profile: 'gone', profileVersion: 1 })).toThrow(/gone@1\.yaml/)
  })
})

describe('profiles that cannot be used', () => {
  it('leave what is in use: a document that does not hold, and a catalog without an agreed profile', () => {
    journey.assembly.useProfiles(second)
    const broken = folderOf('broken', {
      'own-bank.yaml': document(2).replace('charset: gbk', 'charset: gb2312'),
    })
    expect(() => journey.assembly.useProfiles(broken)).toThrow(/charset/)
    const other = folderOf('other', { 'other.yaml': document(1).replace('id: own-bank', 'id: other') })
    expect(() => journey.assembly.useProfiles(other)).toThrow(/there is no profile own-bank/)
    expect(journey.assembly.bankBook.byCode(bank)?.profile.version).toBe(2)
  })
})
