/**
 * How a simulated bank answers a file that it executed: at once or in pieces, twice, cut off, early, with codes that
 * nobody knows, against its own word. What it says last of every line is what it did, but where it contradicts itself.
 */
import type { AnswerKind, ResultLine } from '../../../formats/profile/compiled-profile.ts'
import { money } from '../../../formats/values/money.ts'
import { statedTotals } from '../../simulator/bank/answer-request.ts'
import type { BankAnswer } from '../../simulator/bank/reason-codes.ts'
import type { Agenda } from './agenda.ts'
import type { Chaos } from './fault-kinds.ts'
import type { ExecutedLine, SimBank, TakenFile } from './sim-bank.ts'
import type { SimClock } from './sim-clock.ts'
import type { Trace } from './trace.ts'

/** What answering needs. */
export interface AnswerWorld {
  readonly bank: SimBank
  readonly agenda: Agenda
  readonly chaos: Chaos
  readonly clock: SimClock
  readonly trace: Trace
  /** Accounts of which the bank has said paid and failed. */
  readonly contradicted: Set<string>
  /** Accounts of which the bank has said nothing final. */
  readonly undecided: Set<string>
  /** Lets the gateway look into this bank's outbox now. */
  readonly look: () => Promise<void>
}

/** What a bank says of a line in one answer. */
type Word = (line: ExecutedLine) => BankAnswer

const minuteMs = 60_000

/** Plans everything that the bank will lay into its outbox for a file that it took. */
export function planAnswers(world: AnswerWorld, file: TakenFile): void {
  const { chaos, bank } = world
  const { draw } = chaos
  const firstMs = (5 + draw.below(240)) * minuteMs
  if (file.refused) {
    plan(world, file, firstMs, 'refuses', () => layRefusal(world, file))
    return
  }
  if (chaos.strikes('answers')) oddBefore(world, file, firstMs)
  plan(world, file, firstMs, 'answers', () => lay(world, file, 'answer', truth))
  if (chaos.strikes('answers')) oddAfter(world, file, firstMs)
  const back = file.lines.filter(({ decision }) => decision.kind === 'returned')
  if (back.length === 0 || !bank.side.contracted.profile.answerKinds.includes('late')) return
  // Now and then the news of a return overtakes the answer to the file itself.
  const lateMs = chaos.strikes('answers') ? firstMs - 1000 : firstMs + (1 + draw.below(2)) * 1440 * minuteMs
  plan(world, file, Math.max(0, lateMs), 'returns', async () => {
    for (const line of back) bank.bookReturn(line)
    await lay(world, file, 'late', truth, back)
  })
}

function plan(
  { agenda, clock, bank }: AnswerWorld,
  file: TakenFile,
  inMs: number,
  what: string,
  act: () => Promise<void>,
): void {
  const at = new Date(clock.now().getTime() + inMs)
  agenda.add({
    at,
    name: `${bank.side.contracted.bank} ${what} ${file.header.businessDate}-${file.header.sequence}`,
    act,
  })
}

const truth: Word = ({ decision }) => decision.answer

/** Answers that come before the whole one: cut off, still growing, or with words that nobody knows yet. */
function oddBefore(world: AnswerWorld, file: TakenFile, firstMs: number): void {
  const { draw } = world.chaos
  const third = draw.below(3)
  const open: Word = (line) => (isThird(line, third) ? world.bank.codes.open : undefined) ?? truth(line)
  const unknown: Word = (line) => (isThird(line, third) ? unknownCode(world.bank) : truth(line))
  const share = 0.4 + draw.below(50) / 100
  const odd = draw.pick([
    { what: 'answers cut off', word: truth, share, at: firstMs / 2 },
    { what: 'answers with unknown codes', word: unknown, share: 1, at: firstMs / 2 },
    { what: 'answers with open lines', word: open, share: 1, at: firstMs / 2 },
    { what: 'begins to answer', word: truth, share: 0.5, at: firstMs - 2 * minuteMs },
  ])
  plan(world, file, Math.floor(odd.at), odd.what, () =>
    lay(world, file, 'answer', odd.word, file.lines, odd.share),
  )
}

const isThird = ({ position }: ExecutedLine, third: number): boolean => position % 3 === third

