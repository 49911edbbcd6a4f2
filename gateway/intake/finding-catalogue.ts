/**
 * Every code that intake can answer, with a sentence in both languages. Codes are stable: the finance platform
 * switches on them. The sentences name rules, never a person's data; numbers stand in the finding's facts.
 */

/** A sentence for a person, in Chinese and in English. */
export interface FindingSentence {
  readonly zh: string
  readonly en: string
}

const sentence = (zh: string, en: string): FindingSentence => Object.freeze({ zh, en })

const body = {
  BODY_INCOMPLETE: sentence('正文未传完就中断', 'The body stopped before its end'),
  BODY_TOO_LARGE: sentence('正文超过允许大小', 'The body is larger than is allowed'),
  BODY_EMPTY: sentence('正文没有任何明细', 'The body has no lines'),
  GZIP_DAMAGED: sentence('gzip 数据损坏或不完整', 'The gzip data is damaged or cut short'),
  GZIP_RATIO: sentence('gzip 压缩比异常', 'The gzip data expands beyond any honest file'),
  INVALID_UTF8: sentence('不是合法的 UTF-8 编码', 'The bytes are not UTF-8'),
  BOM: sentence('文件开头有 BOM，请去掉', 'The body begins with a byte order mark; leave it out'),
  NUL: sentence('含有 NUL 字节', 'The body contains a NUL byte'),
  LONE_CR: sentence(
    '含有单独的回车符，行尾须为 LF 或 CRLF',
    'A carriage return stands alone; lines end in LF or CRLF',
  ),
  LINES_UNBROKEN: sentence('一兆字节内没有换行', 'There is no line end within one mebibyte'),
  CSV_HEADER: sentence('CSV 表头缺列、重复或有未知列', 'The CSV header lacks, repeats or invents a column'),
  TOO_MANY_LINES: sentence('明细多于申报笔数', 'There are more lines than were declared'),
  TOTAL_TOO_LARGE: sentence('金额合计超出可表示范围', 'The total is beyond what can be counted'),
  PART_NUMBER: sentence('分片号须为从 1 起的整数', 'A part number is a whole number from 1'),
  TOO_MANY_INLINE: sentence(
    '随表头最多带 5000 条明细，请分片上传',
    'A header carries at most 5,000 instructions; upload parts',
  ),
}

const header = {
  HEADER_INVALID: sentence('批次表头不符合要求', 'The header does not have the required shape'),
  KEY_INVALID: sentence(
    '幂等键须为 1 至 255 个可见字符',
    'An idempotency key has 1 to 255 visible characters',
  ),
  NUMBER_NOT_INTEGER: sentence(
    '数字须写成不带小数和指数的整数',
    'Numbers are plain integers, without point or exponent',
  ),
  JSON_MALFORMED: sentence('不是合法的 JSON', 'The text is not JSON'),
  PROGRAMME_UNKNOWN: sentence('没有为该补贴项目设定校验规则', 'No rules were set for this programme'),
  SEAL_INVALID: sentence('封包请求不符合要求', 'The seal request does not have the required shape'),
  COUNT_DIFFERS: sentence('笔数与申报不符', 'The number of lines differs from what was declared'),
  AMOUNT_DIFFERS: sentence('金额合计与申报不符', 'The total differs from what was declared'),
  DIGEST_DIFFERS: sentence('内容摘要不符', 'The digest differs from that of the content received'),
}

const line = {
  LINE_EMPTY: sentence('中间有空行', 'A blank line stands between lines'),
  LINE_TOO_LONG: sentence('一行超过 16 KiB', 'A line is longer than 16 KiB'),
  LINE_NOT_JSON: sentence('该行不是合法的 JSON', 'The line is not JSON'),
  LINE_NOT_OBJECT: sentence('该行不是 JSON 对象', 'The line is not a JSON object'),
  LINE_NOT_CSV: sentence(
    '该行引号不成对或有多余字符',
    'The line has a quote that does not close or text after one',
  ),
  COLUMN_COUNT: sentence('列数与表头不同', 'The number of columns differs from the header'),
  FIELD_MISSING: sentence('缺少必填字段', 'A required field is missing'),
  FIELD_UNKNOWN: sentence('有未知字段', 'There is a field that is not known'),
  FIELD_REPEATED: sentence('字段重复出现', 'A field stands twice'),
  FIELD_NOT_TEXT: sentence('字段须为文本', 'The field must be text'),
  FIELD_EMPTY: sentence('字段为空，可选字段请省略', 'The field is empty; leave out what is optional'),
  FIELD_TOO_LONG: sentence('字段过长', 'The field is too long'),
  FIELD_FORMAT: sentence('字段格式不对', 'The field does not have its form'),
  FIELD_CHARACTER: sentence(
    '字段含控制字符、替换符或残缺字符',
    'The field has a control, replacement or broken character',
  ),
  FIELD_SPACES: sentence('字段首尾有空格', 'The field begins or ends with a space'),
  AMOUNT_NOT_INTEGER: sentence('金额须为以分为单位的整数', 'The amount is not a plain whole number of fen'),
  AMOUNT_NOT_POSITIVE: sentence('金额须大于零', 'The amount is not above zero'),
  AMOUNT_TOO_LARGE: sentence('金额过大', 'The amount is too large'),
  BANK_UNKNOWN: sentence('没有与该银行的协议', 'There is no agreement with this bank'),
  PHONE_FORMAT: sentence('手机号格式不对', 'The phone number does not look like one'),
  ID_MISSING: sentence('缺少身份证号', 'The ID number is missing'),
  ID_CHECKSUM: sentence('身份证号校验不通过', 'The ID number does not check'),
  REGION_UNKNOWN: sentence('行政区划代码不存在', 'The region is no administrative division that is known'),
  CARD_LUHN: sentence('银行卡号校验位不对', 'The check digit of the card number is wrong'),
  ACCOUNT_FORMAT: sentence('收款账号格式不对', 'The account number does not have the form of one'),
}

