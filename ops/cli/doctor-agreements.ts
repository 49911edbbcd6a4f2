/** Checks of what was agreed with banks: profiles, agreements, programme policies, keys and certificates. */
import { readSecretFile } from '../../crypto/secret-file.ts'
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../formats/profile/load-catalog.ts'
import type { Agreement } from '../../gateway/banks/agreement.ts'
import { openEnvelopes } from '../../gateway/banks/bank-keys.ts'
import { sftpTerms } from '../../gateway/banks/channel-schema.ts'
import { loadAgreements, loadProgrammes } from '../../gateway/banks/load-agreements.ts'
import { bankBook } from '../../gateway/banks/open-bank-book.ts'
import type { Clock } from '../../gateway/clock.ts'
import { bankNo } from '../../gateway/ledger/batch.ts'
import { lineTerms, openBankApi } from '../../gateway/transfer/api/open-api-channel.ts'
import { type SftpConfig, sftpConfigProblems } from '../../gateway/transfer/sftp/sftp-config.ts'
import type { Config } from '../start/config.ts'
import { type Check, check, failedBy, sentence } from './doctor-check.ts'
import { expiryChecks } from './doctor-expiry.ts'

/** All checks of agreements; the banks that have a valid one are given to `found`. */
export async function* checkAgreements(
  config: Config,
  clock: Clock,
  found: (agreements: readonly Agreement[]) => void,
): AsyncGenerator<Check> {
  const catalog = tried(() => loadCatalog(config.profilesFolder))
  yield catalog.kind === 'failed'
    ? failedBy('profiles', catalog.error, sentence('运行 huida profile check', 'Run: huida profile check'))
    : check(
        'profiles',
        'ok',
        sentence(`${catalog.value.size} 个银行格式可用`, `${catalog.value.size} bank profiles hold.`),
      )
  yield programmesCheck(config.programmesFile)
  const agreements = tried(() => loadAgreements(config.agreementsFolder))
  if (agreements.kind === 'failed') {
    const hint = sentence(
      `检查 HUIDA_AGREEMENTS（${config.agreementsFolder}）`,
      `Check HUIDA_AGREEMENTS (${config.agreementsFolder}).`,
    )
    yield failedBy('agreements', agreements.error, hint)
    return
  }
  found(agreements.value)
  if (catalog.kind === 'done') yield agreementsCheck(agreements.value, catalog.value)
  for (const agreement of agreements.value) {
    if (catalog.kind === 'done') yield await keysCheck(agreement, catalog.value, config, clock)
    yield* expiryChecks(agreement, clock.now())
  }
}

type Tried<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }

function tried<T>(work: () => T): Tried<T> {
  try {
    return { kind: 'done', value: work() }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

function programmesCheck(path: string): Check {
  const programmes = tried(() => loadProgrammes(path))
  if (programmes.kind === 'failed')
    return failedBy(
      'programmes',
      programmes.error,
      sentence(`检查 HUIDA_PROGRAMMES（${path}）`, `Check HUIDA_PROGRAMMES (${path}).`),
    )
  const count = programmes.value.length
  return check(
    'programmes',
    'ok',
    sentence(`${count} 个补贴项目规则可用`, `${count} programme policies hold.`),
  )
}

function agreementsCheck(
  agreements: readonly Agreement[],
  catalog: ReadonlyMap<string, CompiledProfile>,
): Check {
  const lost = agreements
    .filter(({ profile }) => !catalog.has(profile))
    .map(({ bank, profile }) => `${bank}: ${profile}`)
  if (lost.length > 0)
    return check(
      'agreements',
      'fail',
      sentence(`协议指定的格式不存在：${lost.join('；')}`, `There is no such profile: ${lost.join('; ')}`),
    )
  const banks = agreements.map(({ bank }) => bank).join(' ')
  return check(
    'agreements',
    'ok',
    sentence(
      `${agreements.length} 份银行协议可用（${banks}）`,
      `${agreements.length} bank agreements hold (${banks}).`,
    ),
  )
}

/** The connection of an agreement with its private key read. Throws KeyRefused. */
export function sftpConfigOf({ channel }: Agreement): SftpConfig {
  const { kind: _sftp, privateKeyFile, ...config } = sftpTerms(channel)
  return { ...config, privateKey: readSecretFile(privateKeyFile).toString('utf8') }
}

/** What is wrong with a channel that only its files tell. Throws KeyRefused, and what node:crypto throws for keys. */
async function channelProblems(agreement: Agreement): Promise<readonly string[]> {
  if (agreement.channel.kind === 'sftp') return sftpConfigProblems(sftpConfigOf(agreement))
  lineTerms(agreement.channel)
  await openBankApi(agreement.channel).close()
  return []
}

async function keysCheck(
  agreement: Agreement,
  catalog: ReadonlyMap<string, CompiledProfile>,
  config: Config,
  clock: Clock,
): Promise<Check> {
  const id = `keys:${agreement.bank}`
  const hint = sentence(
    '密钥文件须存在、可解析且权限为 0600',
    'Key files must exist, parse, and be of mode 0600.',
  )
  const profile = catalog.get(agreement.profile)
  if (!profile) return check(id, 'skipped', sentence('没有可用的格式', 'It has no profile.'))
  try {
    // The ledger's number of the bank plays no part in keys, and asking for it would enter the bank.
    await openEnvelopes(
      bankBook([{ bank: agreement.bank, bankNo: bankNo(1), agreement, profile }], []),
      config.scratchFolder,
      clock,
    )
    const problems = await channelProblems(agreement)
    if (problems.length > 0)
      return check(
        id,
        'fail',
        sentence(`通道配置有误：${problems.join('；')}`, `The channel is not valid: ${problems.join('; ')}`),
        hint,
      )
  } catch (error) {
    return failedBy(id, error, hint)
  }
  return check(id, 'ok', sentence(`${agreement.title}的密钥可用`, `The keys for ${agreement.bank} load.`))
}
