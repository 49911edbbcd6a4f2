/** Checks of the machine and the process: Node, clock, calendar, disk, field key and the files that are named. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { loadFieldKey } from '../../crypto/field-key.ts'
import { readSecretFile } from '../../crypto/secret-file.ts'
import { loadCalendar } from '../../gateway/banks/calendar.ts'
import { calendarHorizon } from '../../gateway/banks/calendar-horizon.ts'
import { loadRegions } from '../../gateway/banks/load-regions.ts'
import { chinaDay } from '../../gateway/clock.ts'
import type { Config } from '../start/config.ts'
import { type Check, check, failedBy, sentence } from './doctor-check.ts'

const leastNode = [20, 11] as const
const gibBytes = 1024 ** 3

/** Whether this Node can run the program; `version` is `process.versions.node`. */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = leastNode
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor))
    return check('node', 'ok', sentence(`Node ${version} 可用`, `Node ${version} will do.`))
  const hint = sentence('安装 Node 20.11 以上', 'Install Node 20.11 or newer.')
  return check('node', 'fail', sentence(`Node ${version} 太旧`, `Node ${version} is too old.`), hint)
}

/** Whether the time of business can be true; a simulated clock is told, since banks do not follow it. */
export function clockCheck(now: Date, simulated: boolean): Check {
  const shown = `${now.toISOString().slice(0, 19)}Z`
  const year = now.getUTCFullYear()
  if (year < 2025 || year > 2100) {
    const hint = sentence('校准系统时钟', 'Set the clock of the machine.')
    return check(
      'clock',
      'fail',
      sentence(`系统时间 ${shown} 不可信`, `The clock says ${shown}, which cannot be.`),
      hint,
    )
  }
  return simulated
    ? check(
        'clock',
        'warn',
        sentence(
          `使用模拟时钟（${shown}），只能用于演练`,
          `The clock is simulated (${shown}); for drills only.`,
        ),
      )
    : check('clock', 'ok', sentence(`系统时间 ${shown}`, `The clock says ${shown}.`))
}

/**
 * Whether working days are known: of this year, and in the last 60 days of the last known year of the next one. `folder`
 * holds the operator's calendars.
 */
export function calendarCheck(now: Date, folder?: string): Check {
  const hint = sentence(
    '运行 huida calendar import 装入国务院公布的放假安排',
    'Load the schedule that the State Council published: huida calendar import',
  )
  try {
    const horizon = calendarHorizon(loadCalendar(folder), chinaDay(now))
    if (horizon.kind === 'missing') {
      const { year } = horizon
      const found = sentence(`${year} 年工作日历未装入`, `The calendar of ${year} is not loaded.`)
      return check('calendar', 'fail', found, hint)
    }
    const { lastYear, daysLeft } = horizon
    if (horizon.kind === 'soon') {
      const found = sentence(
        `${lastYear + 1} 年工作日历未装入，还剩 ${daysLeft} 天`,
        `The calendar of ${lastYear + 1} is not loaded yet; ${daysLeft} days are left.`,
      )
      return check('calendar', 'warn', found, hint)
    }
    const found = sentence(
      `工作日历到 ${lastYear}-12-31，还有 ${daysLeft} 天`,
      `Working days are known until ${lastYear}-12-31, ${daysLeft} days.`,
    )
    return check('calendar', 'ok', found)
  } catch (error) {
    return failedBy('calendar', error)
  }
}

/** Whether the list of counties can be read, where one is configured. */
export function regionsCheck({ regionsFile }: Config): Check {
  if (regionsFile === undefined)
    return check(
      'regions',
      'skipped',
      sentence('未配置县区代码表，只核对省份', 'No list of counties; only provinces are checked.'),
    )
  try {
    const { length } = loadRegions(regionsFile)
    return check(
      'regions',
      'ok',
      sentence(`县区代码表 ${length} 行`, `The list of counties has ${length} lines.`),
    )
  } catch (error) {
    return failedBy('regions', error, sentence('检查 HUIDA_REGIONS', 'Check HUIDA_REGIONS.'))
  }
}

/** Whether the field key is there, private and undamaged. The embedded mode makes one at its first start. */
export function fieldKeyCheck({ fieldKeyFile, databaseUrl }: Config): Check {
  const hint = sentence(
    '设置 HUIDA_FIELD_KEY_FILE；文件须为 0600',
    'Set HUIDA_FIELD_KEY_FILE; the file must be of mode 0600.',
  )
  if (!existsSync(fieldKeyFile) && databaseUrl === undefined)
    return check(
      'field-key',
      'ok',
      sentence('字段密钥将在首次启动时生成', 'The field key will be made at the first start.'),
    )
  try {
    const { keyId } = loadFieldKey(fieldKeyFile)
    return check(
      'field-key',
      'ok',
      sentence(`字段密钥 ${keyId} 可用，仅属主可读`, `The field key ${keyId} loads and is private.`),
    )
  } catch (error) {
    return failedBy('field-key', error, hint)
  }
}

/** Whether the token of the SMS provider can be read, where one is configured. */
export function smsCheck({ sms }: Config): Check {
  if (!sms) return check('sms', 'skipped', sentence('没有配置短信服务', 'No SMS provider is configured.'))
  try {
    if (readSecretFile(sms.tokenFile).toString('utf8').trim() !== '')
      return check('sms', 'ok', sentence('短信服务令牌可读', 'The token of the SMS provider can be read.'))
    return check('sms', 'fail', sentence('短信服务令牌为空', 'The token of the SMS provider is empty.'))
  } catch (error) {
    return failedBy('sms', error, sentence('检查 HUIDA_SMS_TOKEN_FILE', 'Check HUIDA_SMS_TOKEN_FILE.'))
  }
}

/** Whether spooled files can be written and how much room there is. Nothing stays behind. */
export function* scratchChecks({ scratchFolder }: Config): Generator<Check> {
  const folder = existingFolder(scratchFolder)
  try {
    if (folder === scratchFolder) writeProbe(folder)
    else accessSync(folder, constants.W_OK)
    yield check(
      'scratch',
      'ok',
      sentence(`暂存目录可写（${scratchFolder}）`, `The scratch folder can be written (${scratchFolder}).`),
    )
  } catch (error) {
    yield failedBy(
      'scratch',
      error,
      sentence('检查 HUIDA_FOLDER 的权限与磁盘', 'Check the permissions and the disk of HUIDA_FOLDER.'),
    )
  }
  yield diskCheck(folder)
}

const existingFolder = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existingFolder(dirname(path))

function writeProbe(folder: string): void {
  const path = join(folder, `.doctor-${process.pid}`)
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    writeSync(descriptor, Buffer.alloc(4096))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
    rmSync(path, { force: true })
  }
}

function diskCheck(folder: string): Check {
  const { bavail, bsize } = statfsSync(folder)
  const freeBytes = bavail * bsize
  const found = sentence(`磁盘剩余 ${gib(freeBytes)} GiB`, `${gib(freeBytes)} GiB of disk are free.`)
  if (freeBytes >= 5 * gibBytes) return check('disk', 'ok', found)
  const hint = sentence(
    '百万级批次收盘需要数 GiB',
    'A batch of a million people needs some GiB while it is received.',
  )
  return check('disk', freeBytes < gibBytes ? 'fail' : 'warn', found, hint)
}

const gib = (bytes: number): string => (bytes / gibBytes).toFixed(1)