const bank = {
  NAME_CHARSET: sentence('姓名有该行字符集没有的字', "The bank's charset lacks a character of the name"),
  NAME_TOO_LONG: sentence('姓名超过该行栏位长度', "The name does not fit the bank's column"),
  NAME_EMPTY: sentence('该行要求填写姓名', 'The bank wants a name'),
  NAME_FORBIDDEN_CHARACTER: sentence(
    '姓名有该行不允许的字符',
    'The bank does not allow a character of the name',
  ),
  ACCOUNT_CHARSET: sentence(
    '账号有该行字符集没有的字',
    "The bank's charset lacks a character of the account",
  ),
  ACCOUNT_TOO_LONG: sentence('账号超过该行栏位长度', "The account does not fit the bank's column"),
  ACCOUNT_EMPTY: sentence('该行要求填写账号', 'The bank wants an account'),
  ACCOUNT_FORBIDDEN_CHARACTER: sentence(
    '账号有该行不允许的字符',
    'The bank does not allow a character of the account',
  ),
  ID_CHARSET: sentence('证件号有该行字符集没有的字', "The bank's charset lacks a character of the ID number"),
  ID_TOO_LONG: sentence('证件号超过该行栏位长度', "The ID number does not fit the bank's column"),
  ID_EMPTY: sentence('该行要求填写证件号', 'The bank wants an ID number'),
  ID_FORBIDDEN_CHARACTER: sentence(
    '证件号有该行不允许的字符',
    'The bank does not allow a character of the ID number',
  ),
  REMARK_CHARSET: sentence('摘要有该行字符集没有的字', "The bank's charset lacks a character of the remark"),
  REMARK_TOO_LONG: sentence('摘要超过该行栏位长度', "The remark does not fit the bank's column"),
  REMARK_EMPTY: sentence('该行要求填写摘要', 'The bank wants a remark'),
  REMARK_FORBIDDEN_CHARACTER: sentence(
    '摘要有该行不允许的字符',
    'The bank does not allow a character of the remark',
  ),
  AMOUNT_OVER_BANK_LIMIT: sentence(
    '金额超过该行单笔上限',
    "The amount is above the bank's limit for one payment",
  ),
  BANK_CANNOT_TAKE: sentence('该行文件格式装不下此行', "The bank's layout cannot take this line"),
}

const across = {
  DUPLICATE_INSTRUCTION_ID: sentence('指令号重复', 'The instruction id was used before'),
  DUPLICATE_PAYMENT: sentence(
    '同项目同期同账号同金额，疑似重复发放',
    'The same account gets the same amount for the same programme and period',
  ),
  ONE_ACCOUNT_SEVERAL_PEOPLE: sentence('同一账号对应多人', 'One account stands for several people'),
  ONE_PERSON_SEVERAL_ACCOUNTS: sentence('同一人对应多个账号', 'One person has several accounts'),
  OVERRIDE_UNKNOWN: sentence(
    '放行的指令号不在本批',
    'An override names an instruction that is not in the batch',
  ),
  REPLACES_UNKNOWN: sentence('被替换的指令不存在', 'The instruction to be replaced does not exist'),
  REPLACES_IN_DOUBT: sentence(
    '被替换的指令结果不明',
    'Nobody knows yet what became of the instruction to be replaced',
  ),
  REPLACES_NOT_OPEN: sentence(
    '被替换的指令不可更正',
    'The instruction to be replaced is not open for correction',
  ),
  REPLACES_TWICE: sentence('两条指令替换同一条', 'Two lines replace the same instruction'),
  REPLACES_AMOUNT_DIFFERS: sentence(
    '金额与被替换的指令不同',
    'The amount differs from that of the instruction replaced',
  ),
}

const entries = { ...body, ...header, ...line, ...bank, ...across } satisfies Record<string, FindingSentence>

/** The codes of the catalogue. */
export type FindingCode = keyof typeof entries

/** The one catalogue of findings, by code. */
export const findingCatalogue: Readonly<Record<FindingCode, FindingSentence>> = entries

/** True for a text that is a code of the catalogue, as read back from the database. */
export const isFindingCode = (text: string): text is FindingCode => Object.hasOwn(entries, text)
