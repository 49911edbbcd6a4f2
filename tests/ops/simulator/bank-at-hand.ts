/** A simulated bank without its SFTP door, a hand on its clock, and the gateway's side of its envelope. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import { digestsOf } from '../../../crypto/digests.ts'
import type { ContentSource, Envelope } from '../../../crypto/envelope.ts'
import type { FileHeader, PaymentLine, ResultRow } from '../../../formats/bank-file.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  FileReader,
} from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { add, money, zero } from '../../../formats/values/money.ts'
import { envelopeSchema } from '../../../gateway/banks/envelope-schema.ts'
import { envelopeTerms } from '../../../gateway/banks/envelope-terms.ts'
import { readLog } from '../../../ops/simulator/append-log.ts'
import { type BankSetup, bankFolders } from '../../../ops/simulator/bank/bank-desk.ts'
import { type Posting, parsePosting } from '../../../ops/simulator/bank/posting.ts'
import { reasonCodesOf } from '../../../ops/simulator/bank/reason-codes.ts'
import { openSimulatedBank, type SimulatedBank } from '../../../ops/simulator/bank/simulated-bank.ts'
import { demoBanks } from '../../../ops/simulator/world/demo-banks.ts'
import { makeParty, type Party } from '../../../ops/simulator/world/party-keys.ts'
import {
  type EnvelopeKind,
  envelopeDocument,
  envelopeFacts,
} from '../../../ops/simulator/world/world-envelopes.ts'

interface PartyKeys {
  readonly folder: string
  readonly gateway: Party
  readonly bank: Party
  readonly stranger: Party
}

/** Keys of the three parties, made once for all tests of a file that needs them. */
let keys: Promise<PartyKeys> | undefined

async function makeKeys(): Promise<PartyKeys> {
  const folder = await mkdtemp(join(tmpdir(), 'huida-keys-'))
  const party = async (name: string): Promise<Party> => {
    await mkdir(join(folder, name))
    return await makeParty(join(folder, name), name, ['rsa', 'sm2', 'pgp'])
  }
  return {
    folder,
    gateway: await party('gateway'),
    bank: await party('bank'),
    stranger: await party('stranger'),
  }
}

afterAll(async () => {
  const made = await keys
  if (made !== undefined) await rm(made.folder, { recursive: true })
})

/** The bank of one test. */
export interface BankAtHand {
  readonly profile: CompiledProfile
  readonly folder: string
  /** What sealing adds to a file's name. */
  readonly suffix: string
  readonly reports: string[]
  bank(): SimulatedBank
  /** Lets simulated time pass, then lets the bank work. */
  pass(minutes: number): Promise<void>
  /** Puts a sealed request into `in/` as the gateway would and returns the data file's name. */
  send(header: FileHeader, lines: readonly PaymentLine[], change?: SendChange): Promise<string>
  /** Opens and reads everything in `out/`. */
  answers(): Promise<Answer[]>
  postings(): Promise<Posting[]>
  /** Closes the bank and opens it again on the same folder. */
  restart(change?: Partial<BankSetup>): Promise<void>
  end(): Promise<void>
}

/** What a test does to a request on its way. */
export interface SendChange {
  readonly name?: string
  readonly content?: (bytes: Buffer) => Buffer
  readonly sealed?: (bytes: Buffer) => Buffer
  readonly by?: 'gateway' | 'stranger'
  readonly withoutSideFiles?: boolean
}

/** An answer, opened and read. */
export interface Answer {
  readonly name: string
  readonly kind: AnswerKind
  readonly late: boolean
  readonly rows: readonly ResultRow[]
  readonly end: Omit<ReturnType<FileReader<ResultRow>['end']>, 'rows'>
}

/** A header that adds up for these lines. */
export function headerFor(profile: CompiledProfile, lines: readonly PaymentLine[], sequence = 1): FileHeader {
  return {
    businessDate: '20260302',
    sequence,
    fileNumber: String(sequence).padStart(12, '0'),
    count: lines.length,
    totalFen: lines.reduce((sum, line) => add(sum, line.amountFen), zero),
    programmeName: '耕地地力保护补贴',
    fundingAccount: '43050100000000000011',
    settings: profile.sampleSettings,
  }
}

/** Synthetic lines with serials of one file. */
export function linesOf(count: number, sequence = 1): PaymentLine[] {
  return Array.from({ length: count }, (_, at) => ({
    seq: at + 1,
    serial: `${String(sequence).padStart(12, '0')}${String(at + 1).padStart(8, '0')}`,
    payeeName: ['张三', '李珅', '王秀英', '欧阳文静'][at % 4] ?? '张三',
    payeeAccount: `62179999${String(10_000_000_000 + at * 7 + sequence)}`,
    payeeIdNumber: '110105188001010017',
    amountFen: money(BigInt(10_000 + at * 37)),
    remark: '耕地地力补贴',
  }))
}

/** Layouts of the demo's banks come in the envelope of that bank, others in CMS. */
const envelopeOf = (profileId: string): EnvelopeKind =>
  demoBanks.find(({ profile }) => profile === profileId)?.envelope ?? 'cms'

