/** What a valid entry looks like, by its name: shown beside whatever is wrong with it. */

const examples: Readonly<Record<string, string>> = {
  id: 'id: my-bank',
  version: 'version: 1',
  title: 'title: 某农商行批量代发',
  source: 'source: 银行《批量代发接口说明》第 3 章',
  fidelity: 'fidelity: high',
  charset: 'charset: gb18030',
  newline: 'newline: crlf',
  finalNewline: 'finalNewline: false',
  byteOrderMark: 'byteOrderMark: true',
  layout: 'layout: delimited',
  delimiter: "delimiter: '|'",
  limits: 'limits: { maxRows: 100000, maxAmountFen: 10000000000 }',
  maxRows: 'maxRows: 100000',
  maxAmountFen: 'maxAmountFen: 10000000000  # 1 亿元',
  maxTotalFen: 'maxTotalFen: 1000000000000',
  maxBytes: 'maxBytes: 60',
  maxPlainBytes: 'maxPlainBytes: 104857600',
  settings: 'settings: { orgCode: ORG001 }',
  setting: '{ item: setting, setting: orgCode }',
  request: 'request: { name: "REQ_{date}_{sequence:NNN}.txt", row: [...] }',
  result: 'result: { style: full-list, name: "RES_{date}_{sequence:NNN}.txt", row: [...], codes: {...} }',
  row: 'row: [{ item: serial, bytes: 20 }, { item: account, bytes: 32 }]',
  header: 'header: [{ item: businessDate, bytes: 8 }, { item: count, bytes: 8 }]',
  trailer: 'trailer: [{ item: count, bytes: 8 }, { item: total, bytes: 15 }]',
  appended: 'appended: [{ item: code, bytes: 4 }, { item: text, bytes: 40 }]',
  overlay: 'overlay: [{ over: 备注, with: { item: code, bytes: 3 } }]',
  over: 'over: 备注',
  with: 'with: { item: code, bytes: 3 }',
  lateRow: 'lateRow: [{ item: serial }, { item: code }]',
  sentinel: "sentinel: '########'",
  trailingDelimiter: 'trailingDelimiter: true',
  columnNames: 'columnNames: true',
  item: 'item: account',
  value: 'value: D',
  bytes: 'bytes: 60',
  pad: "pad: '0'",
  side: 'side: left',
  unit: 'unit: yuan',
  allow: 'allow: [thousands, yuan-sign]',
  date: 'date: dashes',
  clock: 'clock: colons',
  required: 'required: false',
  overflow: 'overflow: truncate',
  pattern: "pattern: '[0-9]{6}'",
  encrypted: 'encrypted: true',
  prefix: "prefix: '\"'",
  suffix: "suffix: '\"'",
  style: 'style: full-list',
  name: 'name: REQ_{settings.orgCode}_{date}_{sequence:NNN}.txt',
  lateName: 'lateName: RET_{settings.orgCode}_{date}_{sequence:NNN}.txt',
  intermediate: "intermediate: { name: 'MID_{date}_{sequence:NNN}.txt', final: [failed] }",
  final: 'final: [failed]',
  pageRows: 'pageRows: 20',
  partial: 'partial: true',
  sideFiles: "sideFiles: [{ name: '{stem}.OK', order: after, content: '{date}' }]",
  order: 'order: after',
  content: "content: '{md5}'",
  proves: 'proves: md5',
  codeTables: 'codeTables: [gzelink]',
  codes: "codes: { '0000': PAID, '3031': NAME_MISMATCH }",
  reasonCodes: "reasonCodes: { '3031': NAME_MISMATCH }",
  textRules: 'textRules: [{ match: 户名.{0,2}不符, reason: NAME_MISMATCH }]',
  match: 'match: 户名.{0,2}不符',
  reason: 'reason: NAME_MISMATCH',
  outcome: 'outcome: unknown',
  byText: 'byText: true',
  fileCodes: "fileCodes: { '00': final, '01': in-progress, '99': { refused: FILE_TOTALS } }",
  refused: 'refused: FILE_TOTALS',
  fileRefusals: 'fileRefusals: { VERIFY_FAILED: FILE_SIGNATURE }',
  acknowledgement:
    "acknowledgement: { name: 'ACK_{date}_{sequence:NNN}.txt', accepted: '^OK', refused: '^ERR ([0-9]+)', codes: { '07': FILE_TOTALS } }",
  accepted: "accepted: '^OK'",
  code: 'code: 1',
  sealed: 'sealed: false',
  forbidden: "forbidden: '<>&'",
  wrapping: 'wrapping: { steps: [zlib, base64], maxPlainBytes: 104857600 }',
  steps: 'steps: [zlib, base64]',
  document: 'document: <Batch><Total>{total}</Total><Row><Acct>{account}</Acct></Row></Batch>',
  rows: 'rows: Batch/Row',
  places: 'places: { amount: { unit: yuan } }',
  rowPerLine: 'rowPerLine: true',
  preamble: "preamble: [[{ item: literal, value: '{H:', bytes: 3 }]]",
  zip: 'zip: { element: zip, flag: zipFlag, above: 500 }',
  onlyKnownElements: 'onlyKnownElements: true',
  late: 'late: { document: <Batch>...</Batch>, rows: Batch/Row }',
}

const codeExample = "'3031': NAME_MISMATCH"
const columnExample = '{ item: account, bytes: 32, title: 收款账号 }'

const columnLists = new Set(['header', 'row', 'trailer', 'appended', 'lateRow', 'with', 'preamble'])

/** One valid way to write the entry at a path; undefined where there is none to show. */
export function exampleFor(path: readonly PropertyKey[]): string | undefined {
  const last = path.at(-1)
  const group = String(path.at(-2) ?? '')
  if (last === undefined) return undefined
  if (group === 'codes' || group === 'reasonCodes') return codeExample
  if (group === 'result' && last === 'name') return 'name: RES_{settings.orgCode}_{date}_{sequence:NNN}.txt'
  if (group === 'acknowledgement' && last === 'name') return 'name: ACK_{date}_{sequence:NNN}.txt'
  if (group === 'acknowledgement' && last === 'refused') return "refused: '^ERR ([0-9]+)'"
  if (group === 'settings') return 'orgCode: ORG001'
  if (typeof last === 'number') return columnLists.has(group) ? columnExample : examples[group]
  return Object.hasOwn(examples, String(last)) ? examples[String(last)] : undefined
}
