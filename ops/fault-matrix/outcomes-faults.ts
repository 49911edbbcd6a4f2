/** What can go wrong after an answer, and around all of it: F73 to F80. The rows follow the reliability plan; their words are for people who run the service. */
import type { FaultRow } from './fault-row.ts'

/** Rows of the matrix, in the order of their ids. */
export const outcomesFaults: readonly FaultRow[] = [
  {
    id: 'F73',
    inject: 'B',
    checks: 'I10',
    fault: { en: 'the SMS provider is down or slow', zh: '短信服务中断或迟缓' },
    outcome: {
      en: 'tried again from the outbox; money does not wait; one request a line',
      zh: '待发箱重试，资金不等，一笔一次',
    },
  },
  {
    id: 'F74',
    inject: 'C',
    checks: 'I9',
    fault: { en: "a callback's receiver is down for days", zh: '回调接收方连日不可用' },
    outcome: {
      en: 'a schedule, a dead-letter list, and a replay in order',
      zh: '按计划重试、入死信、按序重放',
    },
  },
  {
    id: 'F75',
    inject: 'K',
    checks: 'I9',
    fault: {
      en: 'the process is killed between the commit of a state and its publication',
      zh: '状态提交后、发布前进程被杀',
    },
    outcome: { en: 'it is published from what was committed', zh: '依提交内容补发' },
  },
  {
    id: 'F76',
    inject: 'R',
    checks: 'I1 I2',
    fault: { en: 'a correction comes twice, or after a late success', zh: '重复更正，或更正遇迟到的成功' },
    outcome: {
      en: 'one re-issue at most, and none while anything is in doubt',
      zh: '至多重发一次，存疑时不得重发',
    },
  },
  {
    id: 'F77',
    inject: 'R',
    checks: 'I1 I11',
    fault: { en: 'a return to the treasury races a re-issue', zh: '退库与重发竞争' },
    outcome: { en: 'one of them wins', zh: '只有一个生效' },
  },
  {
    id: 'F78',
    inject: 'D',
    checks: 'I7',
    fault: {
      en: 'an audit row cannot be written, or somebody with every right edits, deletes or reorders rows',
      zh: '审计无法写入，或被管理员改、删、调序',
    },
    outcome: {
      en: 'the act fails with its trace; verification names the first bad row',
      zh: '业务随之失败，核验指出第一处不符',
    },
  },
  {
    id: 'F79',
    inject: 'D',
    checks: 'I2 I8',
    fault: { en: 'an older backup is restored', zh: '恢复了旧备份' },
    outcome: {
      en: "sending stays paused until the banks' side was compared",
      zh: '暂停发送，与银行核对后恢复',
    },
  },
  {
    id: 'F80',
    inject: 'B',
    checks: '',
    fault: { en: 'many banks and millions of lines in the metrics', zh: '指标标签数量失控' },
    outcome: {
      en: 'no label of a person, a line or a batch; few series',
      zh: '标签不含人、笔、批，序列有限',
    },
  },
]
