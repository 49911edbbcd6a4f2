/**
 * With which codes a simulated bank answers: taken from its profile's own code map, with Chinese texts and with
 * shares as they are usual in subsidy payments (bank-formats.md section 7.2).
 */
import type { BankCode, CompiledProfile } from '../../../formats/profile/compiled-profile.ts'

/** What a bank says of a line. */
export interface BankAnswer {
  readonly code: string
  readonly text: string
}

/** A reason and how often it comes, relative to the others of its list. */
export interface WeightedAnswer extends BankAnswer {
  readonly weight: number
}

/** The answers of one bank. */
export interface ReasonCodes {
  readonly paid: BankAnswer
  /** Not done yet, where the code map can say so. */
  readonly open?: BankAnswer
  readonly failed: readonly WeightedAnswer[]
  /** Answers in a file of late returns: the bank's code for it, and why in the text. */
  readonly returned: readonly WeightedAnswer[]
}

const failures: readonly { readonly reason: string; readonly text: string; readonly weight: number }[] = [
  { reason: 'NAME_MISMATCH', text: '户名不符', weight: 34 },
  { reason: 'ACCOUNT_NOT_FOUND', text: '账号不存在', weight: 18 },
  { reason: 'ACCOUNT_CLOSED', text: '账户已销户', weight: 13 },
  { reason: 'DORMANT', text: '久悬户', weight: 9 },
  { reason: 'ACCOUNT_FROZEN', text: '账户已冻结', weight: 7 },
  { reason: 'LIMIT_PERIOD', text: '超日累计限额', weight: 5 },
  { reason: 'ACCOUNT_STATE_OTHER', text: '账户状态异常', weight: 4 },
  { reason: 'DECEASED', text: '收款人已故', weight: 4 },
  { reason: 'CARD_LOST', text: '卡已挂失', weight: 3 },
  { reason: 'STOP_PAYMENT', text: '账户止付', weight: 1 },
  { reason: 'ID_MISMATCH', text: '证件不符', weight: 1 },
  { reason: 'CARD_STATE_FIXABLE', text: '卡未激活', weight: 1 },
]

/** Why money that was credited at first is sent back days later. */
const returnReasons = new Set(['NAME_MISMATCH', 'ACCOUNT_NOT_FOUND', 'ACCOUNT_CLOSED', 'ACCOUNT_FROZEN'])

/** The answers of a bank with this layout; one whose map knows no failure fails nothing. Throws when it cannot say paid. */
export function reasonCodesOf(profile: Pick<CompiledProfile, 'id' | 'codes'>): ReasonCodes {
  const paid = profile.codes.find(({ outcome }) => outcome === 'paid')
  const usual = failures.flatMap(({ reason, text, weight }) => {
    const code = codeFor(profile.codes, reason)
    return code === undefined ? [] : [{ code, text, weight }]
  })
  const failed = usual.length > 0 ? usual : plainFailures(profile.codes)
  if (paid === undefined) throw new Error(`The code map of ${profile.id} has no code for paid.`)
  const open = profile.codes.find(({ outcome }) => outcome === 'open')
  return {
    paid: { code: paid.code, text: '成功' },
    ...(open !== undefined && { open: { code: open.code, text: '处理中' } }),
    failed,
    returned: returnedAnswers(profile.codes),
  }
}

/** A bank whose codes name no reason at all still fails lines. */
const plainFailures = (codes: readonly BankCode[]): WeightedAnswer[] =>
  codes.flatMap(({ code, outcome }) => (outcome === 'failed' ? [{ code, text: '失败', weight: 1 }] : []))

function returnedAnswers(codes: readonly BankCode[]): WeightedAnswer[] {
  const special = codes.find(({ outcome }) => outcome === 'returned')?.code
  return failures.flatMap(({ reason, text, weight }) => {
    const code = special ?? codeFor(codes, reason)
    return returnReasons.has(reason) && code !== undefined ? [{ code, text: `退汇：${text}`, weight }] : []
  })
}

/** The bank's own code for a reason, or the one whose text tells which reason it is. */
function codeFor(codes: readonly BankCode[], reason: string): string | undefined {
  const failing = codes.filter(({ outcome }) => outcome === 'failed')
  const own = failing.find((code) => code.reason === reason && !code.byText)
  return (own ?? failing.find(({ byText }) => byText))?.code
}
