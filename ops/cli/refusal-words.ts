/** Sentences for the reasons to refuse a bank's file whole. Facts follow as they are; they never hold personal values. */
import type { FileRefusal } from '../../formats/bank-file.ts'
import { inLanguage, type Lang, type Words } from './language.ts'

const sentences: Readonly<Record<FileRefusal['code'], Words>> = {
  EMPTY: { zh: '文件是空的', en: 'the file is empty' },
  CHARSET: { zh: '有字节不属于约定的字符集', en: 'some bytes are not of the agreed charset' },
  LAYOUT: { zh: '明细行不符合约定的格式', en: 'a row is not laid out as agreed' },
  HEADER: {
    zh: '首行不符合约定，或是别家格式的文件',
    en: 'the header is not as agreed, or of another layout',
  },
  TRAILER_MISSING: {
    zh: '缺少尾行，文件可能没有传完',
    en: 'the trailer is missing; the file may be incomplete',
  },
  SENTINEL_MISSING: {
    zh: '缺少结束行，文件可能没有传完',
    en: 'the end line is missing; the file may be incomplete',
  },
  COUNT: { zh: '笔数对不上', en: 'a count does not add up' },
  TOTAL: { zh: '金额对不上', en: 'a total does not add up' },
  TRUNCATED: { zh: '文件在中间断了', en: 'the file is cut off' },
  TRAILING_BYTES: { zh: '文件结束后还有内容', en: 'something follows the end of the file' },
  NOT_THIS_FILE: { zh: '不是这个请求文件的回盘', en: 'it does not answer this request' },
  BANK_REFUSED: { zh: '银行整件拒收', en: 'the bank refused the whole file' },
  LINE_TOO_LONG: { zh: '一行或一段过长', en: 'a line or a text is too long' },
  XML: { zh: 'XML 不合规范或含有不允许的内容', en: 'the XML is not well-formed or has what is not allowed' },
  WRAPPING: { zh: 'Base64 或压缩内容已损坏', en: 'the Base64 or the compressed content is damaged' },
  TOO_LARGE: { zh: '解开后超过允许的大小', en: 'it grows beyond the allowed size' },
  PAGE: { zh: '分页缺失、重复或互相矛盾', en: 'pages are missing, doubled or contradict each other' },
  SIDE_FILE: { zh: '附属文件缺失或与内容不符', en: 'a side file is missing or does not match' },
}

/** A refusal as a sentence in both languages, without its facts. */
export const refusalWords = ({ code }: Pick<FileRefusal, 'code'>): Words => sentences[code]

/** A refusal for a person: code, line, sentence, facts. */
export function refusalText(refusal: FileRefusal, lang: Lang): string {
  const { code, lineNo, facts } = refusal
  const details = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return [
    code,
    ...(lineNo === undefined ? [] : [`line ${lineNo}`]),
    inLanguage(sentences[code], lang),
    ...(details.length > 0 ? [`(${details.join(', ')})`] : []),
  ].join(' ')
}
