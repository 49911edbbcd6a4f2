/** One entry of a camt document, or one transaction of an entry that has several. Only booked entries are read. */
import { isCalendarDate } from '../values/identifiers.ts'
import type { Money } from '../values/money.ts'
import type { CamtScope } from './camt-paths.ts'
import type { BookedEntry } from './classify-entry.ts'
import type { Direction } from './compiled-statement.ts'
import { isoAmount } from './statement-amount.ts'

/** What every transaction of an entry has from it. */
export interface EntryHead {
  readonly amountFen: Money
  readonly direction: Direction
  readonly reversal: boolean
  readonly bookedOn: string
}

const directions: ReadonlyMap<string, Direction> = new Map([
  ['CRDT', 'credit'],
  ['DBIT', 'debit'],
])
const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** Reads the head of an entry; gives the path of what is missing or wrong otherwise. */
export function entryHead(scope: CamtScope): EntryHead | string {
  const amountFen = isoAmount(scope.get('Amt') ?? '')
  const direction = directions.get(scope.get('CdtDbtInd') ?? '')
  const reversal = flags.get(scope.get('RvslInd') ?? 'false')
  const bookedOn = (scope.get('BookgDt/Dt') ?? scope.get('BookgDt/DtTm') ?? '')
    .slice(0, 10)
    .replaceAll('-', '')
  if (amountFen === undefined || amountFen === 0n) return 'Amt'
  if (direction === undefined) return 'CdtDbtInd'
  if (reversal === undefined) return 'RvslInd'
  if ((scope.get('Sts') ?? scope.get('Sts/Cd')) !== 'BOOK') return 'Sts'
  if (!isCalendarDate(bookedOn)) return 'BookgDt'
  return { amountFen, direction, reversal, bookedOn }
}

/** A transaction and its place in its entry; `alone` when the entry has no other. */
export interface CamtDetail {
  readonly detail: CamtScope
  readonly place: number
  readonly alone: boolean
  readonly lineNo: number
}

/** Reads a transaction; gives the path of what is missing or wrong otherwise. */
export function camtEntry(
  statement: CamtScope,
  entry: CamtScope,
  head: EntryHead,
  { detail, place, alone, lineNo }: CamtDetail,
): BookedEntry | string {
  const stated = detail.get('Amt') ?? detail.get('AmtDtls/TxAmt/Amt')
  const amountFen = stated === undefined && alone ? head.amountFen : isoAmount(stated ?? '')
  if (amountFen === undefined || amountFen === 0n || (alone && amountFen !== head.amountFen)) return 'Amt'
  const mark = detail.get('CdtDbtInd')
  if (mark !== undefined && directions.get(mark) !== head.direction) return 'CdtDbtInd'
  const entryRef = referenceOf(statement, entry, detail, alone ? undefined : place)
  if (entryRef === undefined) return 'AcctSvcrRef'
  const account = statement.get('Acct/Id/Othr/Id') ?? statement.get('Acct/Id/IBAN')
  return {
    lineNo,
    entryRef,
    ...(account === undefined ? {} : { account }),
    bookedOn: head.bookedOn,
    direction: head.direction,
    amountFen,
    reversal: head.reversal,
    ...counterparty(detail, head.direction),
    texts: textsOf(entry, detail),
  }
}

/** The bank's reference; an entry's own number is unique in its statement only, a transaction's place in its entry. */
function referenceOf(
  statement: CamtScope,
  entry: CamtScope,
  detail: CamtScope,
  place: number | undefined,
): string | undefined {
  const number = entry.get('NtryRef')
  const id = statement.get('Id')
  const ofEntry =
    entry.get('AcctSvcrRef') ?? (number !== undefined && id !== undefined ? `${id}-${number}` : undefined)
  const own = detail.get('Refs/AcctSvcrRef')
  const chosen = place === undefined ? (ofEntry ?? own) : own !== undefined && own !== ofEntry ? own : ofEntry
  if (chosen === undefined || chosen.length > 100) return undefined
  return place !== undefined && chosen === ofEntry ? `${chosen}-${place}` : chosen
}

/** A return keeps the parties of the original payment, so there the creditor is the other one. */
function counterparty(
  detail: CamtScope,
  direction: Direction,
): Pick<BookedEntry, 'counterAccount' | 'counterName'> {
  const returned = [...detail.keys()].some((path) => path.startsWith('RtrInf/'))
  const party = direction === 'debit' || returned ? 'Cdtr' : 'Dbtr'
  const counterName = detail.get(`RltdPties/${party}/Nm`) ?? detail.get(`RltdPties/${party}/Pty/Nm`)
  const counterAccount =
    detail.get(`RltdPties/${party}Acct/Id/Othr/Id`) ?? detail.get(`RltdPties/${party}Acct/Id/IBAN`)
  return {
    ...(counterAccount === undefined ? {} : { counterAccount }),
    ...(counterName === undefined ? {} : { counterName }),
  }
}

/** The code is RTRN for every transaction with return information, else the bank's or ISO's own. */
function textsOf(entry: CamtScope, detail: CamtScope): BookedEntry['texts'] {
  const said = (...texts: readonly (string | undefined)[]): string =>
    texts.filter((text) => text !== undefined && text !== '').join(' ')
  const returned = [...detail.keys()].some((path) => path.startsWith('RtrInf/'))
  return {
    code: returned ? 'RTRN' : (codeOf(detail) ?? codeOf(entry) ?? ''),
    summary: said(entry.get('AddtlNtryInf'), detail.get('AddtlTxInf')),
    purpose: said(detail.get('RtrInf/AddtlInf')),
    remark: said(detail.get('RmtInf/Ustrd')),
    reference: notProvided(detail.get('Refs/EndToEndId')),
    original: detail.get('RtrInf/OrgnlEndToEndId') ?? detail.get('Refs/OrgnlEndToEndId') ?? '',
    reasonCode: detail.get('RtrInf/Rsn/Cd') ?? detail.get('RtrInf/Rsn/Prtry') ?? '',
  }
}

const notProvided = (reference: string | undefined): string =>
  reference === undefined || reference === 'NOTPROVIDED' ? '' : reference

function codeOf(scope: CamtScope): string | undefined {
  const own = scope.get('BkTxCd/Prtry/Cd')
  const family = [
    scope.get('BkTxCd/Domn/Cd'),
    scope.get('BkTxCd/Domn/Fmly/Cd'),
    scope.get('BkTxCd/Domn/Fmly/SubFmlyCd'),
  ]
  return own ?? (family[0] === undefined ? undefined : family.filter((one) => one !== undefined).join('-'))
}
