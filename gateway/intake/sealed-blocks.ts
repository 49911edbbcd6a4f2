/**
 * The sealed side of a chunk: its lines grouped by bank, packed and sealed, as a COPY in PostgreSQL's binary format
 * (sealed bytes would double in size as text). A chunk's blocks never reach into another chunk.
 */
import type { FieldSealer } from '../../crypto/field-sealing.ts'
import type { BankNo, BatchId } from '../ledger/batch.ts'
import { blockContext, blockLines, packLines, type SealedLine } from '../ledger/sealed-line.ts'

/** Where blocks belong. */
export interface BlockPlace {
  readonly batchId: BatchId
  readonly shard: number
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const trailer = Buffer.from([0xff, 0xff])

/** Seals lines of each bank in order of seq; columns as `sealed_block` has them. Empty when there are no lines. */
export function sealBlocks(
  sealer: FieldSealer,
  place: BlockPlace,
  linesByBank: ReadonlyMap<BankNo, readonly SealedLine[]>,
): Buffer {
  const rows: Buffer[] = []
  for (const [bankNo, lines] of linesByBank) {
    for (let from = 0; from < lines.length; from += blockLines) {
      rows.push(...blockRow(sealer, place, bankNo, lines.slice(from, from + blockLines)))
    }
  }
  return rows.length === 0 ? Buffer.alloc(0) : Buffer.concat([signature, ...rows, trailer])
}

function blockRow(
  sealer: FieldSealer,
  place: BlockPlace,
  bankNo: BankNo,
  lines: readonly SealedLine[],
): [Buffer, Buffer] {
  const firstSeq = lines[0]?.seq ?? 0
  const lastSeq = lines.at(-1)?.seq ?? 0
  const sealed = sealer.sealBlock(packLines(lines), blockContext(place.batchId, bankNo, firstSeq))
  const head = Buffer.alloc(2 + 8 + 8 + 6 + 8 + 8 + 8 + 4)
  let at = head.writeInt16BE(7, 0)
  const int4 = (value: number): void => {
    at = head.writeInt32BE(4, at)
    at = head.writeInt32BE(value, at)
  }
  int4(place.shard)
  int4(place.batchId)
  at = head.writeInt32BE(2, at)
  at = head.writeInt16BE(bankNo, at)
  int4(firstSeq)
  int4(lastSeq)
  int4(lines.length)
  head.writeInt32BE(sealed.length, at)
  return [head, sealed]
}
