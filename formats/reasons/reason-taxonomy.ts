/**
 * The canonical reasons of bank-formats §7.2: class, the outcome that a row with the reason has unless the bank's
 * table says otherwise, the ISO 20022 code for reference, and the Chinese words by which a text names the reason.
 */
import type { Outcome, ReasonClass } from '../bank-file.ts'

/** What a canonical reason means. */
export interface CanonicalReason {
  readonly class: ReasonClass
  readonly outcome: Outcome
  /** ISO 20022 status or return code; empty where there is none. */
  readonly iso: string
  readonly titleZh: string
}

const failed = (reasonClass: ReasonClass, iso: string, titleZh: string): CanonicalReason => ({
  class: reasonClass,
  outcome: 'failed',
  iso,
  titleZh,
})

const undecided = (
  outcome: 'open' | 'unknown',
  iso: string,
  titleZh: string,
  reasonClass: ReasonClass = 'Q',
): CanonicalReason => ({ class: reasonClass, outcome, iso, titleZh })

/**
 * Every canonical reason. A duplicate stays unknown until the first payment is disproved, and a row that names a
 * reason of whole files proves nothing about the row.
 */
export const canonicalReasons = {
  PAID: { class: '-', outcome: 'paid', iso: 'ACSC', titleZh: '成功' },
  NAME_MISMATCH: failed('C', 'BE01', '户名不符'),
  ACCOUNT_NOT_FOUND: failed('C', 'AC03', '账号不存在'),
  ACCOUNT_FORMAT: failed('C', 'AC02', '账号错误'),
  ID_MISMATCH: failed('C', 'BE15', '证件不符'),
  ACCOUNT_TYPE: failed('C', 'AC14', '账户类型不符'),
  BANK_ROUTING: failed('C', 'RC04', '行号错误'),
  CARD_STATE_FIXABLE: failed('C', 'AC06', '卡未激活或已过期'),
  NOT_CONTRACTED: failed('C', 'AG01', '未签约'),
  DUPLICATE: undecided('unknown', 'AM05', '重复业务', 'C'),
  AMOUNT_INVALID: failed('C', 'AM09', '金额错误'),
  BANK_BUSY: failed('R', 'AB07', '银行暂不受理'),
  OUTCOME_UNKNOWN: undecided('unknown', 'AB06', '结果未知'),
  LIMIT_PERIOD: failed('R', 'AM14', '超限额'),
  PAYER_FUNDS: failed('R', 'AM04', '付款户余额不足'),
  ACCOUNT_FROZEN: failed('H', 'AC06', '账户冻结'),
  STOP_PAYMENT: failed('H', 'AC06', '账户止付'),
  CARD_LOST: failed('H', 'AC06', '卡已挂失'),
  DORMANT: failed('H', 'AC06', '久悬户'),
  ACCOUNT_CLOSED: failed('C', 'AC04', '账户已销户'),
  ACCOUNT_STATE_OTHER: failed('H', 'AC06', '账户状态异常'),
  DECEASED: failed('T', 'MD07', '收款人已故'),
  RETURNED_LATE: { class: 'C', outcome: 'returned', iso: 'PACS.004', titleZh: '退汇' },
  REVERSED: failed('T', 'FOCR', '冲正'),
  NOT_CREDITED_YET: undecided('open', 'PDNG', '已收妥未入账'),
  FILE_SIGNATURE: undecided('unknown', '', '验签失败', 'F'),
  FILE_TOTALS: undecided('unknown', 'AM10', '笔数或金额不符', 'F'),
  FILE_INCOMPLETE: undecided('unknown', 'FF01', '文件不完整', 'F'),
  FILE_DUPLICATE: undecided('unknown', 'DU02', '文件重复', 'F'),
  FILE_REFUSED: undecided('unknown', '', '整件拒收', 'F'),
  APPROVAL: undecided('open', '', '待授权'),
  CANCELLED: failed('T', '', '已撤销或过期'),
  OTHER_SEE_TEXT: failed('H', 'NARR', '其他，详见说明'),
  UNMAPPED: undecided('unknown', '', '未登记的代码'),
} as const satisfies Record<string, CanonicalReason>

/** Code of a canonical reason. */
export type ReasonCode = keyof typeof canonicalReasons

/** True for a code of the taxonomy. */
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(canonicalReasons, code)

/** Words that name a reason, narrower ones first: `超时拒付` is a refusal, `超时` is not known. */
const textRules: readonly (readonly [ReasonCode, RegExp])[] = [
  ['DECEASED', /(收款人|持卡人|客户|本人)?(已故|死亡|身故|去世)|账户注销/u],
  ['BANK_BUSY', /日切|超时拒付|系统维护|系统未开放/u],
  ['NAME_MISMATCH', /(户名|姓名|账号户名).{0,3}(不符|不一致|不匹配|错)|收款人姓名错/u],
  ['ID_MISMATCH', /(证件|身份证).{0,4}(不符|不一致|错|重复)/u],
  ['BANK_ROUTING', /行号(错|不)|开户行不符|跨行失败/u],
  ['NOT_CONTRACTED', /未签约|(协议|合同).{0,2}(不存在|过期|失效)/u],
  ['ACCOUNT_CLOSED', /销户|清户|关户|账号已删除/u],
  ['ACCOUNT_NOT_FOUND', /(账号|账户|卡号)不存在|无此(账|卡|户)|查无此(户|账|卡)/u],
  ['DORMANT', /久悬|长期不动|睡眠户|不动户/u],
  ['CARD_LOST', /挂失|被窃|失窃/u],
  ['STOP_PAYMENT', /止付/u],
  ['ACCOUNT_FROZEN', /冻结|只收不付/u],
  ['CARD_STATE_FIXABLE', /未激活|未生效|(卡|账户)已?过期/u],
  ['LIMIT_PERIOD', /(超|超过|超出).{0,8}(限额|累计|限制)|(II|III|二|三)类户限额/u],
  ['PAYER_FUNDS', /余额不足|额度不足/u],
  ['ACCOUNT_TYPE', /非结算账?户|非活期|非通兑|币种不符/u],
  ['ACCOUNT_FORMAT', /账号错|卡号错|非正常卡号|存折号有误/u],
  ['DUPLICATE', /重复业务|流水号?重复|重复(交易|流水)/u],
  ['AMOUNT_INVALID', /金额(错|有误)|非法金额/u],
  ['REVERSED', /冲正|冲账/u],
  ['NOT_CREDITED_YET', /未入账|挂账/u],
  ['APPROVAL', /待授权|待复核|审批/u],
  ['OUTCOME_UNKNOWN', /处理中|未知|超时|可疑|已受理|待查/u],
  ['ACCOUNT_STATE_OTHER', /状态(错|异常|不正常)|查开户方|不允许交易/u],
  ['RETURNED_LATE', /退汇|退票|汇出退回|退款/u],
  ['CANCELLED', /撤销|过期/u],
]

/** A text as the rules see it: full-width forms and spaces folded, the older `帐` written `账`. */
export const foldReasonText = (text: string): string =>
  text.normalize('NFKC').replace(/\s+/gu, '').replaceAll('帐', '账')

/** The reason that a text names by the common words, if it names one that `wanted` accepts. No text means paid. */
export function reasonOfText(text: string, wanted: (code: ReasonCode) => boolean): ReasonCode | undefined {
  const folded = foldReasonText(text)
  return textRules.find(([code, words]) => wanted(code) && words.test(folded))?.[0]
}
