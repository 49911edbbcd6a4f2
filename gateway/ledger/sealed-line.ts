/**
 * The personal side of instructions, as it lies in sealed blocks: about a thousand lines of one bank of one batch,
 * in order of seq. Amount and id are repeated inside the seal, so that composing reads blocks alone and any
 * disagreement with the plan's totals, which come from the instruction table, shows at once.
 */
import { type Money, money } from '../../formats/values/money.ts'
import type { BankNo, BatchId } from './batch.ts'

/** One line with its personal fields in clear; never logged, never stored unsealed. */
export interface SealedLine {
  readonly seq: number
  readonly amountFen: Money
  readonly instructionId: string
  readonly payeeName: string
  readonly payeeAccount: string
  readonly payeeIdNumber?: string
  readonly phone?: string
  readonly remark?: string
  readonly household?: string
}

/** Lines a block holds at most. */
export const blockLines = 1000

/** What ties a sealed block to its place: moved to another batch, bank or range it does not open. */
export const blockContext = (batchId: BatchId, bankNo: BankNo, firstSeq: number): string =>
  `instruction:${batchId}/${bankNo}/${firstSeq}`

type Row = [
  number,
  string,
  string,
  string,
  string,
  string | null,
  string | null,
  string | null,
  string | null,
]

/** Packs lines for sealing: UTF-8 JSON, one array a line. */
export function packLines(lines: readonly SealedLine[]): Buffer {
  return Buffer.from(
    JSON.stringify(
      lines.map((line) => [
        line.seq,
        line.amountFen.toString(),
        line.instructionId,
        line.payeeName,
        line.payeeAccount,
        line.payeeIdNumber ?? null,
        line.phone ?? null,
        line.remark ?? null,
        line.household ?? null,
      ]),
    ),
  )
}

/** Unpacks what `packLines` packed. No second check: the seal has proven that we wrote these bytes. */
export function unpackLines(plain: Buffer): SealedLine[] {
  const rows: Row[] = JSON.parse(plain.toString('utf8'))
  return rows.map(toLine)
}

function toLine([
  seq,
  fen,
  instructionId,
  payeeName,
  payeeAccount,
  idNumber,
  phone,
  remark,
  household,
]: Row): SealedLine {
  return {
    seq,
    amountFen: money(BigInt(fen)),
    instructionId,
    payeeName,
    payeeAccount,
    ...(idNumber !== null && { payeeIdNumber: idNumber }),
    ...(phone !== null && { phone }),
    ...(remark !== null && { remark }),
    ...(household !== null && { household }),
  }
}
