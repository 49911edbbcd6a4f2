/** `huida bank`: a bank's windows, and simulated banks and SMS provider for drills. Data on stdout, messages on stderr. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { readFaultScript } from '../simulator/misdeeds/fault-script.ts'
import { readSimulatedClock, writeSimulatedClock } from '../simulator/simulated-clock.ts'
import { type PrepareOptions, prepareBanks } from '../simulator/world/prepare-banks.ts'
import { type RunningWorld, type RunOptions, runWorld } from '../simulator/world/run-world.ts'
import { worldFile } from '../simulator/world/simulated-world.ts'
import { addFaultsCommand } from './bank-faults.ts'
import { toldOver } from './bank-notices.ts'
import { addWindowCommand } from './bank-window.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

interface SimulateFlags {
  readonly folder: string
  readonly seed: number
  readonly failShare?: number
  readonly returnShare?: number
  readonly answerDelayMinutes?: number
  readonly returnDelayDays?: number
  readonly lateBank?: string
  readonly clock?: string
  readonly smsIdempotent?: boolean
  readonly smsDropShare?: number
  readonly smsBusyShare?: number
  readonly faults?: PrepareOptions['faults']
  readonly api?: boolean
  readonly notices?: string
  readonly smsReceipts?: string
  readonly json?: boolean
}

const examples = `
Examples:
  $ huida bank simulate --folder ./banks --seed 7
  $ huida bank simulate --folder ./banks --seed 7 --fail-share 0.1 --clock ./banks/clock.json --json
  $ huida bank simulate --folder ./banks --seed 7 --faults 'yy-rcb truncate-answer file=2, ccb return-late every=3 days=3'
  $ huida bank simulate --folder ./banks --seed 7 --api --notices http://127.0.0.1:8080 --faults drill.yaml
`

/** The command `bank` with its subcommands. */
export function bankCommand(): Command {
  const command = new Command('bank').description("banks' windows, and simulated contracted banks")
  addWindowCommand(command)
  addFaultsCommand(command)
  command
    .command('simulate')
    .description('run simulated banks on SFTP and behind APIs, and an SMS provider on HTTP, until stopped')
    .addHelpText('before', examples)
    .requiredOption('--folder <dir>', 'where the banks keep their keys, files and ledgers; made when missing')
    .requiredOption('--seed <n>', 'decides every outcome; the same seed gives the same outcomes', wholeNumber)
    .option('--fail-share <x>', 'share of lines that fail, 0 to 1 (usually 0.03)', share)
    .option(
      '--return-share <x>',
      'share of lines that are paid and come back days later (usually 0.003)',
      share,
    )
    .option('--answer-delay-minutes <n>', 'simulated minutes until a bank answers (usually 20)', wholeNumber)
    .option(
      '--return-delay-days <n>',
      'simulated working days until money comes back (usually 2)',
      wholeNumber,
    )
    .option('--late-bank <code>', 'the bank that answers its first file 26 hours late (usually ccb)')
    .option('--faults <file|rules>', 'what the banks do wrong; `huida bank faults` lists it', faultScript)
    .option('--api', 'with banks behind APIs of three shapes, when the folder is made')
    .option('--notices <url>', 'where these banks send their notices: the origin of the gateway', origin)
    .option('--clock <file>', 'simulated time, shared through this file; the real time without it')
    .option('--sms-idempotent', 'the SMS provider sends a repeated request only once')
    .option('--sms-drop-share <x>', 'share of SMS calls that are accepted and then cut off', share)
    .option('--sms-busy-share <x>', 'share of SMS calls that are answered 503', share)
    .option('--sms-receipts <url>', 'where the SMS provider sends its receipts', origin)
    .option('--json', 'messages as JSON lines')
    .action(async (flags: SimulateFlags) => await simulate(flags))
  return command
}

async function simulate(flags: SimulateFlags): Promise<void> {
  const folder = resolve(flags.folder)
  const report = flags.json ? (message: string) => say(toJson({ message })) : say
  const running = await start(folder, flags, report)
  const stopped = stopSignal()
  print(readyLine(folder, running))
  await stopped
  await running.close()
}

async function start(
  folder: string,
  flags: SimulateFlags,
  report: (line: string) => void,
): Promise<RunningWorld> {
  try {
    await prepareBanks(folder, flags.seed, behaviourOf(flags))
    return await runWorld(folder, {
      clock: clockOf(flags.clock),
      report,
      ...smsOf(flags),
      ...toldOver(flags),
    })
  } catch (error) {
    throw new CommandEnd(exit.fault, error instanceof Error ? error.message : String(error))
  }
}

/** One line, when every port listens. Tokens stay in the world file, which only its owner can read. */
function readyLine(folder: string, { world }: RunningWorld): string {
  const banks = [...world.banks, ...(world.apiBanks ?? [])].map(({ bank, profile, port, agreementFile }) => ({
    bank,
    profile,
    port,
    agreementFile,
  }))
  const { agreementsFolder, programmesFile, sms } = world
  const places = { folder, worldFile: worldFile(folder), agreementsFolder, programmesFile }
  return toJson({ ready: true, pid: process.pid, ...places, banks, sms: { port: sms.port } })
}

async function stopSignal(): Promise<void> {
  const stop = new AbortController()
  const { signal } = stop
  await Promise.race([once(process, 'SIGTERM', { signal }), once(process, 'SIGINT', { signal })])
  stop.abort()
}

function clockOf(path: string | undefined): Clock {
  if (path === undefined) return systemClock
  if (!existsSync(path)) writeSimulatedClock(path, new Date())
  return readSimulatedClock(path)
}

function behaviourOf(flags: SimulateFlags): PrepareOptions {
  const { failShare, returnShare, answerDelayMinutes, returnDelayDays, lateBank, faults, api } = flags
  return {
    ...(failShare === undefined ? {} : { failShare }),
    ...(returnShare === undefined ? {} : { returnShare }),
    ...(answerDelayMinutes === undefined ? {} : { answerDelayMinutes }),
    ...(returnDelayDays === undefined ? {} : { returnDelayDays }),
    ...(lateBank === undefined ? {} : { lateBank }),
    ...(faults === undefined ? {} : { faults }),
    ...(api === undefined ? {} : { api }),
  }
}

function smsOf(flags: SimulateFlags): Pick<RunOptions, 'smsIdempotent' | 'smsDropShare' | 'smsBusyShare'> {
  const { smsIdempotent = false, smsDropShare = 0, smsBusyShare = 0 } = flags
  return { smsIdempotent, smsDropShare, smsBusyShare }
}

function faultScript(text: string): NonNullable<PrepareOptions['faults']> {
  const read = readFaultScript(text)
  if (read.kind === 'read') return read.rules
  throw new InvalidArgumentError(read.problems.join('\n'))
}

function origin(text: string): string {
  if (!/^https?:\/\/[\w.:[\]-]+$/.test(text)) throw new InvalidArgumentError('It must be http://host:port.')
  return text
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function share(text: string): number {
  const value = /^(0?\.\d+|0|1(\.0+)?)$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(value)) throw new InvalidArgumentError('It must be a share between 0 and 1.')
  return value
}
