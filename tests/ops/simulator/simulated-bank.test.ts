/** A simulated bank from request to answer: what it executes, what it refuses, and what it does after a crash. */
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { PaymentLine } from '../../../formats/bank-file.ts'
import { add, zero } from '../../../formats/values/money.ts'
import { type BankSetup, bankFolders } from '../../../ops/simulator/bank/bank-desk.ts'
import { decidePayment } from '../../../ops/simulator/bank/decide-payment.ts'
import type { PostingKind } from '../../../ops/simulator/bank/posting.ts'
import { reasonCodesOf } from '../../../ops/simulator/bank/reason-codes.ts'
import { type BankAtHand, bankAtHand, headerFor, linesOf } from './bank-at-hand.ts'

const minutesOfDay = 24 * 60
let at: BankAtHand | undefined

async function open(profileId = 'rural-fixed', change: Partial<BankSetup> = {}): Promise<BankAtHand> {
  at = await bankAtHand(profileId, change)
  return at
}

afterEach(async () => {
  await at?.end()
  at = undefined
})

/** Sends one file, lets the bank take it and lets it answer. */
async function round(bank: BankAtHand, lines: readonly PaymentLine[], sequence = 1): Promise<string> {
  const name = await bank.send(headerFor(bank.profile, lines, sequence), lines)
  await bank.pass(0)
  await bank.pass(20)
  return name
}

const kindsOf = (bank: BankAtHand, lines: readonly PaymentLine[]) => {
  const policy = { seed: 7, failShare: 0.2, returnShare: 0.1 }
  return lines.map((line) => decidePayment(policy, 'test-bank', reasonCodesOf(bank.profile), line).kind)
}

const stateOf = (bank: BankAtHand): string[] =>
  bank
    .bank()
    .requests()
    .map(({ kind }) => kind)
const reasonsOf = (bank: BankAtHand): string[] =>
  bank
    .bank()
    .requests()
    .flatMap((state) => (state.kind === 'refused' ? state.refused.reasons : []))

async function sumOf(bank: BankAtHand, kind: PostingKind): Promise<bigint> {
  const postings = await bank.postings()
  return postings.filter((one) => one.kind === kind).reduce((sum, { amountFen }) => add(sum, amountFen), zero)
}

describe.each(['rural-fixed', 'cmbc-batch', 'spdb-ubp', 'ccb-batch'])(
  'a bank with the layout %s',
  (profileId) => {
    it('answers a request with the outcome of every line, and later with what came back', async () => {
      const bank = await open(profileId)
      const lines = linesOf(200)
      await round(bank, lines)
      const [answer] = await bank.answers()
      const kinds = kindsOf(bank, lines)
      const failed = kinds.filter((kind) => kind === 'failed').length
      const back = kinds.filter((kind) => kind === 'returned').length
      expect(answer).toMatchObject({ late: false, end: { kind: 'read' } })
      expect(answer?.rows.filter(({ outcome }) => outcome === 'failed')).toHaveLength(failed)
      const listedPaid = bank.profile.resultStyle === 'full-list' ? 200 - failed : 0
      expect(answer?.rows.filter(({ outcome }) => outcome === 'paid')).toHaveLength(listedPaid)
      expect(answer?.rows.every(({ reason }) => reason.code !== 'UNMAPPED')).toBe(true)

      await bank.pass(2 * minutesOfDay)
      const late = (await bank.answers()).find((one) => one.late)
      expect(back).toBeGreaterThan(0)
      expect(late).toMatchObject({ end: { kind: 'read' } })
      expect(late?.rows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: back }, () => 'returned'))
    })

    it('posts a debit that equals its credits and refunds, and returns no more than it credited', async () => {
      const bank = await open(profileId)
      const lines = linesOf(200)
      await round(bank, lines)
      await bank.pass(2 * minutesOfDay)
      const [debit, credit, refund, back] = await Promise.all(
        (['debit', 'credit', 'refund', 'return'] as const).map((kind) => sumOf(bank, kind)),
      )
      expect(debit).toBe(headerFor(bank.profile, lines).totalFen)
      expect((credit ?? zero) + (refund ?? zero)).toBe(debit)
      expect(back).toBeGreaterThan(0n)
      expect(back).toBeLessThan(credit ?? zero)
      expect(stateOf(bank)).toEqual(['returned'])
    })
  },
)

