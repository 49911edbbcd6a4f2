/** People to write into bank files by the million: made one after another from their number, never held. */
import type { FileHeader, PaymentLine } from '../../formats/bank-file.ts'
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { money } from '../../formats/values/money.ts'

const surnames = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '欧阳', '买买提·']
const given = ['伟', '秀英', '建国', '桂花', '珅', '志强', '兰', '玉梅', '瑋', '小红', '艾力', '大山']

/** Line number `seq`, from 1; the same number is always the same line. */
export function benchLine(seq: number): PaymentLine {
  const digits = `${seq}`.padStart(8, '0')
  return {
    seq,
    serial: `000000000042${digits}`,
    payeeName: `${surnames[seq % surnames.length]}${given[(seq * 7) % given.length]}`,
    payeeAccount: `62179999${digits}017`,
    payeeIdNumber: `1101051880${digits}`,
    amountFen: money(BigInt(10_000 + ((seq * 7919) % 500_000))),
    remark: '耕地地力补贴',
  }
}

/** Lines in blocks, as the gateway hands them to a writer. */
export function* benchBlocks(count: number, size = 1000): Generator<readonly PaymentLine[]> {
  for (let from = 1; from <= count; from += size) {
    const length = Math.min(size, count - from + 1)
    yield Array.from({ length }, (_, index) => benchLine(from + index))
  }
}

/** The header of a file of so many lines. */
export function benchHeader(profile: CompiledProfile, count: number): FileHeader {
  let totalFen = 0n
  for (let seq = 1; seq <= count; seq++) totalFen += BigInt(10_000 + ((seq * 7919) % 500_000))
  return {
    businessDate: '20261121',
    sequence: 1,
    fileNumber: '000000000042',
    count,
    totalFen: money(totalFen),
    programmeName: '耕地地力保护补贴',
    fundingAccount: '110000000000000001',
    settings: profile.sampleSettings,
  }
}

const BLOCK_LINES = 4000

/** Lines as a bank file has them, until there are exactly so many bytes. */
export function* benchContent(sizeBytes: number): Generator<Buffer> {
  let leftBytes = sizeBytes
  for (let from = 1; leftBytes > 0; from += BLOCK_LINES) {
    const lines = Array.from({ length: BLOCK_LINES }, (_, index) => contentLine(benchLine(from + index)))
    const block = Buffer.from(lines.join(''))
    yield block.subarray(0, leftBytes)
    leftBytes -= block.length
  }
}

function contentLine({
  serial,
  payeeName,
  payeeAccount,
  payeeIdNumber,
  amountFen,
  remark,
}: PaymentLine): string {
  return [serial, payeeAccount, payeeName, payeeIdNumber, amountFen, remark].join('|').concat('\n')
}
