/** One instruction's way on a page: who, where it went, what the bank said, what followed. Nothing personal in it. */
import { formatYuan } from '../../formats/values/money.ts'
import type { Lineage, LineageEvent } from '../../gateway/ledger/lineage-store.ts'
import { stateName } from './state-names.ts'
import { chinaTime, textTable } from './text-table.ts'

/** The trail as text: facts first, then every event in business time (UTC+8). */
export function lineageTrail(lineage: Lineage): string {
  const events = lineage.events.map((event) => [chinaTime(event.at), eventName(event), event.cause])
  const trail = events.length === 0 ? '' : `\n\n经过 Trail\n${indent(textTable(events))}`
  return `${textTable(facts(lineage))}${trail}`
}

function facts(lineage: Lineage): string[][] {
  const { instructionId, batchNo, client, seq, bank, amountFen, state, replaces, replacedBy } = lineage
  return [
    ['指令 Instruction', instructionId],
    ['状态 State', `${stateName(state)} ${state}`],
    ['金额 Amount', `${formatYuan(amountFen)} 元`],
    ['批次 Batch', `${batchNo} 第 ${seq} 行 line ${seq} (${client})`],
    ['银行 Bank', bank],
    ...fileFacts(lineage),
    ...answerFacts(lineage),
    ...(replaces === undefined ? [] : [['更正自 Replaces', replaces]]),
    ...(replacedBy === undefined ? [] : [['已由其重发 Replaced by', replacedBy]]),
  ]
}

function fileFacts({ file }: Lineage): string[][] {
  if (!file) return [['报盘文件 File', '尚未编入 not planned yet']]
  return [
    ['报盘文件 File', `${file.name} (${file.state})`],
    ['流水号 Serial', file.serial],
    ['报送 Sent', file.sentAt ? chinaTime(file.sentAt) : '尚未报送 not sent yet'],
  ]
}

function answerFacts({ answer, reason }: Lineage): string[][] {
  const said = reason && [reason.bankCode, reason.bankText].filter((text) => text !== '').join(' ')
  return [
    ['回盘 Answer', answer ? `${answer.name} 第 ${answer.lineNo} 行 line ${answer.lineNo}` : '无 none'],
    ...(reason ? [['原因 Reason', `${reason.code} (${reason.class})${said ? `: ${said}` : ''}`]] : []),
  ]
}

const nouns: ReadonlyMap<string, string> = new Map([
  ['bank_file', '报盘文件'],
  ['inbound_file', '回盘文件'],
  ['instruction', '指令'],
  ['sms', '短信'],
])

/** `instruction failed` becomes `指令 失败 instruction failed`. */
function eventName({ what }: LineageEvent): string {
  const [noun = '', state = ''] = what.split(' ')
  const name = noun === 'instruction' ? ` ${stateName(state)}` : ''
  return `${nouns.get(noun) ?? ''}${name} ${what}`.trim()
}

const indent = (text: string): string => text.replace(/^/gm, '  ')
