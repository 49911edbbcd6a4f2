/** `huida exceptions show`: one exception, where things stand now, which acts may end it, and how it was ended. */
import { Command } from 'commander'
import type { KeptResolution } from '../../gateway/outcomes/resolution/kept-resolution-store.ts'
import { actSentences, refusalSentences } from '../../gateway/outcomes/resolution/refusal-sentences.ts'
import { type ExceptionShown, showException } from '../../gateway/outcomes/resolution/show-exception.ts'
import { withBankBook } from './command-bank-book.ts'
import { withDatabase } from './command-database.ts'
import { CommandEnd, exit, print, toJson } from './output.ts'
import { exceptionNumber } from './resolve-command.ts'
import { stateName } from './state-names.ts'
import { chinaTime, textTable } from './text-table.ts'

const examples = `Examples:
  $ huida exceptions show 17
  $ huida exceptions show 17 --json

`

/** The command `exceptions show`. */
export const showCommand = (): Command =>
  new Command('show')
    .description('show one exception: its facts, how things stand now, and what may be done about it')
    .addHelpText('before', examples)
    .argument('<no>', 'number of the exception', exceptionNumber)
    .option('--json', 'print JSON')
    .action(show)

async function show(no: bigint, { json }: { json?: boolean }): Promise<void> {
  const shown = await withDatabase((db) => withBankBook(db, (book) => showException(db, book, no)))
  if (!shown) throw new CommandEnd(exit.refused, noSuchException(no))
  print(json ? toJson(shown, 1) : exceptionText(shown))
}

/** There is none of this number. */
export const noSuchException = (no: bigint): string => {
  const { zh, en } = refusalSentences.EXCEPTION_NOT_FOUND
  return `${zh} / ${en} (${no})`
}

function exceptionText(shown: ExceptionShown): string {
  const { stands, acts, resolution, note } = shown
  const facts = [
    ['编号 no', String(shown.exceptionId)],
    ['类别 kind', shown.kind],
    ['银行 bank', shown.bank],
    ['时间 opened', chinaTime(shown.openedAt)],
    ['批次 batch', shown.batchNo ?? ''],
    ['指令 instruction', shown.instructionId ?? ''],
    ['回盘文件 inbound', [shown.inboundName, stands.inbound].filter(Boolean).join('  ')],
    ['报盘文件 file', [shown.fileName, stands.file].filter(Boolean).join('  ')],
    ['行 line', shown.lineNo === undefined ? '' : String(shown.lineNo)],
    ['现状 stands', stands.line === undefined ? '' : `${stateName(stands.line)} ${stands.line}`],
    ['事实 facts', toJson(shown.facts)],
  ].filter(([, value]) => value !== '')
  const end = resolution ? resolutionText(resolution) : note === undefined ? actsText(acts) : toJson(note)
  return `${textTable(facts)}\n\n${end}`
}

const actsText = (acts: ExceptionShown['acts']): string =>
  textTable([
    ['处置 act', '', '作用 / 不可用的原因', 'what it does / what speaks against it'],
    ...acts.map(({ act, against }) => {
      const { zh, en } = against === undefined ? actSentences[act] : refusalSentences[against]
      return [act, against === undefined ? '可 yes' : `否 ${against}`, zh, en]
    }),
  ])

const resolutionText = (kept: KeptResolution): string =>
  textTable(
    [
      ['处置 resolution', `${kept.resolutionId} ${kept.act}`],
      ['经办 by', kept.by],
      ['时间 at', chinaTime(kept.at)],
      ['理由 reason', kept.reason],
      ['证据 evidence', kept.evidence],
      ['文号 reference', kept.reference ?? ''],
      ['要求 asked', toJson(kept.asked)],
      ['结果 effect', toJson(kept.effect)],
      [
        '复核 approval',
        kept.approvedBy ?? (kept.approval === 'wanted' ? '待复核 wanted' : '不需要 not wanted'),
      ],
    ].filter(([, value]) => value !== ''),
  )
