/** The elements of camt.053 and camt.054 that are read, by their paths below the statement, in versions .02 and .08. */

/** What was said so far of a statement, a balance, an entry or a transaction, by path. */
export type CamtScope = Map<string, string>

/** Path of a transaction's own elements. */
export const detailPath = 'Ntry/NtryDtls/TxDtls/'

const head = [
  'Id',
  'Acct/Id/IBAN',
  'Acct/Id/Othr/Id',
  'FrToDt/FrDtTm',
  'FrToDt/ToDtTm',
  'TxsSummry/TtlNtries/NbOfNtries',
  'TxsSummry/TtlNtries/Sum',
  'TxsSummry/TtlCdtNtries/NbOfNtries',
  'TxsSummry/TtlCdtNtries/Sum',
  'TxsSummry/TtlDbtNtries/NbOfNtries',
  'TxsSummry/TtlDbtNtries/Sum',
]
const balance = ['Bal/Tp/CdOrPrtry/Cd', 'Bal/Amt', 'Bal/CdtDbtInd', 'Bal/Dt/Dt', 'Bal/Dt/DtTm']
const transactionCodes = [
  'BkTxCd/Prtry/Cd',
  'BkTxCd/Domn/Cd',
  'BkTxCd/Domn/Fmly/Cd',
  'BkTxCd/Domn/Fmly/SubFmlyCd',
]
const entry = [
  'NtryRef',
  'Amt',
  'CdtDbtInd',
  'RvslInd',
  'Sts',
  'Sts/Cd',
  'BookgDt/Dt',
  'BookgDt/DtTm',
  'AcctSvcrRef',
  ...transactionCodes,
  'NtryDtls/Btch/NbOfTxs',
  'NtryDtls/Btch/TtlAmt',
  'AddtlNtryInf',
]
const accounts = (party: string): readonly string[] => [
  `RltdPties/${party}/Nm`,
  `RltdPties/${party}/Pty/Nm`,
  `RltdPties/${party}Acct/Id/IBAN`,
  `RltdPties/${party}Acct/Id/Othr/Id`,
]
const detail = [
  'Refs/AcctSvcrRef',
  'Refs/EndToEndId',
  'Refs/InstrId',
  'Refs/OrgnlEndToEndId',
  'Amt',
  'AmtDtls/TxAmt/Amt',
  'CdtDbtInd',
  ...transactionCodes,
  ...accounts('Dbtr'),
  ...accounts('Cdtr'),
  'RmtInf/Ustrd',
  'RtrInf/OrgnlEndToEndId',
  'RtrInf/OrgnlBkTxCd/Prtry/Cd',
  'RtrInf/OrgnlBkTxCd/Domn/Cd',
  'RtrInf/Rsn/Cd',
  'RtrInf/Rsn/Prtry',
  'RtrInf/AddtlInf',
  'AddtlTxInf',
]

/** Every path that is read. */
export const camtPaths: ReadonlySet<string> = new Set([
  ...head,
  ...balance,
  ...entry.map((path) => `Ntry/${path}`),
  ...detail.map((path) => `${detailPath}${path}`),
])

/** Elements that are told as such: balances, entries, transactions. */
export const scopes = ['Bal', 'Ntry', 'Ntry/NtryDtls/TxDtls'] as const

/** Amounts; their currency must be CNY. */
export const numbered: ReadonlySet<string> = new Set([
  'Bal/Amt',
  'Ntry/Amt',
  'Ntry/NtryDtls/Btch/TtlAmt',
  `${detailPath}Amt`,
  `${detailPath}AmtDtls/TxAmt/Amt`,
])

/** Texts that may come in pieces, by their paths in their own scope. */
export const joinedPaths: ReadonlySet<string> = new Set(['RmtInf/Ustrd', 'RtrInf/AddtlInf'])
