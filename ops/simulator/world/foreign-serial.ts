/** A serial that stands in another bank's ledger, for a bank that mixes up whose rows it answers. */
import { readBankLedgers } from './read-bank-ledgers.ts'

/** The first whole serial that any bank of the world but this one has credited; undefined while there is none. */
export async function foreignSerial(folder: string, bank: string): Promise<string | undefined> {
  for await (const posting of readBankLedgers(folder))
    if (posting.bank !== bank && posting.serial.length === wholeSerialDigits) return posting.serial
  return undefined
}

const wholeSerialDigits = 20
