/** A comparison with a bank in words, tables and JSON. */
import { formatYuan } from '../../formats/values/money.ts'
import {
  type ComparedFile,
  type Comparison,
  isSettled,
} from '../../gateway/transfer/comparison/compare-bank.ts'
import { chinaTime, textTable } from './text-table.ts'

/** The comparison as data; `resumed` tells whether this call let sending go on. */
export const comparisonJson = (bank: string, comparison: Comparison, resumed: boolean) => ({
  bank,
  paused: comparison.restore !== undefined && !resumed,
  clean: comparison.clean,
  resumed,
  ...(comparison.restore && { restore: comparison.restore }),
  files: comparison.files.map((file) => ({
    fileId: file.fileId,
    name: file.name,
    state: file.state,
    finding: file.finding.kind,
    why: file.finding.why,
    ...(file.settled !== undefined && { settled: file.settled }),
    inDoubt: comparison.restore !== undefined && !isSettled(file),
  })),
  lost: comparison.lost,
  unplanned: comparison.unplanned,
})

const findings: Readonly<Record<ComparedFile['finding']['kind'], string>> = {
  delivered: '已到银行 delivered',
  untouched: '未到发送时间 not due before',
  absent: '银行确认没有 absent',
  waits: '稍后可定 wait',
  unclear: '不明 UNCLEAR',
}

const verdicts: Readonly<Record<string, string>> = {
  delivered: '人工认定已到 said delivered',
  absent: '人工认定未到 said absent',
  acknowledged: '已知悉 acknowledged',
}

/** The tables; empty parts are left out. */
export function comparisonText({ restore, files, lost, unplanned }: Comparison): string {
  const parts: string[] = []
  if (restore)
    parts.push(
      textTable([
        ['恢复 restore', `${restore.identityNo} ${restore.cause}`],
        ['发现于 noticed', chinaTime(restore.noticedAt)],
        ['账内最后一事 last fact', restore.lastFactAt ? chinaTime(restore.lastFactAt) : ''],
      ]),
    )
  if (files.length > 0)
    parts.push(textTable([['文件 file', '状态 state', '结论 finding', '依据 why'], ...files.map(fileCells)]))
  if (lost.length > 0)
    parts.push(
      textTable([
        ['账内没有的文件 lost', '在 at', ''],
        ...lost.map(({ name, place, acknowledged }) => [
          name,
          place === 'sent' ? '发送目录 outbox' : '回盘目录 inbox',
          acknowledged ? '已知悉 acknowledged' : '待查 OPEN',
        ]),
      ]),
    )
  if (unplanned.length > 0)
    parts.push(
      textTable([
        ['未成文件的明细 lines without a file', '笔数 count', '金额 yuan', ''],
        ...unplanned.map(({ batch, count, amountFen, settled }) => [
          ...[batch, String(count), formatYuan(amountFen)],
          settled ? '已认定 settled' : '待查 OPEN',
        ]),
      ]),
    )
  return parts.length === 0 ? '两边一致 nothing to compare' : parts.join('\n\n')
}

const fileCells = ({ name, state, finding, settled }: ComparedFile): string[] => [
  name,
  state,
  settled === undefined ? findings[finding.kind] : (verdicts[settled] ?? settled),
  finding.why,
]

/** What to do next, in both languages. */
export function howToGoOn(bank: string, { restore, clean }: Comparison, resumed: boolean): string {
  if (resumed) return `已恢复向 ${bank} 发送 / Sending to ${bank} goes on.`
  if (!restore)
    return clean
      ? `${bank} 未因恢复而暂停，两边没有矛盾 / ${bank} is not paused by a restore, and nothing contradicts our side.`
      : `${bank} 有账内没有的文件：数据库可能是旧的 / The bank has files that our side does not know of: the database may be ` +
          'older than it. Run now: huida brake pull --restored'
  if (clean)
    return `没有疑问，可以恢复发送 / Nothing is in doubt. To go on: huida reconcile --bank ${bank} --resume --by NAME --reason TEXT`
  return (
    `仍有疑问，发送保持暂停；请向银行书面核实后逐项认定 / Something is in doubt, so sending stays paused. Ask the bank in writing, ` +
    `then settle each: huida reconcile --bank ${bank} --file NAME --is delivered|absent|acknowledged --by NAME --evidence TEXT`
  )
}
