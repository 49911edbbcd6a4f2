/** Rows of the instruction table in COPY's text format: amounts, pseudonyms and ids, nothing personal in clear. */
import type { Pseudonymizer } from '../../crypto/pseudonym.ts'
import type { Money } from '../../formats/values/money.ts'
import type { BankNo } from '../ledger/batch.ts'
import { copyText } from '../store/copy.ts'
import type { InstructionLine } from './instruction-line.ts'
import type { BlockPlace } from './sealed-blocks.ts'

/** A line that is fit to be written. */
export interface FitLine {
  readonly seq: number
  readonly bankNo: BankNo
  readonly amountFen: Money
  readonly line: InstructionLine
}

/** Columns of the rows, in order, for the COPY statement. */
export const instructionColumns =
  'amount_fen, account_ref, person_ref, shard, batch_id, seq, bank_no, instruction_id, region, replaces'

const uuidDigits = 32

/** Rows of lines; all pseudonyms of the chunk are made in two calls, since one call a line is ten times slower. */
export function instructionRows(
  pseudonyms: Pseudonymizer,
  place: BlockPlace,
  fit: readonly FitLine[],
): Buffer {
  const persons = fit.flatMap(({ line }) => (line.payeeIdNumber === undefined ? [] : [line.payeeIdNumber]))
  const accountRefs = pseudonyms.accounts(fit.map(({ line }) => line.payeeAccount)).toString('hex')
  const personRefs = pseudonyms.persons(persons).toString('hex')
  const tail = `\t${place.shard}\t${place.batchId}\t`
  let personAt = 0
  let text = ''
  for (const [index, { seq, bankNo, amountFen, line }] of fit.entries()) {
    const account = accountRefs.slice(index * uuidDigits, (index + 1) * uuidDigits)
    const person =
      line.payeeIdNumber === undefined ? '\\N' : personRefs.slice(personAt, personAt + uuidDigits)
    if (line.payeeIdNumber !== undefined) personAt += uuidDigits
    const rest = `${copyText(line.instructionId)}\t${copyText(line.region)}\t${copyText(line.replaces)}`
    text += `${amountFen}\t${account}\t${person}${tail}${seq}\t${bankNo}\t${rest}\n`
  }
  return Buffer.from(text, 'latin1')
}
