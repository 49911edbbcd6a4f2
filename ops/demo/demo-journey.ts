/**
 * The story that the demo tells, as the finance platform and the treasury live it: hand in, pay, wait for the late
 * bank, take back what bounced, correct and re-issue what can be corrected, return the rest, until every fen rests.
 */

import type { Money } from '../../formats/values/money.ts'
import { chinaDay } from '../../gateway/clock.ts'
import { digestingNdjson } from './batch-ndjson.ts'
import { countSms, measureCopyFloor } from './demo-law-store.ts'
import { addOutcome, addPosition, addSms, type DemoLedger, openLedger } from './demo-ledger.ts'
import { peakMemoryMb } from './demo-memory.ts'
import { turnOnce, turnUntil } from './demo-time.ts'
import type { DemoWorld } from './demo-world.ts'
import { correctLine } from './line-correction.ts'
import { type DemoLine, type DemoPlan, generateLines, lineAt } from './people.ts'
import type { AskedCorrection, BatchPosition, PlatformClient } from './platform-client.ts'

/** What happens while the story runs, for progress bars. */
export interface StoryReports {
  readonly onMessage: (message: string) => void
  readonly onProgress: (batchNo: string, position: BatchPosition) => void
  /** Called once, when the first batch is on its way. */
  readonly onUnderWay: () => Promise<void>
  /** Called when the story has come to its end, before its books are read; what it heals may bring work once more. */
  readonly onLastAct?: () => Promise<void>
}

/** What a story came to. */
export interface StoryEnd {
  readonly ledger: DemoLedger
  readonly batchNos: readonly string[]
  readonly seconds: {
    readonly intake: number
    readonly firstBatchKnown: number
    readonly whole: number
    readonly copyFloor: number
  }
  readonly peakMemoryMb: number
}

const shares: Readonly<Record<string, number>> = { 'yy-rcb': 45, cmbc: 25, ccb: 20, spdb: 10 }
const dayMs = 86_400_000

/** Runs the story to its end. */
export async function runStory(
  world: DemoWorld,
  client: PlatformClient,
  people: number,
  seed: number,
  reports: StoryReports,
): Promise<StoryEnd> {
  const startMs = performance.now()
  const since = (): number => Math.round(performance.now() - startMs) / 1000
  const plan = planOf(world, people, seed)
  const feed = openFeed(client, openLedger(world.world.banks.map((bank) => bank.bank)))
  const book = lineBook(plan)
  await handIn(client, plan.batchNo, () => generateLines(plan))
  const intake = since()
  reports.onMessage(`受理 ${people} 条指令 / accepted ${people} instructions`)
  await reports.onUnderWay()
  const first = await settle(world, client, plan.batchNo, reports)
  await feed.read()
  const firstBatchKnown = since()
  reports.onMessage(
    `首批结果已全部收到 / every outcome of the first batch is known; ${first.position.total.states['failed']?.count ?? 0} wait for a person`,
  )
  await waitForReturns(world, reports)
  const batchNos = [plan.batchNo]
  for (let attempt = 1; attempt <= 2; attempt++) {
    const reissued = await reissue(client, book, attempt, plan.batchNo, reports)
    if (!reissued) break
    batchNos.push(reissued)
    await settle(world, client, reissued, reports)
    await waitForReturns(world, reports)
  }
  await returnTheRest(world, client, reports)
  if (reports.onLastAct) {
    await reports.onLastAct()
    await turnOnce(world, 0)
  }
  await feed.read()
  for (const batchNo of batchNos) addPosition(feed.ledger, await client.position(batchNo))
  for (const { bank, messages } of await countSms(world.db)) addSms(feed.ledger, bank, messages)
  const whole = since()
  return {
    ledger: feed.ledger,
    batchNos,
    seconds: { intake, firstBatchKnown, whole, copyFloor: await measureCopyFloor(world.db, world.folder) },
    peakMemoryMb: await peakMemoryMb(world),
  }
}

function planOf(world: DemoWorld, people: number, seed: number): DemoPlan {
  const banks = world.world.banks.map(({ bank }) => ({ code: bank, share: shares[bank] ?? 10 }))
  return { people, seed, banks, batchNo: `YY2026-FARM-${String(seed).padStart(4, '0')}`, region: '430621' }
}