describe('when a bank answers', () => {
  it('answers after its delay and not before', async () => {
    const bank = await open()
    const lines = linesOf(5)
    await bank.send(headerFor(bank.profile, lines), lines)
    await bank.pass(0)
    expect(await bank.postings()).toHaveLength(6)
    await bank.pass(19)
    expect(await bank.answers()).toHaveLength(0)
    await bank.pass(1)
    expect(await bank.answers()).toHaveLength(1)
  })

  it('answers its first file a day late when told so, and the next ones in time', async () => {
    const bank = await open('rural-fixed', {
      times: { answerDelayMinutes: 20, returnDelayDays: 2, firstAnswerDelayHours: 26 },
    })
    await round(bank, linesOf(5, 1), 1)
    await round(bank, linesOf(5, 2), 2)
    expect(await bank.answers()).toHaveLength(1)
    await bank.pass(26 * 60)
    expect(await bank.answers()).toHaveLength(2)
  })

  it('sends money back after working days, not after days', async () => {
    const bank = await open()
    await bank.pass(4 * minutesOfDay) // A Friday.
    await round(bank, linesOf(100))
    await bank.pass(3 * minutesOfDay) // Monday.
    expect((await bank.answers()).some(({ late }) => late)).toBe(false)
    await bank.pass(minutesOfDay)
    expect((await bank.answers()).some(({ late }) => late)).toBe(true)
  })

  it('leaves no file of returns when nothing came back', async () => {
    const bank = await open('rural-fixed', { policy: { seed: 7, failShare: 0.2, returnShare: 0 } })
    await round(bank, linesOf(50))
    await bank.pass(5 * minutesOfDay)
    expect((await bank.answers()).map(({ late }) => late)).toEqual([false])
    expect(stateOf(bank)).toEqual(['returned'])
  })

  it('clears a request out of in/ when it was answered, or at once where the bank does so', async () => {
    const patient = await open()
    const lines = linesOf(3)
    await patient.send(headerFor(patient.profile, lines), lines)
    await patient.pass(0)
    expect(await readdir(bankFolders(patient.folder).in)).not.toEqual([])
    await patient.pass(20)
    expect(await readdir(bankFolders(patient.folder).in)).toEqual([])
    await patient.end()
    const quick = await open('rural-fixed', { pickUp: 'at-once' })
    await quick.send(headerFor(quick.profile, lines), lines)
    await quick.pass(0)
    expect(await readdir(bankFolders(quick.folder).in)).toEqual([])
  })
})

describe('a file that is not executed', () => {
  it('never executes a name twice, whatever is in the second file', async () => {
    const bank = await open()
    await round(bank, linesOf(10))
    const before = await bank.postings()
    const other = linesOf(4, 9)
    await bank.send({ ...headerFor(bank.profile, other), fileNumber: '000000000009' }, other)
    await bank.pass(0)
    await bank.pass(60)
    expect(await bank.postings()).toEqual(before)
    expect(bank.reports.some((line) => line.includes('DUPLICATE_FILE'))).toBe(true)
    expect(await bank.answers()).toHaveLength(1)
  })

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    [
      'with an amount changed',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('10037', '10038'), 'latin1'),
    ],
    ['with a line too many', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ])('refuses a request %s as a whole', async (_what, content) => {
    const bank = await open()
    const lines = linesOf(10)
    await bank.send(headerFor(bank.profile, lines), lines, { content })
    await bank.pass(0)
    await bank.pass(60)
    expect(stateOf(bank)).toEqual(['refused'])
    expect(reasonsOf(bank).length).toBeGreaterThan(0)
    expect(await bank.postings()).toEqual([])
    expect(await bank.answers()).toEqual([])
  })

  it('refuses a signature that is not the gateway’s, and bytes that changed on the way', async () => {
    const bank = await open()
    const lines = linesOf(3)
    await bank.send(headerFor(bank.profile, lines, 1), lines, { by: 'stranger' })
    const flip = (bytes: Buffer) =>
      bytes.map((byte, index) => (index === bytes.length - 100 ? byte ^ 1 : byte))
    await bank.send(headerFor(bank.profile, lines, 2), lines, { sealed: (bytes) => Buffer.from(flip(bytes)) })
    await bank.pass(0)
    expect(stateOf(bank)).toEqual(['refused', 'refused'])
    expect(reasonsOf(bank).every((reason) => reason.startsWith('ENVELOPE_'))).toBe(true)
    expect(await bank.postings()).toEqual([])
  })

  it('refuses a request in clear text', async () => {
    const bank = await open()
    const header = headerFor(bank.profile, linesOf(1))
    await writeFile(join(bankFolders(bank.folder).in, bank.profile.fileName(header)), 'in clear')
    await bank.pass(0)
    expect(reasonsOf(bank)).toEqual(['NOT_SEALED'])
  })

  it('waits for the marker file of its layout, and refuses one that says something else', async () => {
    const bank = await open()
    const lines = linesOf(3)
    const [header, next] = [headerFor(bank.profile, lines, 1), headerFor(bank.profile, lines, 2)]
    await bank.send(header, lines, { withoutSideFiles: true })
    await bank.pass(60)
    expect(bank.bank().requests()).toEqual([])
    const folder = bankFolders(bank.folder).in
    const markerOf = (of: typeof header) =>
      bank.profile.sideFiles(of, {
        name: `${bank.profile.fileName(of)}${bank.suffix}`,
        md5: '',
        sha256: '',
        sizeBytes: 0,
      })[0]
    const marker = markerOf(header)
    await writeFile(join(folder, marker?.name ?? ''), marker?.content ?? '')
    await writeFile(join(folder, markerOf(next)?.name ?? ''), 'another day')
    await bank.send(next, lines, { withoutSideFiles: true })
    await bank.pass(0)
    expect(stateOf(bank)).toEqual(['executed', 'refused'])
    expect(reasonsOf(bank)).toEqual([expect.stringMatching(/^SIDE_FILE /)])
  })

  it('answers with the refusal of its layout, where the layout has one', async () => {
    const bank = await open('cmbc-batch')
    const lines = linesOf(10)
    const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)
    await bank.send(headerFor(bank.profile, lines, 1), lines, { content: cut })
    await bank.send(headerFor(bank.profile, lines, 2), lines, { by: 'stranger' })
    await bank.pass(0)
    const answers = await bank.answers()
    expect(answers.map(({ rows }) => rows)).toEqual([[], []])
    expect(answers.map(({ end }) => end)).toMatchObject([
      { refusals: [{ code: 'BANK_REFUSED', facts: { reason: 'FILE_INCOMPLETE' } }] },
      { refusals: [{ code: 'BANK_REFUSED', facts: { reason: 'FILE_SIGNATURE' } }] },
    ])
  })

  it('does not touch an unfinished upload or a name that is none of its layout', async () => {
    const bank = await open()
    const lines = linesOf(3)
    const folder = bankFolders(bank.folder).in
    const name = bank.profile.fileName(headerFor(bank.profile, lines))
    for (const other of [`${name}.p7m.part`, 'notes.txt', 'readme.p7m'])
      await writeFile(join(folder, other), 'x')
    await bank.pass(60)
    expect(bank.bank().requests()).toEqual([])
    expect(await readdir(folder)).toHaveLength(3)
  })

  it('refuses a file whose name says another day than its content', async () => {
    const bank = await open()
    const lines = linesOf(3)
    const header = headerFor(bank.profile, lines)
    const name = bank.profile.fileName({ ...header, businessDate: '20260303' })
    await bank.send(header, lines, { name })
    await bank.pass(0)
    expect(stateOf(bank)).toEqual(['refused'])
  })
})

