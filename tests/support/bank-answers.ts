/**
 * Answers made by hand: written in the bank's own layout for a file that we really sent, sealed with the bank's own
 * keys (or another's) and laid into its outbox, so that a test decides what every bank says of every line.
 */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAgreedEnvelope } from '../../crypto/agreed-envelope.ts'
import type { EnvelopeTerms } from '../../crypto/envelope-terms.ts'
import type { PaymentLine } from '../../formats/bank-file.ts'
import type { ResultLine, ResultTotals } from '../../formats/profile/compiled-profile.ts'
import { money } from '../../formats/values/money.ts'
import type { ContractedBank } from '../../gateway/banks/bank-book.ts'
import { envelopeSuffix, envelopeTerms } from '../../gateway/banks/envelope-terms.ts'
import { type BankFile, fileHeader, membership } from '../../gateway/dispatch/bank-file.ts'
import { headerFacts } from '../../gateway/dispatch/plan-batch.ts'
import { findBatch } from '../../gateway/ledger/batch-store.ts'
import { lineSerial } from '../../gateway/ledger/line-serial.ts'
import { openLines } from '../../gateway/ledger/payee-store.ts'
import { bankFolders } from '../../ops/simulator/bank/bank-desk.ts'
import { readBankSide } from '../../ops/simulator/world/bank-side.ts'
import { bankKeysFolder, type KeyFiles, makeParty, partyPaths } from '../../ops/simulator/world/party-keys.ts'
import type { WorldBank } from '../../ops/simulator/world/simulated-world.ts'
import { envelopeFacts } from '../../ops/simulator/world/world-envelopes.ts'
import type { Journey } from './journey.ts'

/** What the bank says of one line; members that are given replace what the request said. */
export interface AnswerRow extends Partial<Omit<PaymentLine, 'seq'>> {
  readonly seq: number
  readonly code: string
  readonly text?: string
}

/** An answer as a test wants it. Totals are what the rows add up to unless they are given. */
export interface AnswerPlan {
  readonly rows: readonly AnswerRow[]
  readonly late?: boolean
  readonly totals?: Partial<ResultTotals>
}

/** A written answer in clear text: its name without the envelope's suffix, and its bytes. */
export interface WrittenAnswer {
  readonly name: string
  readonly content: Buffer
}

/** The bank that a file is for. */
export const bankOf = (journey: Journey, file: Pick<BankFile, 'bankNo'>): ContractedBank =>
  journey.assembly.bankBook.byNo(file.bankNo)

/** The lines of a file as its bank sees them, by seq. */
export async function requestLines(journey: Journey, file: BankFile): Promise<Map<number, PaymentLine>> {
  const { db, sealer } = journey.assembly
  const batch = await findBatch(db, file.batchId)
  if (!batch) throw new Error('no batch')
  const holds = membership(file)
  const lines = new Map<number, PaymentLine>()
  for await (const block of openLines(db, sealer, batch, file.bankNo, file.loSeq, file.hiSeq))
    for (const line of block)
      if (holds(line.seq)) lines.set(line.seq, { ...line, serial: lineSerial(file.fileId, line.seq) })
  return lines
}

/** Writes an answer to a file in its bank's layout. */
export async function writeAnswer(
  journey: Journey,
  file: BankFile,
  plan: AnswerPlan,
): Promise<WrittenAnswer> {
  const bank = bankOf(journey, file)
  const batch = await findBatch(journey.assembly.db, file.batchId)
  if (!batch) throw new Error('no batch')
  const asked = await requestLines(journey, file)
  const rows = plan.rows.map((row) => resultLine(asked, row))
  const header = fileHeader(file, headerFacts(batch, bank))
  const late = plan.late ?? false
  const kind = late ? 'late' : 'answer'
  const totals = { ...totalsOf(bank, file, rows, late), ...plan.totals }
  const writer = bank.profile.resultWriter(header, totals, kind)
  return {
    name: bank.profile.resultName(header, kind),
    content: Buffer.concat([writer.begin(), writer.write(rows), writer.end()]),
  }
}

function resultLine(asked: ReadonlyMap<number, PaymentLine>, row: AnswerRow): ResultLine {
  const { code, text = '', ...said } = row
  const line = asked.get(row.seq) ?? [...asked.values()][0]
  if (!line) throw new Error('the file has no lines')
  return { ...line, ...said, bankCode: code, bankText: text }
}

/** A list of failures leaves the paid lines out, so there the rest of the file counts as paid. */
function totalsOf(
  bank: ContractedBank,
  file: BankFile,
  rows: readonly ResultLine[],
  late: boolean,
): ResultTotals {
  const codes = new Map(bank.profile.codes.map(({ code, outcome }) => [code, outcome]))
  const paid = rows.filter((row) => codes.get(row.bankCode) === 'paid')
  const sum = (lines: readonly ResultLine[]): bigint => lines.reduce((all, line) => all + line.amountFen, 0n)
  const listed = { rowCount: rows.length, rowTotalFen: sum(rows) }
  if (bank.profile.resultStyle !== 'failures-only' || late)
    return { ...listed, paidCount: paid.length, paidTotalFen: sum(paid) }
  return { ...listed, paidCount: file.rowCount - rows.length, paidTotalFen: file.totalFen - sum(rows) }
}