/** Hands a batch in; lines are made twice, once for the declared totals and once to be sent, and never all held. */
async function handIn(
  client: PlatformClient,
  batchNo: string,
  lines: () => Iterable<DemoLine>,
): Promise<void> {
  const measured = digestingNdjson(lines())
  for (const _chunk of measured.chunks);
  const { count, amountFen, sha256 } = measured.totals()
  await client.handIn({
    header: header(batchNo, count, amountFen),
    chunks: digestingNdjson(lines()).chunks,
    seal: { count, amountFen, sha256 },
  })
}

const header = (
  batchNo: string,
  count: number,
  amountFen: Money,
): { batchNo: string } & Record<string, unknown> => ({
  batchNo,
  programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
  period: '2026',
  region: '430621',
  fundingAccount: '43050166360800000999',
  voucherNo: '5201-2026-000123',
  dueBy: '2026-12-04',
  approvals: [
    { role: 'line-department', by: '县农业农村局 复核岗', at: '2026-11-19T09:12:00+08:00' },
    { role: 'finance', by: '县财政局 国库中心', at: '2026-11-20T09:40:00+08:00' },
  ],
  declared: { count, amountFen },
})

/** Lets time pass until nothing of a batch waits or is in flight. */
async function settle(
  world: DemoWorld,
  client: PlatformClient,
  batchNo: string,
  reports: StoryReports,
): Promise<BatchPosition> {
  let position = await client.position(batchNo)
  await turnUntil(world, 1_800_000, async () => {
    position = await client.position(batchNo)
    reports.onProgress(batchNo, position)
    const { waiting, in_flight: inFlight } = position.position.total.states
    return (waiting?.count ?? 0) + (inFlight?.count ?? 0) === 0
  })
  return position
}

/** Money comes back two working days after it was paid; four days bring it home over any weekend. */
async function waitForReturns(world: DemoWorld, reports: StoryReports): Promise<void> {
  await turnOnce(world, 4 * dayMs)
  reports.onMessage(`模拟日期 ${chinaDay(world.clock.now())}：退汇已收 / late returns are in`)
}

/** Corrects what can be corrected and hands it in as a batch of its own; undefined when there was nothing. */
async function reissue(
  client: PlatformClient,
  book: LineBook,
  attempt: number,
  firstNo: string,
  reports: StoryReports,
): Promise<string | undefined> {
  const open = (await client.openCorrections()).filter((asked) => asked.wanted !== 'person-must-act')
  const corrected = open.map((asked) => book.correct(asked, attempt)).filter((line) => line !== undefined)
  if (corrected.length === 0) return undefined
  const batchNo = `${firstNo}-R${attempt}`
  reports.onMessage(
    `更正重发 ${corrected.length} 条 / re-issuing ${corrected.length} corrected instructions as ${batchNo}`,
  )
  await handIn(client, batchNo, () => corrected)
  return batchNo
}

/** A person at the treasury decides on all that is left, and the treasury books the refunds. */
async function returnTheRest(world: DemoWorld, client: PlatformClient, reports: StoryReports): Promise<void> {
  const left = (await client.openCorrections()).map((asked) => asked.instructionId)
  const decided = await client.returnToTreasury(left, '本年度无法更正，退回国库')
  const pending = await client.pendingReturns()
  const date = chinaDay(world.clock.now())
  const booked = await client.confirmReturns(pending, '2203-2026-000045', date)
  reports.onMessage(`退回国库 ${booked} 笔（其中人工决定 ${decided} 笔）/ ${booked} returned to the treasury`)
}

interface LineBook {
  correct(asked: AskedCorrection, attempt: number): DemoLine | undefined
}

/** The platform's own records: any line of the first batch can be made again, corrected ones are remembered. */
function lineBook(plan: DemoPlan): LineBook {
  const corrected = new Map<string, DemoLine>()
  return {
    correct({ instructionId, reason }, attempt) {
      const index = Number(/-(\d{7})(-R\d+)?$/.exec(instructionId)?.[1] ?? 0) - 1
      const line = corrected.get(instructionId) ?? lineAt(plan, index)
      const next = correctLine(line, reason.code, attempt)
      corrected.set(next.instructionId, next)
      return next
    },
  }
}

interface Feed {
  readonly ledger: DemoLedger
  read(): Promise<void>
}

/** Reads the feed from where it was left, as a platform does. */
function openFeed(client: PlatformClient, ledger: DemoLedger): Feed {
  let cursor = ''
  return {
    ledger,
    async read() {
      for await (const page of client.outcomes(cursor)) {
        for (const outcome of page.outcomes) addOutcome(ledger, outcome)
        cursor = page.next
      }
    },
  }
}
