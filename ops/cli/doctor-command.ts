/**
 * `huida doctor`: looks at everything that a service needs before it starts, each with a hint. It changes nothing and
 * never contacts a bank unless it is told to.
 */
import { Command } from 'commander'
import pc from 'picocolors'
import type { Agreement } from '../../gateway/banks/agreement.ts'
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { readSimulatedClock } from '../simulator/simulated-clock.ts'
import { type Config, readConfig } from '../start/config.ts'
import { checkAgreements } from './doctor-agreements.ts'
import { type Check, type CheckStatus, check, checkText, failedBy, sentence } from './doctor-check.ts'
import { cryptographyCheck } from './doctor-cryptography.ts'
import { checkDatabase } from './doctor-database.ts'
import {
  calendarCheck,
  clockCheck,
  fieldKeyCheck,
  nodeCheck,
  regionsCheck,
  scratchChecks,
  smsCheck,
} from './doctor-machine.ts'
import { bankChecks, portChecks, redisCheck } from './doctor-network.ts'
import { CommandEnd, exit, print, say, toJson } from './output.ts'

const examples = `
Examples:
  $ huida doctor
  $ DATABASE_URL=postgresql://... REDIS_URL=redis://... huida doctor --json
  $ huida doctor --banks
`

interface Flags {
  readonly banks?: boolean
  readonly json?: boolean
}

/** The command `doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check what a service needs here: exit code 0 when nothing fails, 1 when something does')
    .addHelpText('before', examples)
    .option('--banks', 'also connect to every bank and list its inbox')
    .option('--json', 'print JSON')
    .action(doctor)
}

async function doctor(flags: Flags): Promise<void> {
  const checks: Check[] = []
  for await (const one of examine(process.env, flags.banks ?? false)) {
    checks.push(one)
    if (!flags.json) print(checkText(one, painter(one.status)))
  }
  const count = (status: CheckStatus): number => checks.filter((one) => one.status === status).length
  const failed = count('fail')
  if (flags.json) print(toJson({ ok: failed === 0, checks }))
  say(
    `${count('ok')} 项正常 ok, ${count('warn')} 项注意 warnings, ${failed} 项失败 failed, ${count('skipped')} 项跳过 skipped`,
  )
  if (failed > 0) throw new CommandEnd(exit.fault, '')
}

/** Runs every check in the order in which a person would cure them. */
export async function* examine(env: NodeJS.ProcessEnv, banks: boolean): AsyncGenerator<Check> {
  yield nodeCheck(process.versions.node)
  yield cryptographyCheck()
  const config = configOf(env)
  if ('status' in config) yield config
  else yield* examineService(config, banks)
}

function configOf(env: NodeJS.ProcessEnv): Config | Check {
  try {
    return readConfig(env)
  } catch (error) {
    return failedBy(
      'configuration',
      error,
      sentence('逐项改正环境变量', 'Put right each variable that is named.'),
    )
  }
}

async function* examineService(config: Config, banks: boolean): AsyncGenerator<Check> {
  yield check('configuration', 'ok', sentence('环境变量可用', 'The environment is valid.'))
  const clock = clockOf(config)
  if ('status' in clock) yield clock
  const { now } = 'status' in clock ? systemClock : clock
  yield clockCheck(now(), config.simulatedClockFile !== undefined)
  yield calendarCheck(now(), config.calendarsFolder)
  yield regionsCheck(config)
  yield* scratchChecks(config)
  yield fieldKeyCheck(config)
  yield* checkDatabase(config)
  yield await redisCheck(config)
  const agreements: Agreement[] = []
  yield* checkAgreements(config, { now }, (valid) => agreements.push(...valid))
  yield smsCheck(config)
  yield* portChecks(config)
  if (banks) yield* bankChecks(agreements)
  else
    yield check(
      'banks',
      'skipped',
      sentence('未连接银行，加 --banks 检查', 'No bank was contacted; add --banks for that.'),
    )
}

function clockOf({ simulatedClockFile }: Config): Clock | Check {
  try {
    return simulatedClockFile === undefined ? systemClock : readSimulatedClock(simulatedClockFile)
  } catch (error) {
    return failedBy('clock.file', error)
  }
}

function painter(status: CheckStatus): (mark: string) => string {
  const { green, yellow, red, dim } = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR)
  return { ok: green, warn: yellow, fail: red, skipped: dim }[status]
}
