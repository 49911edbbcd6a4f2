/** `huida brake`: keeps files from leaving for a bank, a batch, a programme, a region or everywhere, and lets them go. */
import { Command, InvalidArgumentError } from 'commander'

import type { BankNo, BatchId } from '../../gateway/ledger/batch.ts'
import type { Db } from '../../gateway/store/pool.ts'
import type { BrakeScope, ShownBrake } from '../../gateway/transfer/brakes/brake.ts'
import { pauseAsTold } from '../../gateway/transfer/brakes/pause-sending.ts'
import { liftBrake, listBrakes, pullBrake } from '../../gateway/transfer/brakes/pull-brake.ts'
import { bankNoOf, batchesOf } from './brake-subject-store.ts'
import { commandClock } from './command-clock.ts'
import { withDatabase } from './command-database.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'
import { personName, reasonText } from './person-flags.ts'
import { chinaTime, textTable } from './text-table.ts'

interface PullFlags {
  readonly bank?: string
  readonly batch?: string
  readonly client?: string
  readonly programme?: string
  readonly region?: string
  readonly everything?: boolean
  readonly restored?: boolean
  readonly by: string
  readonly reason: string
  readonly json?: boolean
}

interface LiftFlags {
  readonly by: string
  readonly reason: string
  readonly json?: boolean
}

const pullExamples = `Examples:
  $ huida brake pull --everything --by li.wei --reason "wrong amounts in this morning's batches"
  $ huida brake pull --bank yy-rcb --by li.wei --reason "their desk asked us to wait, ticket 4711"
  $ huida brake pull --batch 2026-FARMLAND-01 --client county-finance --by li.wei --reason "the county doubts its list"
  $ huida brake pull --restored --by li.wei --reason "machine and disk came back from last night's snapshot"

`
const liftExamples = `Examples:
  $ huida brake list
  $ huida brake lift 7 --by li.wei --reason "the county confirmed its list in writing"

`
const listExamples = `Examples:
  $ huida brake list
  $ huida brake list --json

`

/** The command `brake` with its subcommands. */
export function brakeCommand(): Command {
  const command = new Command('brake').description('keep files from leaving, and let them go again')
  const by = ['--by <name>', 'who answers for it', personName] as const
  const reason = ['--reason <text>', 'why, for everybody who finds it standing', reasonText] as const
  command
    .command('pull')
    .description('hold files back: once this has ended with 0, nothing that it covers gets to a bank')
    .addHelpText('before', pullExamples)
    .option('--bank <code>', 'everything for this bank')
    .option('--batch <batch-no>', 'this batch')
    .option('--client <name>', 'whose batch, where several clients have one of this number')
    .option('--programme <code>', 'every batch of this programme')
    .option(
      '--region <code>',
      'every batch and every file with a line of this region, or of one that begins so',
      regionCode,
    )
    .option('--everything', 'every file to every bank')
    .option('--restored', 'every bank until it was compared: the database was restored and could not tell')
    .requiredOption(...by)
    .requiredOption(...reason)
    .option('--json', 'print JSON')
    .action(pull)
  command
    .command('lift')
    .description('lift a brake; what it held is due at once')
    .addHelpText('before', liftExamples)
    .argument('<no>', 'number of the brake', brakeNumber)
    .requiredOption(...by)
    .requiredOption(...reason)
    .option('--json', 'print JSON')
    .action(lift)
  command
    .command('list')
    .description('list the brakes that stand, and how many sealed files each keeps back')
    .addHelpText('before', listExamples)
    .option('--json', 'print JSON')
    .action(list)
  return command
}

async function pull(flags: PullFlags): Promise<void> {
  const named = [flags.bank, flags.batch, flags.programme, flags.region, flags.everything, flags.restored]
  if (named.filter((one) => one !== undefined).length !== 1) throw new CommandEnd(exit.usage, oneScope)
  if (flags.restored) return pullRestored(flags)
  const { by, reason } = flags
  const { kind, brake } = await withDatabase(async (db) =>
    pullBrake({ db, clock: commandClock() }, await scopeOf(db, flags), { by: `cli:${by}`, reason }),
  )
  const { brakeId, scope, pulledBy, pulledAt } = brake
  if (flags.json) return print(toJson({ kind, brakeId, scope, pulledBy, pulledAt, reason: brake.reason }))
  print(String(brakeId))
  say(
    kind === 'pulled'
      ? `已制动，编号 ${brakeId} / Brake ${brakeId} is pulled: nothing that it covers leaves any more.`
      : `早已制动，编号 ${brakeId} / Brake ${brakeId} stood already, since ${chinaTime(pulledAt)} by ${pulledBy}.`,
  )
}

