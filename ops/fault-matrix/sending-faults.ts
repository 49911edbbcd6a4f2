/** What can go wrong between us and a bank: SFTP and bank APIs; F36 to F55. The rows follow the reliability plan; their words are for people who run the service. */
import type { FaultRow } from './fault-row.ts'

/** Rows of the matrix, in the order of their ids. */
export const sendingFaults: readonly FaultRow[] = [
  {
    id: 'F36',
    inject: 'P',
    checks: 'I8',
    fault: {
      en: 'the line is cut at the beginning, the middle or the end of an upload',
      zh: '上传到开头、中间、末尾时断线',
    },
    outcome: {
      en: 'the watchdog ends it, only a part lies there, and the next try completes it',
      zh: '看门狗终止，只留临时文件，下次补完',
    },
  },
  {
    id: 'F37',
    inject: 'P',
    checks: 'I2 I8',
    fault: { en: 'the reply to the rename is lost', zh: '改名应答丢失' },
    outcome: {
      en: 'both names are looked at; a right final file counts as delivered and nothing is uploaded again',
      zh: '查看两个名称，正式文件无误即视为送达，不再上传',
    },
  },
  {
    id: 'F38',
    inject: 'B',
    checks: 'I8',
    fault: { en: 'the final name is taken', zh: '正式文件名已存在' },
    outcome: {
      en: 'the same bytes count as delivered, others are an exception; never overwritten',
      zh: '内容相同即视为送达，不同则列异常，绝不覆盖',
    },
  },
  {
    id: 'F39',
    inject: 'B',
    checks: 'I8',
    fault: { en: 'the server keeps less, or other bytes, than it acknowledged', zh: '服务器截断或改动内容' },
    outcome: { en: 'size and digest differ, so it is not renamed', zh: '大小或摘要不符，不改名' },
  },
  {
    id: 'F40',
    inject: 'B',
    checks: 'I8',
    fault: { en: 'the marker file fails after the data file', zh: '数据文件成功而标志文件失败' },
    outcome: {
      en: 'not delivered without its marker; the marker alone is sent again',
      zh: '没有标志不算送达，只补发标志',
    },
  },
  {
    id: 'F41',
    inject: 'B',
    checks: 'I2',
    fault: { en: 'the bank takes the file away right after the rename', zh: '改名后银行立即取走文件' },
    outcome: {
      en: 'gone after an acknowledged rename is delivered; gone without one proves nothing',
      zh: '改名已确认则视为送达，否则不能证明',
    },
  },
  {
    id: 'F42',
    inject: 'B',
    checks: 'I8',
    fault: { en: 'the host key changed', zh: '主机密钥变更' },
    outcome: { en: 'refused before one byte of ours leaves', zh: '在发出任何字节前拒绝' },
  },
  {
    id: 'F43',
    inject: 'B',
    checks: '',
    fault: { en: 'the login fails', zh: '登录失败' },
    outcome: {
      en: 'few tries and a long pause, so that the account is not locked',
      zh: '少量尝试后长时间暂停，不致锁户',
    },
  },
  {
    id: 'F44',
    inject: 'P',
    checks: 'I15',
    fault: { en: 'a connection that is half open, a black hole', zh: '半开连接、黑洞' },
    outcome: {
      en: 'a deadline ends the call and frees its place; other banks go on',
      zh: '到时终止并释放，其他银行不受影响',
    },
  },
  {
    id: 'F45',
    inject: 'B',
    checks: 'I8',
    fault: { en: 'each status that an SFTP server may answer', zh: 'SFTP 各种错误状态' },
    outcome: { en: 'told as what it is, and never as success', zh: '如实报告，绝不当作成功' },
  },
  {
    id: 'F46',
    inject: 'P',
    checks: 'I15',
    fault: { en: 'a server of one kilobyte a second', zh: '每秒一千字节的服务器' },
    outcome: {
      en: 'cut below the agreed rate, and no other bank waits for it',
      zh: '低于约定速率即终止，不拖累他行',
    },
  },
  {
    id: 'F47',
    inject: 'C',
    checks: 'I3',
    fault: { en: 'the daily sequence is used up, or a name would come again', zh: '日序号用尽或文件名重复' },
    outcome: {
      en: 'the next working day or a refusal; a sequence never wraps',
      zh: '顺延或拒绝，序号绝不回绕',
    },
  },
  {
    id: 'F48',
    inject: 'B',
    checks: 'I2',
    fault: { en: 'the API times out after the bank took the request', zh: '银行已受理但接口超时' },
    outcome: { en: 'unknown, asked, found; one debit', zh: '存疑、查询、查得，只扣一次' },
  },
  {
    id: 'F49',
    inject: 'B',
    checks: 'I2',
    fault: { en: 'the API times out before the bank took it', zh: '银行未受理且接口超时' },
    outcome: {
      en: 'unknown, twice denied a settle time apart, sent again under the same serial; one debit',
      zh: '存疑，隔结算时间两次查无，以同一流水号重发，只扣一次',
    },
  },
  {
    id: 'F50',
    inject: 'B',
    checks: 'I4',
    fault: { en: '5xx, a page of HTML, garbled XML, a foreign charset', zh: '5xx、网页、乱码、异常字符集' },
    outcome: { en: 'nothing is known by it; what came is kept', zh: '不能得出结论，原文保留' },
  },
  {
    id: 'F51',
    inject: 'P',
    checks: 'I2',
    fault: { en: 'a proxy sends the request twice', zh: '代理重复提交' },
    outcome: { en: 'one debit, whoever repeats it', zh: '无论谁重复，只扣一次' },
  },
  {
    id: 'F52',
    inject: 'C',
    checks: 'I15',
    fault: { en: 'a bank says "processing" for days', zh: '银行连日答复处理中' },
    outcome: {
      en: 'people are told when it is late, and nothing becomes final by itself',
      zh: '逾期告警，绝不自行终结',
    },
  },
  {
    id: 'F53',
    inject: 'R',
    checks: 'I4 I5',
    fault: { en: 'an answer comes before our own commit', zh: '结果先于我方提交到达' },
    outcome: { en: 'kept, and applied afterwards', zh: '先保存，后处理' },
  },
  {
    id: 'F54',
    inject: 'B',
    checks: 'I5',
    fault: { en: 'a notice comes twice, late, again, or forged', zh: '回调重复、乱序、重放、伪造' },
    outcome: { en: 'known again by its id; a forged one gets 401', zh: '凭编号去重，伪造者 401' },
  },
  {
    id: 'F55',
    inject: 'B',
    checks: '',
    fault: { en: '429 and Retry-After', zh: '429 与 Retry-After' },
    outcome: { en: 'nobody calls before that time', zh: '未到时间不再调用' },
  },
]
