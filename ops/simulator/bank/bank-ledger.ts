/**
 * The ledger of one simulated bank: postings on disk before any answer leaves, and their running sums in memory.
 * Sums are rebuilt from the file at every start, so the file is the only truth.
 */
import { add } from '../../../formats/values/money.ts'
import { openAppendLog, readLog } from '../append-log.ts'
import {
  noPostings,
  type Posting,
  type PostingKind,
  type PostingSums,
  parsePosting,
  storePosting,
} from './posting.ts'

/** How many postings of one file are in the ledger, by what they belong to. */
export interface FilePostings {
  readonly debits: number
  /** Credits and refunds: lines of the file that were executed. */
  readonly lines: number
  readonly returns: number
}

/** A bank's ledger, open for posting. */
export interface BankLedger {
  sums(): PostingSums
  /** What the ledger holds of a file; tells after a crash where to go on. */
  postingsOf(fileName: string): FilePostings
  /** Adds postings in order; they are durable only after `sync`. */
  post(postings: readonly Posting[]): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

const none: FilePostings = { debits: 0, lines: 0, returns: 0 }

/** Opens the ledger at `path`, cutting off a torn last line. Throws when a line is not a posting. */
export async function openBankLedger(path: string): Promise<BankLedger> {
  const log = await openAppendLog(path)
  let sums = noPostings
  const files = new Map<string, FilePostings>()
  const count = (posting: Posting): void => {
    sums = addPosting(sums, posting)
    files.set(posting.fileName, countOne(files.get(posting.fileName) ?? none, posting.kind))
  }
  for await (const stored of readLog(path)) count(parsePosting(stored))
  return {
    sums: () => sums,
    postingsOf: (fileName) => files.get(fileName) ?? none,
    post: async (postings) => {
      await log.write(postings.map(storePosting))
      for (const posting of postings) count(posting)
    },
    sync: () => log.sync(),
    close: () => log.close(),
  }
}

/** The sums with one more posting. */
export function addPosting(sums: PostingSums, { kind, amountFen }: Posting): PostingSums {
  const sum = sums[kind]
  return { ...sums, [kind]: { count: sum.count + 1, totalFen: add(sum.totalFen, amountFen) } }
}

function countOne(file: FilePostings, kind: PostingKind): FilePostings {
  switch (kind) {
    case 'debit':
      return { ...file, debits: file.debits + 1 }
    case 'credit':
    case 'refund':
      return { ...file, lines: file.lines + 1 }
    case 'return':
      return { ...file, returns: file.returns + 1 }
  }
}