/**
 * Seals an answer for us in a bank's own envelope. `signedBy` tells whose key signs it: another bank with keys of the
 * same family, or `stranger`, whose keys nobody exchanged.
 */
export async function sealAnswer(
  journey: Journey,
  bank: string,
  content: Buffer,
  signedBy = bank,
): Promise<Buffer> {
  const { envelope: agreed } = await readBankSide(worldBank(journey, bank).folder)
  const terms = withSigner(envelopeTerms(agreed), await signingKeys(journey, bank, signedBy))
  const scratchFolder = join(journey.banksFolder, 'answer-scratch')
  const envelope = await openAgreedEnvelope(terms, { scratchFolder, now: () => journey.clock.now() })
  const sealed: Buffer[] = []
  for await (const piece of envelope.seal(async function* () {
    yield content
  }))
    sealed.push(piece)
  return Buffer.concat(sealed)
}

async function signingKeys(journey: Journey, bank: string, signedBy: string): Promise<KeyFiles> {
  const { family } = envelopeFacts[worldBank(journey, bank).envelope]
  if (signedBy === 'stranger') {
    const folder = mkdtempSync(join(journey.banksFolder, 'stranger-'))
    return (await makeParty(folder, 'a stranger', [family])).paths[family]
  }
  const signer = worldBank(journey, signedBy)
  if (envelopeFacts[signer.envelope].family !== family)
    throw new Error(`${signedBy} has no key that could sign in the envelope of ${bank}`)
  return partyPaths(bankKeysFolder(signer.folder))[family]
}

function withSigner(terms: EnvelopeTerms, { secretKey: keyPath, publicKey }: KeyFiles): EnvelopeTerms {
  switch (terms.scheme) {
    case 'cms':
    case 'gm':
      return { ...terms, signing: { kind: 'pem', keyPath, certificatePath: publicKey } }
    case 'pgp':
      return { ...terms, signing: { keyPath } }
    case 'none':
      return terms
  }
}

/** The name of an answer at its bank: with what the envelope of its agreement adds. */
export const sealedNameOf = (journey: Journey, bank: string, name: string): string => {
  const found = journey.assembly.bankBook.byCode(bank)
  if (!found) throw new Error(`no bank ${bank}`)
  return `${name}${envelopeSuffix(found.agreement.envelope)}`
}

let writings = 0

/** Lays bytes into a bank's outbox under a remote name; every writing has a time of its own, as days apart would. */
export function layOut(journey: Journey, bank: string, remoteName: string, bytes: Buffer): void {
  const path = join(bankFolders(folderOf(journey, bank)).out, remoteName)
  writeFileSync(path, bytes)
  const at = 1_700_000_000 + ++writings
  utimesSync(path, at, at)
}

/** Takes a file out of a bank's outbox. */
export function takeAway(journey: Journey, bank: string, remoteName: string): void {
  rmSync(join(bankFolders(folderOf(journey, bank)).out, remoteName), { force: true })
}

function worldBank({ world }: Journey, bank: string): WorldBank {
  const found = world.world.banks.find((one) => one.bank === bank)
  if (!found) throw new Error(`the world has no bank ${bank}`)
  return found
}

const folderOf = (journey: Journey, bank: string): string => worldBank(journey, bank).folder

/** What answering may change: the bytes, the remote name, whose key signs it. */
export interface AnswerOptions {
  readonly name?: string
  readonly signedBy?: string
  readonly tamper?: (content: Buffer) => Buffer
}

/** Writes, seals and lays out an answer, and lets everything that it causes happen; gives its remote name. */
export async function answer(
  journey: Journey,
  file: BankFile,
  plan: AnswerPlan,
  options: AnswerOptions = {},
): Promise<string> {
  const remoteName = await layAnswer(journey, file, plan, options)
  await journey.runQuiet()
  return remoteName
}

/** As `answer`, but nothing runs yet. */
export async function layAnswer(
  journey: Journey,
  file: BankFile,
  plan: AnswerPlan,
  options: AnswerOptions = {},
): Promise<string> {
  const { bank } = bankOf(journey, file)
  const written = await writeAnswer(journey, file, plan)
  const content = options.tamper ? options.tamper(written.content) : written.content
  const remoteName = sealedNameOf(journey, bank, options.name ?? written.name)
  layOut(journey, bank, remoteName, await sealAnswer(journey, bank, content, options.signedBy))
  return remoteName
}

/** How often a file of this name came to its bank, taken or refused. */
export const arrivalsOf = ({ reports }: Journey, fileName: string): number =>
  reports.filter((line) => / (took|refused) /.test(line) && line.includes(` ${fileName}:`)).length

/** Rows that say the same of every line of a file. */
export function rowsFor(file: BankFile, code: string, text = ''): AnswerRow[] {
  const holds = membership(file)
  const rows: AnswerRow[] = []
  for (let seq = file.loSeq; seq <= file.hiSeq; seq++) if (holds(seq)) rows.push({ seq, code, text })
  return rows
}

/** The amount of one line of a file. */
export async function amountOf(journey: Journey, file: BankFile, seq: number): Promise<bigint> {
  return (await requestLines(journey, file)).get(seq)?.amountFen ?? money(0n)
}