/** Opens a bank of this layout, of the catalog or of a test's own, in a folder of its own. */
export async function bankAtHand(
  layout: string | CompiledProfile,
  change: Partial<BankSetup> = {},
): Promise<BankAtHand> {
  const profile = typeof layout === 'string' ? loadCatalog().get(layout) : layout
  if (profile === undefined) throw new Error(`no profile ${layout}`)
  const folder = await mkdtemp(join(tmpdir(), 'huida-bank-'))
  const folders = bankFolders(folder)
  const reports: string[] = []
  let now = new Date('2026-03-02T02:00:00Z')
  const kind = envelopeOf(profile.id)
  const { suffix } = envelopeFacts[kind]
  const { cipher } = change
  const envelopes = await sealersOf(folder, kind, () => now)
  const setup: BankSetup = {
    bank: 'test-bank',
    profile,
    codes: reasonCodesOf(profile),
    customer: { fundingAccount: '43050100000000000011', settings: profile.sampleSettings },
    folder,
    envelope: envelopes.bank,
    suffix,
    policy: { seed: 7, failShare: 0.2, returnShare: 0.1 },
    times: { answerDelayMinutes: 20, returnDelayDays: 2 },
    pickUp: 'after-answer',
    clock: { now: () => now },
    isBeingWritten: () => false,
    report: (line) => void reports.push(line),
    ...change,
  }
  const drop = { profile, suffix, envelopes, cipher }
  let bank = await openSimulatedBank(setup)
  return {
    profile,
    folder,
    suffix,
    reports,
    bank: () => bank,
    pass: async (minutes) => {
      now = new Date(now.getTime() + minutes * 60_000)
      await bank.work()
    },
    send: (header, lines, sendChange = {}) =>
      send({ ...drop, folder: folders.in }, header, lines, sendChange),
    answers: () => readAnswers({ ...drop, folder: folders.out }, now),
    postings: () => readPostings(folders.ledgerFile),
    restart: async (newChange = {}) => {
      await bank.close()
      bank = await openSimulatedBank({ ...setup, ...newChange })
    },
    end: async () => {
      await bank.close()
      await rm(folder, { recursive: true })
    },
  }
}

interface Sealers {
  readonly bank: Envelope
  readonly gateway: Envelope
  readonly stranger: Envelope
}

/** Where a bank's files lie and how they are sealed. */
interface Drop {
  readonly profile: CompiledProfile
  readonly suffix: string
  readonly folder: string
  readonly envelopes: Sealers
  readonly cipher: FieldCipher | undefined
}

async function sealersOf(folder: string, kind: EnvelopeKind, now: () => Date): Promise<Sealers> {
  keys ??= makeKeys()
  const { gateway, bank, stranger } = await keys
  const scratchFolder = join(folder, 'envelope-scratch')
  await mkdir(scratchFolder)
  const { family } = envelopeFacts[kind]
  const between = (mine: Party, theirs: Party): Promise<Envelope> => {
    const peer = {
      path: theirs.paths[family].publicKey,
      fingerprint: theirs.published(family).fingerprint,
    }
    const document = envelopeSchema.parse(envelopeDocument(kind, mine.paths[family], peer))
    return openAgreedEnvelope(envelopeTerms(document), { scratchFolder, now })
  }
  return {
    bank: await between(bank, gateway),
    gateway: await between(gateway, bank),
    stranger: await between(stranger, bank),
  }
}

async function send(
  { profile, suffix, folder, envelopes, cipher }: Drop,
  header: FileHeader,
  lines: readonly PaymentLine[],
  { name = profile.fileName(header), content, sealed, by = 'gateway', withoutSideFiles = false }: SendChange,
): Promise<string> {
  const writer = profile.writer(header, cipher)
  const written = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
  const bytes = content?.(written) ?? written
  const parts: Buffer[] = []
  for await (const part of envelopes[by].seal(sourceOf(bytes))) parts.push(part)
  const whole = Buffer.concat(parts)
  if (!withoutSideFiles) await putSideFiles(profile, folder, header, `${name}${suffix}`, bytes)
  const path = join(folder, `${name}${suffix}`)
  await writeFile(`${path}.part`, sealed?.(whole) ?? whole)
  await rename(`${path}.part`, path)
  return name
}

async function putSideFiles(
  profile: CompiledProfile,
  folder: string,
  header: FileHeader,
  name: string,
  bytes: Buffer,
): Promise<void> {
  const digests = await digestsOf(sourceOf(bytes)())
  for (const side of profile.sideFiles(header, { name, ...digests }))
    await writeFile(join(folder, side.name), side.content)
}

async function readAnswers(
  { profile, suffix, folder, envelopes, cipher }: Drop,
  at: Date,
): Promise<Answer[]> {
  const answers: Answer[] = []
  const sealedNames = (await readdir(folder)).filter((name) => name.endsWith(suffix))
  for (const sealedName of sealedNames.sort()) {
    const name = sealedName.slice(0, -suffix.length)
    const kind = profile.matchResultName(name)?.kind ?? 'answer'
    const opened = await envelopes.gateway.open(sourceOf(await readFile(join(folder, sealedName)))(), at)
    const reader = profile.resultReader(undefined, kind, cipher)
    const rows: ResultRow[] = []
    for await (const chunk of opened.content()) rows.push(...reader.read(chunk))
    const { rows: last, ...end } = reader.end()
    await opened.discard()
    answers.push({ name, kind, late: kind === 'late', rows: [...rows, ...last], end })
  }
  return answers
}

function sourceOf(bytes: Buffer): ContentSource {
  return async function* () {
    yield bytes
  }
}

async function readPostings(path: string): Promise<Posting[]> {
  const postings: Posting[] = []
  for await (const stored of readLog(path)) postings.push(parsePosting(stored))
  return postings
}
