/**
 * A simulated bank with a ledger of its own that knows nothing of ours. It executes whatever it is handed, as often as it
 * is handed it: a file that we send twice is paid twice, and shows.
 */
import { createHash } from 'node:crypto'
import type { FileHeader, PaymentLine } from '../../../formats/bank-file.ts'
import { money } from '../../../formats/values/money.ts'
import type { Draw } from '../../demo/seeded-draw.ts'
import { decidePayment, type PaymentDecision } from '../../simulator/bank/decide-payment.ts'
import { type ReasonCodes, reasonCodesOf } from '../../simulator/bank/reason-codes.ts'
import { type CustomerFacts, createNameReader, type NameReader } from '../../simulator/bank/request-header.ts'
import { isForeign } from './final-names.ts'
import { makeRemoteFolder, type RemoteFolder } from './remote-folder.ts'
import type { SimClock } from './sim-clock.ts'
import type { SimBankSide } from './sim-world.ts'

/** A line as the bank has executed it. */
export interface ExecutedLine extends PaymentLine {
  /** Place in the request, from 1. */
  readonly position: number
  readonly decision: PaymentDecision
}

/** A file that the bank took. */
export interface TakenFile {
  readonly name: string
  readonly sealedName: string
  /** SHA-256 of the bytes as they lay there. */
  readonly sealedSha256: string
  readonly header: FileHeader
  readonly lines: readonly ExecutedLine[]
  readonly refused: boolean
}

/** What a bank's books say of one account. */
export interface AccountBook {
  credits: number
  returns: number
  failures: number
  creditedFen: bigint
  returnedFen: bigint
}

/** A bank at work. */
export interface SimBank {
  readonly side: SimBankSide
  readonly folder: RemoteFolder
  readonly codes: ReasonCodes
  /** By payee account: the only name under which the bank and the platform know the same payment. */
  readonly books: ReadonlyMap<string, AccountBook>
  readonly taken: readonly TakenFile[]
  /** Complete files that lie in its folder and were not taken yet, by name. */
  arrivals(): readonly string[]
  /** Takes one file away and executes it, or refuses it whole. */
  take(sealedName: string, refuse: boolean): Promise<TakenFile>
  /** Sends the money of one line back. */
  bookReturn(line: ExecutedLine): void
}

/** How a bank of a run behaves. */
export interface BankManners {
  readonly seed: number
  readonly failShare: number
  readonly returnShare: number
}

/** Opens a bank with empty folders and books. */
export function openSimBank(side: SimBankSide, manners: BankManners, clock: SimClock): SimBank {
  const { profile, agreement } = side.contracted
  const customer: CustomerFacts = { fundingAccount: agreement.fundingAccount, settings: agreement.settings }
  const folder = makeRemoteFolder(() => Math.floor(clock.now().getTime() / 1000))
  const readName = createNameReader(profile, customer)
  const codes = reasonCodesOf(profile)
  const books = new Map<string, AccountBook>()
  const taken: TakenFile[] = []
  const post = (account: string, change: Partial<AccountBook>): void => {
    const book = books.get(account) ?? noBook()
    books.set(account, {
      credits: book.credits + (change.credits ?? 0),
      returns: book.returns + (change.returns ?? 0),
      failures: book.failures + (change.failures ?? 0),
      creditedFen: book.creditedFen + (change.creditedFen ?? 0n),
      returnedFen: book.returnedFen + (change.returnedFen ?? 0n),
    })
  }
  const decide = (line: PaymentLine): PaymentDecision => decidePayment(manners, agreement.bank, codes, line)
  return {
    side,
    folder,
    codes,
    books,
    taken,
    arrivals: () => arrivalsIn(folder, side, readName),
    async take(sealedName, refuse) {
      const sealed = folder.files.get(`/in/${sealedName}`)?.bytes ?? Buffer.alloc(0)
      const name = sealedName.slice(0, sealedName.length - side.suffix.length)
      const read = await readRequest(side, sealed, customer.settings, clock)
      const header = headerOf(readName(name), read)
      const lines = read.map((line, at) => ({ ...line, position: at + 1, decision: decide(line) }))
      for (const gone of [sealedName, ...sidesOf(side, header, name)]) folder.remove(`/in/${gone}`)
      if (!refuse) for (const line of lines) post(line.payeeAccount, postingOf(line))
      const sealedSha256 = createHash('sha256').update(sealed).digest('hex')
      const file = { name, sealedName, sealedSha256, header, lines, refused: refuse }
      taken.push(file)
      return file
    },
    bookReturn: ({ payeeAccount, amountFen }) => post(payeeAccount, { returns: 1, returnedFen: amountFen }),
  }
}

const noBook = (): AccountBook => ({ credits: 0, returns: 0, failures: 0, creditedFen: 0n, returnedFen: 0n })

const postingOf = ({ decision, amountFen }: ExecutedLine): Partial<AccountBook> =>
  decision.kind === 'failed' ? { failures: 1 } : { credits: 1, creditedFen: amountFen }

const nothing = Buffer.alloc(0)

/** A data file is complete when everything that its layout lays beside it is there. */
function arrivalsIn(folder: RemoteFolder, side: SimBankSide, readName: NameReader): string[] {
  const names = new Set(folder.names('/in'))
  return [...names].filter((sealedName) => {
    if (!sealedName.endsWith(side.suffix)) return false
    const name = sealedName.slice(0, sealedName.length - side.suffix.length)
    const header = isForeign(folder.files.get(`/in/${sealedName}`)?.bytes ?? nothing)
      ? undefined
      : readName(name)
    return header !== undefined && sidesOf(side, header, name).every((one) => names.has(one))
  })
}

/** Names of what belongs beside a data file, named after its sealed form or its clear one as the gateway does. */
function sidesOf(side: SimBankSide, header: FileHeader, name: string): readonly string[] {
  const digests = { md5: '0'.repeat(32), sha256: '0'.repeat(64), sizeBytes: 0 }
  return side.contracted.profile
    .sideFiles(header, { name: `${name}${side.suffix}`, ...digests })
    .map((one) => one.name)
}

async function readRequest(
  side: SimBankSide,
  sealed: Buffer,
  settings: Readonly<Record<string, string>>,
  clock: SimClock,
): Promise<PaymentLine[]> {
  const opened = await side.envelope.open(inOnePiece(sealed), clock.now())
  const reader = side.contracted.profile.requestReader(settings, side.cipher)
  const lines: PaymentLine[] = []
  for await (const chunk of opened.content()) lines.push(...reader.read(chunk))
  const end = reader.end()
  await opened.discard()
  if (end.kind === 'refused') throw new Error(`the bank cannot read our file: ${end.refusals[0]?.code}`)
  return [...lines, ...end.rows]
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function headerOf(named: FileHeader | undefined, lines: readonly PaymentLine[]): FileHeader {
  if (named === undefined) throw new Error('a file of a name that the bank does not know')
  const totalFen = money(lines.reduce((sum, { amountFen }) => sum + amountFen, 0n))
  const serial = lines[0]?.serial ?? ''
  const fileNumber = serial.length === 20 ? serial.slice(0, 12) : named.fileNumber
  return { ...named, count: lines.length, totalFen, fileNumber }
}

/** Behaviour of a bank in one run. */
export const drawManners = (draw: Draw): BankManners => ({
  seed: draw.below(1_000_000_000),
  failShare: draw.pick([0, 0.1, 0.3]),
  returnShare: draw.pick([0, 0.1, 0.2]),
})
