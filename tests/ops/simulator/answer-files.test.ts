/** What a simulated bank publishes besides one plain answer: side files, answers of the day, places, sealed fields. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { digestsOf } from '../../../crypto/digests.ts'
import { createFieldCipher } from '../../../crypto/field-cipher.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { charset } from '../../../formats/values/charset.ts'
import { type BankSetup, bankFolders } from '../../../ops/simulator/bank/bank-desk.ts'
import { layOverShipped } from '../../../ops/simulator/world/own-banks.ts'
import { ownProfile } from '../../support/own-bank.ts'
import { type BankAtHand, bankAtHand, headerFor, linesOf } from './bank-at-hand.ts'

const document = ownProfile({
  id: 'careful-bank',
  title: '回盘带摘要的银行',
  result: `  style: failures-only
  name: 'A_{date}_{sequence:NNN}.txt'
  lateName: 'L_{date}_{sequence:NNN}.txt'
  sideFiles:
    - { name: '{stem}.OK', proves: complete }
    - { name: '{name}.md5', proves: md5 }
    - { name: '{name}.sha256', proves: sha256 }
    - { name: '{name}.sign', proves: signature }
  header: [ { item: count }, { item: total }, { item: paidCount }, { item: paidTotal } ]
  row: [ { item: line }, { item: account }, { item: name }, { item: amount }, { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`,
})

const root = mkdtempSync(join(tmpdir(), 'huida-answer-files-'))
let careful: CompiledProfile | undefined
let at: BankAtHand | undefined

beforeAll(() => {
  writeFileSync(join(root, 'careful-bank.yaml'), document)
  const together = join(root, 'together')
  layOverShipped(root, together)
  careful = loadCatalog(together).get('careful-bank')
})
afterEach(async () => {
  await at?.end()
  at = undefined
})
afterAll(() => rmSync(root, { recursive: true }))

async function open(layout: string | CompiledProfile, change: Partial<BankSetup> = {}): Promise<BankAtHand> {
  at = await bankAtHand(layout, change)
  return at
}

const openCareful = (): Promise<BankAtHand> => {
  if (!careful) throw new Error('the profile of this test does not hold')
  return open(careful)
}

async function ask(bank: BankAtHand, count: number): Promise<void> {
  const lines = linesOf(count)
  await bank.send(headerFor(bank.profile, lines), lines)
  await bank.pass(0)
}

const outOf = (bank: BankAtHand): string => bankFolders(bank.folder).out

describe('side files of an answer', () => {
  it('hold the digests of the published bytes, and the marker is written last', async () => {
    const bank = await openCareful()
    await ask(bank, 20)
    await bank.pass(20)
    const out = outOf(bank)
    const answer = 'A_20260302_001.txt.p7m'
    expect((await readdir(out)).sort()).toEqual(
      [answer, `${answer}.md5`, `${answer}.sha256`, 'A_20260302_001.txt.OK'].sort(),
    )
    const bytes = readFileSync(join(out, answer))
    const { md5, sha256 } = await digestsOf(
      (async function* () {
        yield bytes
      })(),
    )
    expect(readFileSync(join(out, `${answer}.md5`), 'latin1')).toContain(md5)
    expect(readFileSync(join(out, `${answer}.sha256`), 'latin1')).toContain(sha256)
    const writtenAt = (name: string): bigint => statSync(join(out, name), { bigint: true }).mtimeNs
    for (const name of [answer, `${answer}.md5`, `${answer}.sha256`])
      expect(writtenAt('A_20260302_001.txt.OK')).toBeGreaterThanOrEqual(writtenAt(name))
  })

  it('are completed after a crash between them, beside the answer that lies there already', async () => {
    const bank = await openCareful()
    await ask(bank, 20)
    await bank.pass(20)
    const out = outOf(bank)
    const names = (await readdir(out)).sort()
    const answer = readFileSync(join(out, 'A_20260302_001.txt.p7m'))
    for (const name of ['A_20260302_001.txt.OK', 'A_20260302_001.txt.p7m.sha256']) await rm(join(out, name))
    const { journalFile } = bankFolders(bank.folder)
    const events = readFileSync(journalFile, 'utf8').split('\n').slice(0, 2)
    writeFileSync(journalFile, `${events.join('\n')}\n`)
    await bank.restart()
    await bank.pass(0)
    expect((await readdir(out)).sort()).toEqual(names)
    expect(readFileSync(join(out, 'A_20260302_001.txt.p7m'))).toEqual(answer)
  })

  it('lie beside a file of later returns too', async () => {
    const bank = await open('t1-marker')
    await ask(bank, 100)
    await bank.pass(20)
    await bank.pass(2 * 24 * 60)
    expect((await bank.answers()).map(({ kind }) => kind).sort()).toEqual(['answer', 'late'])
    const markers = (await readdir(outOf(bank))).filter((name) => name.endsWith('.OK'))
    expect(markers).toHaveLength(2)
  })
})

describe('rows that are named by their place', () => {
  it('keep the place that they have in the request, in a list of failures and in one of returns', async () => {
    const bank = await openCareful()
    const lines = linesOf(100)
    await ask(bank, 100)
    await bank.pass(20)
    await bank.pass(2 * 24 * 60)
    const answers = await bank.answers()
    expect(answers.map(({ kind }) => kind)).toEqual(['answer', 'late'])
    for (const { rows, end } of answers) {
      expect(end.kind).toBe('read')
      expect(rows.length).toBeGreaterThan(0)
      expect(rows.length).toBeLessThan(100)
      for (const { position = 0, account } of rows) expect(account).toBe(lines[position - 1]?.payeeAccount)
    }
  })
})

describe('an answer of the day', () => {
  it('comes before the final one and leaves rows open that the final one settles', async () => {
    const bank = await open('ums-ret')
    await ask(bank, 60)
    const [meanwhile, ...none] = await bank.answers()
    expect(none).toEqual([])
    expect(meanwhile).toMatchObject({ kind: 'intermediate', end: { kind: 'read' } })
    expect(meanwhile?.rows.filter(({ outcome }) => outcome === 'open').length).toBeGreaterThan(0)
    await bank.pass(20)
    const final = (await bank.answers()).find(({ kind }) => kind === 'answer')
    expect(final).toMatchObject({ end: { kind: 'read' } })
    expect(final?.rows).toHaveLength(60)
    expect(final?.rows.every(({ outcome }) => outcome === 'paid' || outcome === 'failed')).toBe(true)
  })

  it('is told once, however often the bank looks', async () => {
    const bank = await open('ums-ret')
    await ask(bank, 6)
    const [name = ''] = (await readdir(outOf(bank))).filter((one) => one.endsWith('.p7m'))
    const before = readFileSync(join(outOf(bank), name))
    const { journalFile } = bankFolders(bank.folder)
    writeFileSync(journalFile, `${readFileSync(journalFile, 'utf8').split('\n')[0]}\n`)
    await bank.restart()
    await bank.pass(0)
    expect(readFileSync(join(outOf(bank), name))).toEqual(before)
    expect(await bank.postings()).toHaveLength(7)
  })
})

describe('single fields under a key', () => {
  it('are opened in the request and sealed in the answer', async () => {
    const cipher = createFieldCipher(randomBytes(16), {
      algorithm: 'sm4-ecb',
      encoding: 'hex',
      text: charset('gbk'),
    })
    const bank = await open('t1-marker', { cipher })
    const lines = linesOf(10)
    await ask(bank, 10)
    await bank.pass(20)
    const [answer] = await bank.answers()
    expect(answer?.rows.map(({ name }) => name)).toEqual(lines.map(({ payeeName }) => payeeName))
    const credited = (await bank.postings()).filter(({ kind }) => kind !== 'debit')
    expect(credited.map(({ account }) => account)).toEqual(lines.map(({ payeeAccount }) => payeeAccount))
  })
})
