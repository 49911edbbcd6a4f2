/**
 * The books of all banks of a world, read from their files: what the banks say they did, whatever the gateway says.
 * Reading is a stream; it may run while the banks post and then gives what is on the disk so far.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readLog } from '../append-log.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import { addPosting } from '../bank/bank-ledger.ts'
import { noPostings, type Posting, type PostingSum, parsePosting } from '../bank/posting.ts'
import { createRepeatCounter } from '../repeat-counter.ts'

/** A posting and the bank in whose ledger it stands. */
export interface BankPosting extends Posting {
  readonly bank: string
}

/** Sums of one bank's ledger in count and fen. */
export interface BankTotals {
  readonly bank: string
  readonly debits: PostingSum
  readonly credits: PostingSum
  readonly refunds: PostingSum
  readonly returns: PostingSum
  /** Credits whose serial had been credited before; a serial shorter than 20 digits counts within its file. */
  readonly duplicateSerials: number
}

const wholeSerialDigits = 20

/** Every posting of every bank of the world, bank by bank, each in the order of its ledger. */
export async function* readBankLedgers(folder: string): AsyncGenerator<BankPosting> {
  for (const bank of await bankNames(folder)) yield* readBankLedger(folder, bank)
}

/** Totals of every bank of the world. Memory is flat but for eight bytes a credit of one bank. */
export async function readBankTotals(folder: string): Promise<BankTotals[]> {
  const totals: BankTotals[] = []
  for (const bank of await bankNames(folder)) totals.push(await totalsOf(folder, bank))
  return totals
}

async function* readBankLedger(folder: string, bank: string): AsyncGenerator<BankPosting> {
  const { ledgerFile } = bankFolders(join(folder, 'banks', bank))
  for await (const stored of readLog(ledgerFile)) yield { bank, ...parsePosting(stored) }
}

async function totalsOf(folder: string, bank: string): Promise<BankTotals> {
  let sums = noPostings
  const serials = createRepeatCounter()
  for await (const posting of readBankLedger(folder, bank)) {
    sums = addPosting(sums, posting)
    if (posting.kind === 'credit') serials.add(serialKey(posting))
  }
  const { debit, credit, refund, return: returned } = sums
  const duplicateSerials = serials.repeats()
  return { bank, debits: debit, credits: credit, refunds: refund, returns: returned, duplicateSerials }
}

function serialKey({ serial, fileName }: Posting): string {
  return serial.length === wholeSerialDigits ? serial : `${fileName}\n${serial}`
}

async function bankNames(folder: string): Promise<string[]> {
  return (await readdir(join(folder, 'banks'))).sort()
}
