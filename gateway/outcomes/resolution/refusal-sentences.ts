/** What each reason against an act means, in both languages, for the desk and for answers of the API. */
import type { ActName, ResolutionCode } from './resolution.ts'

/** One sentence in both languages. */
export interface BothLanguages {
  readonly zh: string
  readonly en: string
}

const both = (zh: string, en: string): BothLanguages => ({ zh, en })

/** Every code with its sentence. */
export const refusalSentences: Readonly<Record<ResolutionCode, BothLanguages>> = {
  EXCEPTION_NOT_FOUND: both('没有这条异常', 'There is no such exception.'),
  ALREADY_RESOLVED: both('该异常已经了结', 'The exception was resolved before.'),
  ACT_NOT_FOR_KIND: both('该处置不适用于此类异常', 'This act does not belong to exceptions of this kind.'),
  ACT_NOT_FOR_CLIENT: both(
    '该处置须由运维人员办理',
    'This act is an operator’s; a client cannot ask for it.',
  ),
  STILL_IN_DOUBT: both(
    '款项状态仍未明，不能搁置，须凭证据认定',
    'Money is still in doubt: it is decided on evidence and not put away.',
  ),
  LINE_NOT_OPEN: both('该笔不在可认定的状态', 'The line does not stand where this act could decide it.'),
  LINE_ELSEWHERE: both('该笔已编入另一个文件', 'The line lies in another file by now.'),
  FILE_IN_DOUBT: both(
    '所在文件是否送达尚未查实，先处置该文件',
    'Nobody knows yet whether the bank has the file; settle that first.',
  ),
  FILE_NOT_IN_DOUBT: both('该文件的送达没有疑问', 'There is no doubt about this file’s delivery.'),
  FILE_REFUSED: both('所在文件已被银行整体拒收', 'The bank refused the line’s file whole.'),
  FILE_NOT_REFUSED: both(
    '该文件没有被拒收，或其明细已经放回',
    'The file is not refused, or let its lines go before.',
  ),
  FILE_ANSWERED: both('银行已对该文件的明细作出答复', 'The bank has answered lines of this file.'),
  FILE_NOT_FOUND: both('没有这个报盘文件', 'There is no such bank file.'),
  INBOUND_NOT_QUARANTINED: both('该回盘文件不在隔离状态', 'The inbound file is not in quarantine.'),
  CODE_UNMAPPED: both(
    '该代码仍没有明确含义：请先在协议 codes 或格式中登记为成功或失败',
    'The code still means neither success nor failure: enter it in the agreement’s codes or in the layout first.',
  ),
  INSTRUCTION_NOT_FOUND: both('没有这条已受理的指令', 'There is no such accepted instruction.'),
  OTHER_BANK: both('不属于同一家银行', 'It belongs to another bank.'),
  AMOUNT_DIFFERS: both('金额不一致', 'The amounts differ.'),
  OUTCOME_DIFFERS: both('银行该行所述结果与认定不一致', 'The bank’s line says another outcome.'),
  NOT_PAID: both('该指令不在已发放状态', 'The instruction does not stand as paid.'),
  NO_STATEMENT_ENTRY: both('该异常没有对应的流水记录', 'No statement entry stands behind this exception.'),
  ENTRY_MATCHED: both('该流水记录已与其他明细对应', 'The entry belongs to a line or a file already.'),
  REASON_UNKNOWN: both(
    '失败原因须为标准原因代码，例如 NAME_MISMATCH',
    'The reason of a failure is a canonical code, such as NAME_MISMATCH.',
  ),
  EVIDENCE_INCOMPLETE: both(
    '经办人、理由和证据都要填写，且不能过长',
    'Who, why and on what evidence are all needed, and none may be too long.',
  ),
  PERSONAL_DATA: both(
    '理由和证据中不得出现账号、证件号或手机号',
    'No account, ID or phone number may stand in reason or evidence.',
  ),
}

/** What each act does, for people who choose one. */
export const actSentences: Readonly<Record<ActName, BothLanguages>> = {
  paid: both('凭证据认定为已发放', 'decide on evidence that it was paid'),
  failed: both('凭证据认定为失败', 'decide on evidence that it failed'),
  remap: both(
    '代码登记后，对该代码的全部明细重新认定',
    'apply the meaning that the code has now to all its lines',
  ),
  match: both('认定该行是某条指令的答复', 'decide that the line answers an instruction'),
  'match-return': both('认定该流水是某条指令的退汇', 'decide that the entry returns an instruction'),
  'read-again': both('原因排除后重新读取', 'read the file again, after its cause was mended'),
  'refused-by-bank': both(
    '认定银行整体拒收了某个报盘文件',
    'decide that the bank refused a file of ours whole',
  ),
  'send-again': both('明细放回，编入新文件重新报送', 'let the lines wait again, for a new file'),
  'fail-lines': both('该文件全部明细认定为失败', 'decide that every line of the file failed'),
  delivered: both('凭证据认定银行已收到文件', 'decide on evidence that the bank has the file'),
  absent: both(
    '凭证据认定银行没有收到文件，重新报送',
    'decide on evidence that the bank never got it; it is sent again',
  ),
  dismiss: both('不作处理，留存理由', 'nothing is done; the reason is kept'),
}
