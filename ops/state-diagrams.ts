/**
 * The state diagrams of ops/states.md, drawn from the same literals as the program moves by: instruction, bank file,
 * inbound file. `npm run states` writes the page; tests/pure/states.test.ts fails when it is not the current one.
 */
import { type BankFileState, bankFileMoves } from '../gateway/dispatch/bank-file.ts'
import { type InstructionState, instructionMoves } from '../gateway/ledger/instruction-states.ts'
import { type InboundState, inboundMoves } from '../gateway/transfer/collect/inbound-file.ts'
import { stateNames } from './cli/state-names.ts'

const bankFileNames: Readonly<Record<BankFileState, string>> = {
  planned: '已编排',
  composed: '已编制',
  sealed: '已签名加密',
  sending: '报送中',
  unconfirmed: '送达待核实',
  sent: '已报送',
  acknowledged: '银行已接收',
  answered: '已回盘',
  closed: '已结清',
  refused: '银行整体拒收',
}

const inboundNames: Readonly<Record<InboundState, string>> = {
  collected: '已收取',
  opened: '已验签解密',
  read: '已读取',
  matched: '已比对入账',
  closed: '已办结',
  quarantined: '已隔离',
}

/** A noun with states: its heading, the start, Chinese names, and the literal that every move comes from. */
interface Noun {
  readonly title: string
  readonly source: string
  readonly first: string
  readonly names: Readonly<Record<string, string>>
  readonly moves: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const nouns: readonly Noun[] = [
  {
    title: 'Instruction 支付指令',
    source: 'gateway/ledger/instruction-states.ts',
    first: 'waiting' satisfies InstructionState,
    names: stateNames,
    moves: instructionMoves,
  },
  {
    title: 'Bank file 报盘文件',
    source: 'gateway/dispatch/bank-file.ts',
    first: 'planned' satisfies BankFileState,
    names: bankFileNames,
    moves: bankFileMoves,
  },
  {
    title: 'Inbound file 回盘文件',
    source: 'gateway/transfer/collect/inbound-file.ts',
    first: 'collected' satisfies InboundState,
    names: inboundNames,
    moves: inboundMoves,
  },
]

const opening = `# States 状态

Written by \`npm run states\` from the literals that the program moves by; do not edit. The same moves stand in a CHECK
constraint of the database, so a move that is not drawn here cannot be committed. A state without a way out is an end.
本页由 \`npm run states\` 生成，与程序和数据库约束使用同一份状态表；图上没有的变化写不进数据库。
`

/** The whole page, Markdown with one mermaid diagram and one table a noun. */
export const statesPage = (): string => [opening, ...nouns.map(section)].join('\n')

function section(noun: Noun): string {
  const lines = movesOf(noun)
  return [
    `## ${noun.title}`,
    '',
    `Source: \`${noun.source}\`.`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...Object.keys(noun.moves).map((state) => `  state "${noun.names[state] ?? ''} ${state}" as ${state}`),
    `  [*] --> ${noun.first}`,
    ...lines.map(({ from, to }) => `  ${from} --> ${to}`),
    '```',
    '',
    '| from 自 | to 至 | because 原因 |',
    '| --- | --- | --- |',
    ...lines.map(({ from, to, cause }) => `| ${from} | ${to} | ${cause} |`),
    '',
  ].join('\n')
}

interface Move {
  readonly from: string
  readonly to: string
  readonly cause: string
}

const movesOf = ({ moves }: Noun): Move[] =>
  Object.entries(moves).flatMap(([from, targets]) =>
    Object.entries(targets).map(([to, cause]) => ({ from, to, cause })),
  )
