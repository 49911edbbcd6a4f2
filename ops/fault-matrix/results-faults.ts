/** What can go wrong with a bank's answer: F56 to F72. The rows follow the reliability plan; their words are for people who run the service. */
import type { FaultRow } from './fault-row.ts'

/** Rows of the matrix, in the order of their ids. */
export const resultsFaults: readonly FaultRow[] = [
  {
    id: 'F56',
    inject: 'B',
    checks: 'I4',
    fault: { en: 'a result file is cut', zh: '回盘文件被截断' },
    outcome: {
      en: 'quarantined whole, no line applied, and a whole one is taken later',
      zh: '整份隔离，不处理任何行，完整文件到后再收',
    },
  },
  {
    id: 'F57',
    inject: 'B',
    checks: 'I4',
    fault: { en: 'a result file is still growing', zh: '回盘文件仍在写入' },
    outcome: { en: 'taken when its marker is there or two looks agree', zh: '有标志或两次查看一致才收' },
  },
  {
    id: 'F58',
    inject: 'B',
    checks: 'I5',
    fault: {
      en: 'the same content again, or new content under an old name, or the same under another',
      zh: '内容重复、同名异文、异名同文',
    },
    outcome: {
      en: 'applied once; new content under an old name is told to people',
      zh: '只处理一次，同名异文报人',
    },
  },
  {
    id: 'F59',
    inject: 'B',
    checks: 'I5',
    fault: { en: 'answers out of order, a result before its acknowledgement', zh: '应答乱序，结果先于回执' },
    outcome: { en: 'the same final state', zh: '最终状态相同' },
  },
  {
    id: 'F60',
    inject: 'B',
    checks: 'I1 I4',
    fault: { en: 'the totals of a file are not those of its lines', zh: '文件合计与明细不符' },
    outcome: { en: 'quarantined whole', zh: '整份隔离' },
  },
  {
    id: 'F61',
    inject: 'B',
    checks: 'I1',
    fault: { en: 'a line states another amount or account than was sent', zh: '金额或账号与指令不符' },
    outcome: { en: 'an exception; the line stays as it was', zh: '列异常，状态不变' },
  },
  {
    id: 'F62',
    inject: 'B',
    checks: 'I4',
    fault: { en: 'serials that are none of ours', zh: '流水号无从对应' },
    outcome: { en: 'kept as orphans that a person may match', zh: '留为孤行，可人工匹配' },
  },
  {
    id: 'F63',
    inject: 'B',
    checks: 'I1 I11',
    fault: { en: 'success and failure for one payment', zh: '同一笔既成功又失败' },
    outcome: { en: 'a conflict, and no money moves until people decide', zh: '列冲突，人工裁定前不动资金' },
  },
  {
    id: 'F64',
    inject: 'B',
    checks: 'I1',
    fault: { en: 'the money comes back days after success', zh: '成功数日后退汇' },
    outcome: {
      en: 'returned beside its success, told, and the way to a correction opens',
      zh: '另记退回并通知，可更正',
    },
  },
  {
    id: 'F65',
    inject: 'B',
    checks: 'I1 I2',
    fault: { en: 'a second return, or one of more than was paid', zh: '再次退汇或退汇超额' },
    outcome: { en: 'an exception', zh: '列异常' },
  },
  {
    id: 'F66',
    inject: 'B',
    checks: 'I6',
    fault: { en: 'a code that the map lacks', zh: '未登记的银行代码' },
    outcome: { en: 'unknown, and somebody is asked to map it', zh: '存疑，请人登记' },
  },
  {
    id: 'F67',
    inject: 'K',
    checks: 'I1 I5',
    fault: { en: 'the process is killed while it applies an answer', zh: '处理回盘时进程被杀' },
    outcome: { en: 'done again from where it was, and nothing counts twice', zh: '从断点继续，不重复计数' },
  },
  {
    id: 'F68',
    inject: 'B',
    checks: 'I4',
    fault: { en: 'a file of one bank carries a serial of another', zh: '甲行文件出现乙行流水号' },
    outcome: { en: 'the line is refused and told', zh: '该行拒收并告警' },
  },
  {
    id: 'F69',
    inject: 'B',
    checks: 'I4',
    fault: { en: 'one line of a result file cannot be read', zh: '回盘中有一行无法解读' },
    outcome: { en: 'refused with the line named; counts tie', zh: '指明行号，计数相符' },
  },
  {
    id: 'F70',
    inject: 'B',
    checks: 'I13',
    fault: {
      en: 'a compressed bomb, an unsafe name, a link, a million entries',
      zh: '压缩炸弹、危险文件名、链接、海量条目',
    },
    outcome: { en: 'refused before anything is written, with bounded memory', zh: '写入前拒绝，内存有界' },
  },
  {
    id: 'F71',
    inject: 'B',
    checks: 'I4',
    fault: {
      en: 'a bad signature, a wrong key, bytes that cannot be opened',
      zh: '验签失败、密钥不符、无法解密',
    },
    outcome: { en: 'quarantined before anything parses it', zh: '解析前隔离' },
  },
  {
    id: 'F72',
    inject: 'C',
    checks: 'I15',
    fault: { en: 'the result never comes', zh: '结果迟迟不来' },
    outcome: { en: 'people are told when it is late, and the bank is asked', zh: '逾期告警并主动查询' },
  },
]
