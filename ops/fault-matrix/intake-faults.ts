/** What can go wrong while a batch arrives: F01 to F13. The rows follow the reliability plan; their words are for people who run the service. */
import type { FaultRow } from './fault-row.ts'

/** Rows of the matrix, in the order of their ids. */
export const intakeFaults: readonly FaultRow[] = [
  {
    id: 'F01',
    inject: 'K',
    checks: 'I1 I14',
    fault: { en: 'the process is killed while the body of a part comes in', zh: '上传明细途中进程被杀' },
    outcome: {
      en: 'no part of it counts; the batch stays as it was; sending it again completes it',
      zh: '该部分不计入，批次不变，重传即可完成',
    },
  },
  {
    id: 'F02',
    inject: 'K',
    checks: 'I1 I13',
    fault: {
      en: 'the process is killed after the lines were copied and before the seal commits',
      zh: '明细入库后、封批提交前进程被杀',
    },
    outcome: { en: 'nothing is accepted and nothing is left behind', zh: '不受理任何明细，不留残余' },
  },
  {
    id: 'F03',
    inject: 'K',
    checks: 'I14',
    fault: {
      en: 'the process is killed after the commit and before the answer leaves',
      zh: '提交后、应答发出前进程被杀',
    },
    outcome: {
      en: 'the same call under the same key is told the same batch',
      zh: '同一幂等键重试，得到同一批次',
    },
  },
  {
    id: 'F04',
    inject: 'R',
    checks: 'I6',
    fault: { en: 'a key comes again with another body', zh: '同一幂等键，内容不同' },
    outcome: { en: '422, no change, and the attempt is in the audit trail', zh: '返回 422，不作改动，留痕' },
  },
  {
    id: 'F05',
    inject: 'R',
    checks: 'I1',
    fault: { en: 'fifty calls at once under one key', zh: '同一幂等键并发五十次' },
    outcome: { en: 'one batch, and nobody is told anything else', zh: '只建一批，其余得到同样答复' },
  },
  {
    id: 'F06',
    inject: 'R',
    checks: 'I1',
    fault: { en: 'a batch number comes again under a new key', zh: '批次号重复，幂等键不同' },
    outcome: {
      en: 'the same content points to the batch that is there, other content is a conflict',
      zh: '内容相同则指向已有批次，不同则冲突',
    },
  },
  {
    id: 'F07',
    inject: 'B',
    checks: 'I1 I4',
    fault: { en: 'one poisoned line among millions', zh: '百万明细中有一行坏数据' },
    outcome: {
      en: "the line is refused or held by the programme's policy, with its number; the list is capped and the count is not",
      zh: '按项目规则整批拒收或单笔暂停，列出行号；清单有上限，计数不受限',
    },
  },
  {
    id: 'F08',
    inject: 'B',
    checks: 'I4',
    fault: {
      en: 'bytes that are no clean UTF-8 text: GBK, NUL, a mark in the middle, a lone CR',
      zh: '字节不是合法 UTF-8 文本',
    },
    outcome: {
      en: 'refused with the offset of the byte; no replacement character is ever stored',
      zh: '拒收并指出字节偏移，绝不存入替代字符',
    },
  },
  {
    id: 'F09',
    inject: 'B',
    checks: 'I3 I8',
    fault: { en: "a name that the bank's charset cannot write", zh: '姓名含银行字符集没有的字' },
    outcome: {
      en: 'the line is held and asked about; no file has a question mark in its place',
      zh: '该笔暂停并请更正，文件中绝不出现问号',
    },
  },
  {
    id: 'F10',
    inject: 'B',
    checks: 'I1',
    fault: {
      en: 'a very large batch over eight banks while others call',
      zh: '超大批次拆八家银行，同时他人调用',
    },
    outcome: {
      en: 'it is finished whole, and the others are answered meanwhile',
      zh: '整批完成，其间其他调用正常应答',
    },
  },
  {
    id: 'F11',
    inject: 'B',
    checks: 'I1',
    fault: {
      en: 'count, total or digest of the seal are not those of the lines',
      zh: '封批的笔数、金额或摘要与明细不符',
    },
    outcome: { en: 'refused, and the open batch can be put right', zh: '拒收，批次可改正后再封' },
  },
  {
    id: 'F12',
    inject: 'B',
    checks: 'I2',
    fault: {
      en: 'an instruction id comes twice, in one batch or over several',
      zh: '指令号在批内或跨批重复',
    },
    outcome: { en: 'refused, with every repetition named', zh: '拒收并逐一指出重复' },
  },
  {
    id: 'F13',
    inject: 'B',
    checks: 'I1',
    fault: {
      en: 'another currency, a fraction of a fen, an amount in float notation, a total beyond counting',
      zh: '币种不符、金额不是整分、浮点写法、总额溢出',
    },
    outcome: { en: 'the line or the call is refused and nothing of it stays', zh: '拒收，不留任何内容' },
  },
]
