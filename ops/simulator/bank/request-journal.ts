/**
 * The life of every request file at a simulated bank, as events on disk: received, executed, answered, returned, or
 * refused. A step is journaled when it is durable, so a bank that was killed goes on where the journal ends.
 */
import { z } from 'zod'
import { type Money, parseFen, zero } from '../../../formats/values/money.ts'
import { openAppendLog, readLog } from '../append-log.ts'
import { faultRule } from '../misdeeds/fault-rule.ts'

const fen = z.string().transform((text): Money => parseFen(text) ?? zero)
const count = z.number().int().nonnegative()
const sum = z.object({ count, totalFen: fen })

const receivedRequest = z.object({
  event: z.literal('received'),
  at: z.string(),
  fileName: z.string(),
  /** Running number at this bank, from 1; names the stored request on the bank's own disk. */
  number: z.number().int().positive(),
  identity: z.string(),
  sha256: z.string(),
  header: z.object({ businessDate: z.string(), sequence: count, fileNumber: z.string() }),
  /** The behaviour that was in force; a restart with other options must not change decided lines. */
  policy: z.object({ seed: z.number(), failShare: z.number(), returnShare: z.number() }),
  /** The misdeeds that were chosen for this file when it came. */
  misdeeds: z.array(faultRule).default([]),
  all: sum,
  paid: sum,
  returned: sum,
  answerDueAt: z.string(),
  returnDueAt: z.string(),
})

const refusedRequest = z.object({
  event: z.literal('refused'),
  at: z.string(),
  fileName: z.string(),
  identity: z.string(),
  reasons: z.array(z.string()),
})

const step = z.object({
  event: z.enum(['executed', 'answered', 'returned']),
  at: z.string(),
  fileName: z.string(),
})

const journalEvent = z.discriminatedUnion('event', [receivedRequest, refusedRequest, step])

/** A request that the bank read and took on. Times are simulated, ISO 8601; sums are in count and fen. */
export type ReceivedRequest = z.infer<typeof receivedRequest>
/** A request that the bank refused whole, with every reason; nothing of it was executed. */
export type RefusedRequest = z.infer<typeof refusedRequest>
/** One event of the journal. */
export type JournalEvent = z.infer<typeof journalEvent>

/** Where a request stands. `received`: not yet, or not wholly, in the ledger. */
export type RequestState =
  | { readonly kind: 'refused'; readonly refused: RefusedRequest }
  | { readonly kind: 'received' | 'executed' | 'answered' | 'returned'; readonly request: ReceivedRequest }

/** The journal, open for writing, and its fold. */
export interface RequestJournal {
  /** The first state ever recorded for a name decides: a name is used once. */
  stateOf(fileName: string): RequestState | undefined
  states(): Iterable<RequestState>
  /** Names that ever came, taken or refused. */
  knownCount(): number
  /** Requests received so far. */
  receivedCount(): number
  /** Resolves when the event is on the disk. */
  record(event: JournalEvent): Promise<void>
  close(): Promise<void>
}

/** Opens the journal at `path`; throws when a line of it is not an event. */
export async function openRequestJournal(path: string): Promise<RequestJournal> {
  const log = await openAppendLog(path)
  const states = new Map<string, RequestState>()
  let receivedCount = 0
  const fold = (event: JournalEvent): void => {
    if (event.event === 'received') receivedCount++
    const next = nextState(states.get(event.fileName), event)
    if (next !== undefined) states.set(event.fileName, next)
  }
  for await (const stored of readLog(path)) fold(journalEvent.parse(stored))
  return {
    stateOf: (fileName) => states.get(fileName),
    states: () => states.values(),
    knownCount: () => states.size,
    receivedCount: () => receivedCount,
    record: async (event) => {
      await log.append([storeEvent(event)])
      fold(event)
    },
    close: () => log.close(),
  }
}

/** Where every request of a journal stands, read beside the bank that writes it. */
export async function readRequestStates(path: string): Promise<ReadonlyMap<string, RequestState>> {
  const states = new Map<string, RequestState>()
  for await (const stored of readLog(path)) {
    const event = journalEvent.parse(stored)
    const next = nextState(states.get(event.fileName), event)
    if (next !== undefined) states.set(event.fileName, next)
  }
  return states
}

/** A second file of a known name is journaled as refused, but does not change the state of the first. */
function nextState(state: RequestState | undefined, event: JournalEvent): RequestState | undefined {
  switch (event.event) {
    case 'received':
      return state ?? { kind: 'received', request: event }
    case 'refused':
      return state ?? { kind: 'refused', refused: event }
    case 'executed':
    case 'answered':
    case 'returned':
      return state === undefined || state.kind === 'refused'
        ? state
        : { kind: event.event, request: state.request }
  }
}

function storeEvent(event: JournalEvent): object {
  if (event.event !== 'received') return event
  const store = ({ count, totalFen }: { count: number; totalFen: Money }) => ({
    count,
    totalFen: `${totalFen}`,
  })
  return { ...event, all: store(event.all), paid: store(event.paid), returned: store(event.returned) }
}
