/** Sentences for what a bank cannot take of a line. The character is named, its neighbours stay hidden. */
import type { LineProblem, PaymentLine } from '../../formats/bank-file.ts'
import type { Words } from './language.ts'

const fieldNames: Readonly<Record<LineProblem['field'], Words>> = {
  payeeName: { zh: '户名', en: 'payeeName' },
  payeeAccount: { zh: '账号', en: 'payeeAccount' },
  payeeIdNumber: { zh: '证件号码', en: 'payeeIdNumber' },
  amountFen: { zh: '金额', en: 'amountFen' },
  remark: { zh: '摘要', en: 'remark' },
  serial: { zh: '流水号', en: 'serial' },
}

/** The field of a problem in both languages. */
export const fieldName = ({ field }: Pick<LineProblem, 'field'>): Words => fieldNames[field]

/** One problem as a sentence; with the line, the character is shown among hidden neighbours. */
export function problemWords(
  problem: LineProblem,
  line: Partial<Omit<PaymentLine, 'seq' | 'serial'>> = {},
): Words {
  const { zh, en } = fieldNames[problem.field]
  const said = saying(problem, hiddenNeighbours(problem, line))
  return { zh: `${zh}：${said.zh}`, en: `${en}: ${said.en}` }
}

function saying({ code, facts }: LineProblem, among: string): Words {
  const { codePoint = '', charset = '', position = '', bytes = '', limitBytes = '', limitFen = '' } = facts
  switch (code) {
    case 'CHARSET':
      return {
        zh: `第 ${position} 个字符 ${codePoint}${among} 银行的字符集 ${charset} 写不出`,
        en: `character ${position} is ${codePoint}${among}, which the bank's charset ${charset} lacks`,
      }
    case 'FORBIDDEN_CHARACTER':
      return codePoint === ''
        ? { zh: '含有银行不允许的字符或写法', en: 'has a character or a shape that the bank does not allow' }
        : {
            zh: `第 ${position} 个字符 ${codePoint}${among} 银行不允许`,
            en: `character ${position} is ${codePoint}${among}, which the bank does not allow`,
          }
    case 'TOO_LONG':
      return {
        zh: `${charset} 编码后 ${bytes} 字节，超出 ${Number(bytes) - Number(limitBytes)} 字节，最多 ${limitBytes} 字节`,
        en: `${bytes} bytes in ${charset}, ${Number(bytes) - Number(limitBytes)} over the limit of ${limitBytes}`,
      }
    case 'TOO_LARGE':
      return { zh: `超过银行单笔上限 ${limitFen} 分`, en: `over the bank's limit of ${limitFen} fen` }
    case 'EMPTY':
      return { zh: '不能为空', en: 'must not be empty' }
    default:
      return code satisfies never
  }
}

/** ` (○○㛃)`: the character in its place; every other character is a ring. */
function hiddenNeighbours(
  { field, facts }: LineProblem,
  line: Partial<Omit<PaymentLine, 'seq' | 'serial'>>,
): string {
  const text = field === 'amountFen' || field === 'serial' ? undefined : line[field]
  const at = typeof facts['position'] === 'number' ? facts['position'] - 1 : -1
  const character = text === undefined || at < 0 ? undefined : String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (text === undefined || character === undefined || !/[\p{L}\p{N}\p{P}\p{S}]/u.test(character)) return ''
  const hidden = (part: string): string => '○'.repeat([...part].length)
  return ` (${hidden(text.slice(0, at))}${character}${hidden(text.slice(at + character.length))})`
}
