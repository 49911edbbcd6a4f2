/** `huida reconcile --bank`: both sides of a bank beside each other after a restore, what is in doubt, and how it is settled. */
import type { ContractedBank } from '../../gateway/banks/bank-book.ts'
import { type Comparison, compareBank } from '../../gateway/transfer/comparison/compare-bank.ts'
import { resumeSending } from '../../gateway/transfer/comparison/compare-resume.ts'
import { recordFound, type SettleRequest, settle } from '../../gateway/transfer/comparison/compare-settle.ts'
import { type Assembly, assemble } from '../start/assemble.ts'
import { readConfig } from '../start/config.ts'
import { joinDatabase, withDatabase } from './command-database.ts'
import { comparisonJson, comparisonText, howToGoOn } from './comparison-text.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

/** Flags of the comparison; at most one of settling and resuming. */
export interface CompareFlags {
  readonly bank: string
  readonly batch?: string
  readonly client?: string
  readonly file?: string
  readonly is?: SettleRequest['verdict']
  readonly by?: string
  readonly evidence?: string
  readonly resume?: boolean
  readonly reason?: string
  readonly json?: boolean
}

/** Compares, then settles or resumes where that was asked for. Ends with 0 when nothing is in doubt, and with 4 otherwise. */
export async function compareWithBank(flags: CompareFlags): Promise<void> {
  const ask = requestOf(flags)
  await withAssembly(async (assembly) => {
    const bank = assembly.bankBook.byCode(flags.bank)
    if (!bank)
      throw new CommandEnd(exit.refused, `没有这家银行 / There is no agreement with a bank ${flags.bank}.`)
    const first = await compareAndRecord(assembly, bank)
    if (ask) await settleOne(assembly, bank, first, ask)
    const comparison = ask ? await compareBank(assembly, bank) : first
    const resumed = flags.resume ? await resume(assembly, bank, comparison, flags) : false
    print(flags.json ? toJson(comparisonJson(bank.bank, comparison, resumed)) : comparisonText(comparison))
    if (!flags.json) say(howToGoOn(bank.bank, comparison, resumed))
    if (!comparison.clean) throw new CommandEnd(exit.inDoubt, '')
  })
}

/** What a person wants to settle; undefined when nothing. Ends the command where a flag is missing beside another. */
function requestOf(flags: CompareFlags): SettleRequest | undefined {
  const { is, by, evidence, file, batch, client } = flags
  if (flags.resume && (by === undefined || flags.reason === undefined))
    throw new CommandEnd(exit.usage, '恢复发送须写明 --by 与 --reason / --resume wants --by and --reason.')
  if (is === undefined) {
    if (file === undefined && evidence === undefined && batch === undefined) return undefined
    throw new CommandEnd(exit.usage, settleUsage)
  }
  if (
    by === undefined ||
    evidence === undefined ||
    flags.resume ||
    (file === undefined) === (batch === undefined)
  )
    throw new CommandEnd(exit.usage, settleUsage)
  const said = { verdict: is, evidence, decidedBy: `cli:${by}` }
  if (file !== undefined) return { subject: is === 'acknowledged' ? 'lost' : 'file', name: file, ...said }
  if (client === undefined || is === 'acknowledged') throw new CommandEnd(exit.usage, settleUsage)
  return { subject: 'batch', name: `${client}/${batch}`, ...said }
}

const settleUsage =
  '逐项认定：--file NAME --is delivered|absent|acknowledged，或 --batch NO --client C --is delivered|absent，并写明 --by 与 --evidence / ' +
  'One thing is settled by --file NAME --is delivered|absent|acknowledged, or --batch NO --client C --is delivered|absent, ' +
  'each with --by and --evidence.'

async function withAssembly(work: (assembly: Assembly) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  // Asks whether the schema is ours before anything else happens.
  await withDatabase(async () => {})
  const joined = await joinDatabase(config)
  try {
    const options = { name: 'huida-cli', connections: 4, envelopes: 'in-threads' as const }
    const assembly = await assemble(config, joined.url, options)
    try {
      await work(assembly)
    } finally {
      await assembly.close()
    }
  } finally {
    await joined.close()
  }
}

/** What the bank's side proves is recorded at once; the rest is told. */
async function compareAndRecord(assembly: Assembly, bank: ContractedBank): Promise<Comparison> {
  const comparison = await compareBank(assembly, bank)
  const { restore } = comparison
  if (!restore || !comparison.files.some(({ finding }) => finding.kind === 'delivered')) return comparison
  const busy = await recordFound(assembly, bank, restore, comparison)
  if (busy.length > 0)
    say(
      `${busy.length} 个文件正在处理，请稍后再核对 / ${busy.length} files are being worked on; compare again.`,
    )
  return compareBank(assembly, bank)
}

const refusals: Readonly<Record<string, string>> = {
  'not-in-doubt': '该项没有疑问 / That is not in doubt here; see the list.',
  'settled-before': '该项已有认定，不能改写 / Somebody settled that before; what was said is not changed.',
  'being-made': '文件尚在制作，稍后再认定 / The file is still being made; settle it in a moment.',
}

async function settleOne(
  assembly: Assembly,
  bank: ContractedBank,
  comparison: Comparison,
  request: SettleRequest,
): Promise<void> {
  if (!comparison.restore) throw new CommandEnd(exit.refused, notPaused(bank.bank))
  const result = await settle(assembly, bank, comparison.restore, comparison, request)
  if (result.kind === 'refused') throw new CommandEnd(exit.refused, refusals[result.why] ?? result.why)
  if (result.kind === 'busy')
    throw new CommandEnd(
      exit.inDoubt,
      '该文件正在处理，请稍后再认定 / A worker is at that file now; settle it in a moment.',
    )
}

const notPaused = (bank: string): string =>
  `该行未因恢复而暂停 / Sending to ${bank} is not paused by a restore, so there is nothing to settle.`

async function resume(
  assembly: Assembly,
  bank: ContractedBank,
  comparison: Comparison,
  { by = '', reason = '' }: CompareFlags,
): Promise<boolean> {
  const result = await resumeSending(assembly, bank, comparison, { by: `cli:${by}`, reason })
  if (result.kind === 'not-paused') throw new CommandEnd(exit.refused, notPaused(bank.bank))
  return result.kind === 'resumed'
}