describe('a bank that was killed', () => {
  it('goes on after the last posting on its disk, wherever that was, and posts no line twice', async () => {
    const bank = await open()
    const lines = linesOf(60)
    await round(bank, lines)
    const { ledgerFile, journalFile, out } = bankFolders(bank.folder)
    const whole = (await bank.postings()).map(({ kind, serial }) => `${kind} ${serial}`)
    const sizeBytes = (await stat(ledgerFile)).size
    const received = (await readFile(journalFile, 'utf8')).split('\n')[0] ?? ''
    const [published = ''] = await readdir(out)
    for (const share of [0, 0.001, 0.2, 0.5, 0.77, 0.999, 1]) {
      await truncate(ledgerFile, Math.floor(sizeBytes * share))
      await writeFile(journalFile, `${received}\n{"event":"exec`)
      await bank.restart()
      await bank.pass(0)
      expect((await bank.postings()).map(({ kind, serial }) => `${kind} ${serial}`)).toEqual(whole)
      expect(stateOf(bank)).toEqual(['answered'])
      expect(await readdir(out)).toEqual([published])
    }
  })

  it('answers from what it decided then, even when it is told to behave otherwise now', async () => {
    const bank = await open()
    const lines = linesOf(60)
    await bank.send(headerFor(bank.profile, lines), lines)
    await bank.pass(0)
    const refunds = (await bank.postings()).filter(({ kind }) => kind === 'refund').length
    await bank.restart({ policy: { seed: 99, failShare: 1, returnShare: 0 } })
    await bank.pass(20)
    const [answer] = await bank.answers()
    expect(answer?.rows.filter(({ outcome }) => outcome === 'failed')).toHaveLength(refunds)
  })

  it('does not take a request again that still lies in in/', async () => {
    const bank = await open()
    const lines = linesOf(20)
    await bank.send(headerFor(bank.profile, lines), lines)
    await bank.pass(0)
    await bank.restart()
    await bank.pass(0)
    await bank.pass(20)
    expect(await bank.postings()).toHaveLength(21)
    expect(bank.reports.some((line) => line.includes('DUPLICATE'))).toBe(false)
    expect(bank.bank().sums().debit.count).toBe(1)
  })
})