/** Answers that come after the whole one: again, or against it. */
function oddAfter(world: AnswerWorld, file: TakenFile, firstMs: number): void {
  const { draw } = world.chaos
  const laterMs = firstMs + (10 + draw.below(600)) * minuteMs
  const turned = draw.chance(700) ? undefined : draw.pick(file.lines)
  if (turned === undefined) {
    plan(world, file, laterMs, 'answers again', () => lay(world, file, 'answer', truth))
    return
  }
  const against: Word = (line) => (line === turned ? opposite(world.bank, line) : truth(line))
  plan(world, file, laterMs, 'contradicts itself', async () => {
    world.contradicted.add(turned.payeeAccount)
    await lay(world, file, 'answer', against)
  })
}

/** A code of the right shape that the code map lacks, or has as unknown. */
function unknownCode({ side }: SimBank): BankAnswer {
  const { codes } = side.contracted.profile
  return { code: codes.find(({ outcome }) => outcome === 'unknown')?.code ?? '9998', text: '未知' }
}

function opposite({ codes }: SimBank, { decision }: ExecutedLine): BankAnswer {
  if (decision.kind === 'failed') return codes.paid
  return codes.failed[0] ?? codes.paid
}

/** Writes an answer in the bank's layout, seals it and lays it into the outbox; `share` below 1 cuts it off. */
async function lay(
  world: AnswerWorld,
  file: TakenFile,
  kind: AnswerKind,
  word: Word,
  lines: readonly ExecutedLine[] = file.lines,
  share = 1,
): Promise<void> {
  const { profile } = world.bank.side.contracted
  const said = lines.map((line) => ({ line, answer: kind === 'late' ? laterOf(line) : word(line) }))
  const isPaid = ({ code }: BankAnswer): boolean => code === world.bank.codes.paid.code
  const unpaid = said.filter(({ answer }) => !isPaid(answer))
  const listed = profile.resultStyle === 'failures-only' && kind === 'answer' ? unpaid : said
  const rows = listed.map(
    ({ line, answer }): ResultLine => ({
      ...line,
      bankCode: answer.code,
      bankText: answer.text,
    }),
  )
  const sum = (of: typeof said) => ({
    count: of.length,
    totalFen: money(of.reduce((all, { line }) => all + line.amountFen, 0n)),
  })
  const none = { count: 0, totalFen: money(0n) }
  const paid = kind === 'late' ? none : sum(said.filter(({ answer }) => isPaid(answer)))
  const totals = statedTotals(kind === 'late' ? 'full-list' : profile.resultStyle, sum(said), paid)
  const writer = profile.resultWriter(file.header, totals, kind, world.bank.side.cipher)
  const content = Buffer.concat([writer.begin(), writer.write(rows), writer.end()])
  await put(world, profile.resultName(file.header, kind), content, share)
  if (kind === 'answer' && share === 1)
    noteDecided(
      world,
      said.map(({ line, answer }) => ({ line, answer })),
    )
}

function laterOf({ decision }: ExecutedLine): BankAnswer {
  return decision.kind === 'returned' ? decision.later : decision.answer
}

function noteDecided(
  { undecided, bank }: AnswerWorld,
  said: readonly { readonly line: ExecutedLine; readonly answer: BankAnswer }[],
): void {
  const vague = new Set([unknownCode(bank).code, bank.codes.open?.code])
  for (const { line, answer } of said) {
    if (vague.has(answer.code)) undecided.add(line.payeeAccount)
    else undecided.delete(line.payeeAccount)
  }
}

async function layRefusal(world: AnswerWorld, file: TakenFile): Promise<void> {
  const { profile } = world.bank.side.contracted
  const [refusal] = profile.refusalAnswers
  if (refusal) await put(world, profile.resultName(file.header, 'answer'), refusal.content, 1)
}

async function put(world: AnswerWorld, name: string, content: Buffer, share: number): Promise<void> {
  const { side, folder } = world.bank
  const pieces: Buffer[] = []
  for await (const piece of side.envelope.seal(() => inOnePiece(content))) pieces.push(piece)
  const sealed = Buffer.concat(pieces)
  folder.put(`/out/${name}${side.suffix}`, sealed.subarray(0, Math.floor(sealed.length * share)))
  planLooks(world)
}

/** Two looks have to agree, so there are two, and now and then the next answer comes between them. */
function planLooks({ agenda, clock, chaos, bank, look }: AnswerWorld): void {
  const now = clock.now().getTime()
  const firstMs = chaos.draw.below(20) * minuteMs
  for (const inMs of [firstMs, firstMs + (1 + chaos.draw.below(10)) * minuteMs])
    agenda.add({ at: new Date(now + inMs), name: `${bank.side.contracted.bank} is looked at`, act: look })
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
