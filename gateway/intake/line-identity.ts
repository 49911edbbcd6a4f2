/**
 * Identity and account checks that a programme's policy asks for (bank-formats §13): each is off, a warning, or a
 * reason to refuse the batch. What fails is named by rule; the number itself is never repeated.
 */
import { checkCard, checkResidentId, foldIdentifier } from '../../formats/values/identifiers.ts'
import { checkRegionCode } from '../../formats/values/region-codes.ts'
import type { Programme } from '../banks/agreement.ts'
import type { Finding, FindingFacts, FindingLevel } from './finding.ts'
import type { FindingCode } from './finding-catalogue.ts'
import type { InstructionLine } from './instruction-line.ts'

/** Levels of the checks of a programme. */
export type CheckLevels = Programme['checks']

/** The level of a finding of a check; undefined when the check is off. */
export function findingLevel(level: 'off' | 'warn' | 'block'): FindingLevel | undefined {
  if (level === 'off') return undefined
  return level === 'block' ? 'refuse' : 'warn'
}

const plainDigits = /^\d+$/
const accountForm = /^\d[\d-]{5,38}\d$/
const cardForm = /^62\d{14,17}$/
const phoneForm = /^(\+?86-?)?1\d{10}$|^0\d{2,3}-?\d{7,8}$/

/** Findings of one line of the right shape; `counties` are the codes that count, where the operator has a list. */
export function checkIdentity(
  line: InstructionLine,
  seq: number,
  checks: CheckLevels,
  counties?: ReadonlySet<string>,
): Finding[] {
  const findings: Finding[] = []
  const add = (
    level: FindingLevel | undefined,
    field: string,
    code: FindingCode,
    facts: FindingFacts = {},
  ): void => {
    if (level) findings.push({ seq, level, field, code, facts })
  }
  checkPerson(line, checks, add)
  checkAccount(line, checks, add)
  checkRegion(line, checks, counties, add)
  if (line.phone !== undefined && !phoneForm.test(line.phone)) add('warn', 'phone', 'PHONE_FORMAT')
  return findings
}

type Add = (level: FindingLevel | undefined, field: string, code: FindingCode, facts?: FindingFacts) => void

function checkPerson(line: InstructionLine, checks: CheckLevels, add: Add): void {
  const id = line.payeeIdNumber
  if (id === undefined) add(findingLevel(checks.idNumberMissing), 'payeeIdNumber', 'ID_MISSING')
  if (id === undefined || checks.idNumberChecksum === 'off') return
  const found = checkResidentId(id)
  if (found) add(findingLevel(checks.idNumberChecksum), 'payeeIdNumber', 'ID_CHECKSUM', { rule: found.code })
}

function checkRegion(
  { region }: InstructionLine,
  checks: CheckLevels,
  counties: ReadonlySet<string> | undefined,
  add: Add,
): void {
  const level = findingLevel(checks.region ?? 'warn')
  if (region === undefined || !level) return
  const found = checkRegionCode(region, counties)
  if (found) add(level, 'region', 'REGION_UNKNOWN', { rule: found.code })
}

function checkAccount(line: InstructionLine, checks: CheckLevels, add: Add): void {
  const account = plainDigits.test(line.payeeAccount) ? line.payeeAccount : foldIdentifier(line.payeeAccount)
  const level = findingLevel(checks.accountFormat)
  if (!accountForm.test(account)) add(level, 'payeeAccount', 'ACCOUNT_FORMAT')
  if (checks.cardLuhn === 'off' || !cardForm.test(account)) return
  if (checkCard(account)) add(findingLevel(checks.cardLuhn), 'payeeAccount', 'CARD_LUHN')
}