const oneScope =
  '请指定且仅指定一种范围 / Name exactly one of --bank, --batch, --programme, --region, --everything, --restored.'

async function pullRestored({ by, reason, json }: PullFlags): Promise<void> {
  await withDatabase((db) => pauseAsTold({ db, clock: commandClock() }, `cli:${by}`, reason))
  if (json) return print(toJson({ kind: 'paused' }))
  say(
    '各行发送已暂停，请逐行核对 / Sending to every bank is paused; compare each: huida reconcile --bank CODE',
  )
}

async function scopeOf(db: Db, flags: PullFlags): Promise<BrakeScope> {
  if (flags.bank !== undefined) return { kind: 'bank', bankNo: await findBank(db, flags.bank) }
  if (flags.batch !== undefined)
    return { kind: 'batch', batchId: await findBatch(db, flags.batch, flags.client) }
  if (flags.programme !== undefined) return { kind: 'programme', programme: flags.programme }
  if (flags.region !== undefined) return { kind: 'region', region: flags.region }
  return { kind: 'everything' }
}

async function findBank(db: Db, code: string): Promise<BankNo> {
  const no = await bankNoOf(db, code)
  if (no === undefined) throw new CommandEnd(exit.refused, `没有这家银行 / There is no bank ${code}.`)
  return no
}

async function findBatch(db: Db, batchNo: string, client: string | undefined): Promise<BatchId> {
  const found = await batchesOf(db, batchNo, client)
  const [batch, another] = found
  if (!batch) throw new CommandEnd(exit.refused, `没有这个批次 / There is no batch ${batchNo}.`)
  if (another)
    throw new CommandEnd(
      exit.refused,
      `多个客户端有此批次号，请加 --client / Several clients have a batch ${batchNo}; add --client: ${found.map((one) => one.client).join(', ')}`,
    )
  return batch.batchId
}

async function lift(no: bigint, { by, reason, json }: LiftFlags): Promise<void> {
  const result = await withDatabase((db) =>
    liftBrake({ db, clock: commandClock() }, no, { by: `cli:${by}`, reason }),
  )
  switch (result.kind) {
    case 'not-standing':
      throw new CommandEnd(exit.refused, `没有生效中的制动 / No brake ${no} stands.`)
    case 'restored':
      throw new CommandEnd(
        exit.refused,
        `恢复后的暂停须经核对解除 / Brake ${no} came from a restore; only a comparison lifts it: huida reconcile --bank CODE`,
      )
    case 'lifted':
      if (json) return print(toJson({ kind: 'lifted', brakeId: no, due: result.wakes.length }))
      return say(`已解除，编号 ${no} / Brake ${no} is lifted; what it held is due now.`)
    default:
      return result satisfies never
  }
}

async function list(flags: { readonly json?: boolean }): Promise<void> {
  const brakes = await withDatabase(listBrakes)
  if (flags.json) return print(toJson({ items: brakes }, 1))
  if (brakes.length === 0) return say('没有生效中的制动 / No brake stands.')
  print(
    textTable(
      [
        [
          'no',
          '自 since',
          '范围 scope',
          '对象 subject',
          '原因 cause',
          '谁 by',
          '所扣文件 held',
          '说明 reason',
        ],
        ...brakes.map(cells),
      ],
      [6],
    ),
  )
}

const cells = (brake: ShownBrake): string[] => [
  String(brake.brakeId),
  chinaTime(brake.pulledAt),
  brake.scope,
  brake.subject,
  brake.cause,
  brake.pulledBy,
  String(brake.heldFiles),
  brake.reason,
]

function regionCode(text: string): string {
  if (/^\d{2,12}$/.test(text)) return text
  throw new InvalidArgumentError('2 to 12 digits: a region code or its beginning')
}

function brakeNumber(text: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError('the number that `huida brake list` shows')
}
