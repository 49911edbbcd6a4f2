/** Where a batch stands, for people: a table of banks and states, and a line that fits a log. */
import { formatYuan } from '../../formats/values/money.ts'
import { instructionStates } from '../../gateway/ledger/instruction-states.ts'
import type { AnsweredPosition, AnsweredStanding } from './api-answers.ts'
import { stateName } from './state-names.ts'
import { textTable } from './text-table.ts'

const batchStates: ReadonlyMap<string, string> = new Map([
  ['open', '收单中'],
  ['accepted', '已受理'],
  ['refused', '已拒收'],
  ['cancelled', '已撤销'],
])

type Standings = AnsweredPosition['position']['total']

/** The position as a table: per bank and in total, every state that holds something, in count and yuan. */
export function positionTable(batch: AnsweredPosition): string {
  const { batchNo, programme, state, position } = batch
  const title = `${batchNo}  ${programme.name} ${programme.code}  ${batchStates.get(state) ?? ''} ${state}`
  if (position.banks.length === 0) return `${title}\n申报 declared ${standingText(batch.declared)}`
  const rows = [
    ['银行 bank', '状态 state', '笔数 count', '金额 yuan'],
    ...position.banks.flatMap((bank) => standingRows(bank.bank, bank)),
    ...standingRows('合计 total', position.total),
  ]
  return `${title}\n${textTable(rows, [2, 3])}`
}

function standingRows(bank: string, { accepted, states }: Standings): string[][] {
  const filled = statesOf(states).map(([state, standing]) =>
    row('', `${stateName(state)} ${state}`, standing),
  )
  return [row(bank, '受理 accepted', accepted), ...filled]
}

const row = (bank: string, state: string, { count, amountFen }: AnsweredStanding): string[] => [
  bank,
  state,
  String(count),
  formatYuan(amountFen),
]

/** States that hold something, ours in their usual order, then those that only a newer service knows. */
function statesOf(states: Readonly<Record<string, AnsweredStanding>>): [string, AnsweredStanding][] {
  const known: readonly string[] = instructionStates
  const order = (state: string): number => (known.includes(state) ? known.indexOf(state) : known.length)
  return Object.entries(states)
    .filter(([, { count }]) => count > 0)
    .sort(([a], [b]) => order(a) - order(b))
}

/** The total on one line: `待发 10 在途 20 已发放 70`. */
export function positionLine({ state, position }: AnsweredPosition): string {
  const parts = statesOf(position.total.states).map(([name, { count }]) => `${stateName(name)} ${count}`)
  return parts.length === 0 ? (batchStates.get(state) ?? state) : parts.join('  ')
}

const standingText = ({ count, amountFen }: AnsweredStanding): string =>
  `${count} 笔 ${formatYuan(amountFen)} 元`
