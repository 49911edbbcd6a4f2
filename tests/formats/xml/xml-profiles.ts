/** Small profiles of XML documents that use everything their language has, and the way through their files. */
import type { PaymentLine, ResultRow } from '../../../formats/bank-file.ts'
import type {
  AnswerKind,
  CompiledProfile,
  FieldCipher,
  ResultLine,
} from '../../../formats/profile/compiled-profile.ts'
import { parseProfile } from '../../../formats/profile/load-catalog.ts'
import { charset } from '../../../formats/values/charset.ts'
import { fixtureLines, headerFor, readWhole, type WholeFile } from '../fixture-files.ts'

/** A bank with a namespace, attributes, optional elements, alternatives, statuses of files and later returns. */
export const oddXml = `
id: odd-xml
version: 1
title: 样样都有的银行
source: made for this test
fidelity: invented
charset: gb18030
layout: xml
limits: { maxRows: 1000, maxAmountFen: 99999999 }
settings: { cis: A1 }
request:
  name: 'Q_{date}_{sequence:NNN}.xml'
  rows: d:Doc/Body/Tx
  document: |
    <?xml version="1.0" encoding="GB18030"?>
    <!-- places in curly braces -->
    <d:Doc xmlns:d="urn:odd" xmlns="urn:odd" ver="2">
      <Head cis="{settings.cis}">
        <No>{fileNumber}</No>
        <At>{businessDate}T00:00:00</At>
        <Nb>{count}</Nb><Sum Ccy="CNY">{total}</Sum>
        <What>{programmeName}</What>
      </Head>
      <Body>
        <Tx seq="{line}">
          <Id>{serial}</Id>
          <Cdtr><Nm>{name}</Nm><Acct>{account}</Acct><Prvt><Doc kind="ID">{idNumber?}</Doc></Prvt></Cdtr>
          <Amt Ccy="CNY">{amount}</Amt>
          <Rmt use="{remark?}"/>
          <Fixed>A&amp;B</Fixed>
        </Tx>
      </Body>
      <End><Nb>{count}</Nb></End>
    </d:Doc>
  places:
    businessDate: { date: dashes }
    total: { unit: yuan }
    amount: { unit: yuan }
    count: { bytes: 8 }
    serial: { bytes: 16 }
    name: { maxBytes: 60 }
    remark: { maxBytes: 12, overflow: truncate }
result:
  style: full-list
  name: 'A_{date}_{sequence:NNN}.xml'
  lateName: 'L_{date}_{sequence:NNN}.xml'
  intermediate: { name: 'I_{date}_{sequence:NNN}.xml', final: [failed] }
  rows: Doc/Body/Tx
  document: |
    <?xml version="1.0" encoding="GB18030"?>
    <Doc xmlns="urn:odd">
      <Head><No>{fileNumber}</No><Sts>{fileCode}</Sts><Inf>{fileText?}</Inf><Nb>{count}</Nb></Head>
      <Body>
        <Tx>
          <Id>{serial}</Id>
          <Acct>{account}</Acct>
          <Nm>{name?}</Nm>
          <Amt Ccy="CNY">{amount}</Amt>
          <Sts>{code}</Sts>
          <Rsn><Cd>{reasonCode?}</Cd><Prtry>{reasonCode?}</Prtry></Rsn>
          <Inf>{text?}</Inf>
        </Tx>
      </Body>
      <End><Ok>{paidCount}</Ok><OkSum>{paidTotal}</OkSum><Bad>{failedCount}</Bad></End>
    </Doc>
  places:
    serial: { bytes: 16 }
  late:
    rows: Doc/Back/Tx
    document: |
      <?xml version="1.0" encoding="GB18030"?>
      <Doc xmlns="urn:odd:late"><Back><Tx><Id>{serial}</Id><Amt>{amount}</Amt><Sts>{code}</Sts></Tx></Back></Doc>
  codes: { S: PAID, F: { reason: OTHER_SEE_TEXT, byText: true }, W: { reason: OUTCOME_UNKNOWN, outcome: open } }
  reasonCodes: { AC04: ACCOUNT_CLOSED, BE01: NAME_MISMATCH }
  fileCodes: { OK: final, RUN: in-progress, DUP: { refused: FILE_DUPLICATE }, SUM: { refused: FILE_TOTALS } }
`

/** A bank that answers in pages of two rows. */
export const pagedXml = `
id: paged-xml
version: 1
title: 分页的银行
source: made for this test
fidelity: invented
charset: utf8
layout: xml
limits: { maxRows: 1000, maxAmountFen: 99999999 }
request:
  name: 'Q_{date}_{sequence}.xml'
  rows: a/r
  document: <a><n>{count}</n><r><i>{line}</i><c>{account}</c><m>{name}</m><v>{amount}</v></r></a>
result:
  style: paged
  pageRows: 2
  name: 'A_{date}_{sequence}.xml'
  rows: a/r
  document: |
    <?xml version="1.0" encoding="UTF-8"?>
    <a><p>{pageNumber}</p><n>{count}</n><t>{total}</t><r><i>{line}</i><v>{amount}</v><s>{code}</s></r></a>
  codes: { S: PAID, F: ACCOUNT_CLOSED }
`

/** A bank whose rows travel zipped beyond three of them, both ways. */
export const zippedXml = `
id: zipped-xml
version: 1
title: 压缩明细的银行
source: made for this test
fidelity: invented
charset: gbk
layout: xml
limits: { maxRows: 1000, maxAmountFen: 99999999 }
request:
  name: 'Q_{date}_{sequence}.xml'
  rows: a/b/r
  document: |
    <?xml version="1.0" encoding="GBK"?>
    <a xmlns="urn:zip"><h><n>{count}</n><t>{total}</t></h><b><z/><f/><r><i>{serial}</i><c>{account}</c><m>{name}</m><v>{amount}</v></r></b></a>
  zip: { element: z, flag: f, above: 3 }
result:
  style: full-list
  name: 'A_{date}_{sequence}.xml'
  rows: a/b/r
  document: |
    <?xml version="1.0" encoding="GBK"?>
    <a xmlns="urn:zip"><h><n>{count}</n></h><b><f/><r><i>{serial}</i><m>{name}</m><v>{amount}</v><s>{code}</s></r><z/></b></a>
  zip: { element: z, flag: f, above: 3 }
  codes: { S: PAID, F: ACCOUNT_CLOSED }
`

/** A bank of the clearing system: two lines before the document. */
export const preambleXml = `
id: preamble-xml
version: 1
title: 报文头在前的银行
source: made for this test, after bank-formats §10
fidelity: invented
charset: utf8
newline: crlf
layout: xml
limits: { maxRows: 1000, maxAmountFen: 99999999 }
settings: { sender: '402100000018' }
request:
  name: 'Q_{date}_{sequence}.xml'
  preamble:
    - - { item: literal, value: '{H:02' }
      - { item: setting, setting: sender, bytes: 14 }
      - { item: businessDate, bytes: 8 }
      - { item: time, bytes: 6 }
      - { item: fileNumber, bytes: 20 }
      - { item: any, bytes: 9 }
      - { item: literal, value: '}' }
    - - { item: literal, value: '{S:' }
      - { item: signature }
      - { item: literal, value: '}' }
  rows: D/r
  document: <D><r><i>{serial}</i><c>{account}</c><m>{name}</m><v>{amount}</v></r></D>
  places: { serial: { bytes: 8 } }
result:
  style: full-list
  name: 'A_{date}_{sequence}.xml'
  rows: D/r
  document: <D><r><i>{serial}</i><s>{code}</s></r></D>
  codes: { S: PAID }
`

/** A compiled profile of one of these documents; throws with its problems. */
export function compiled(text: string): CompiledProfile {
  const id = /^id: (.+)$/mu.exec(text)?.[1] ?? ''
  const result = parseProfile(text, `${id}.yaml`)
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems, undefined, 1))
  return result.profile
}

/** What is wrong with a profile, in English: line, path and sentence. */
export function complaints(text: string): readonly string[] {
  const id = /^id: (.+)$/mu.exec(text)?.[1] ?? ''
  const result = parseProfile(text, `${id}.yaml`)
  return result.kind === 'ok' ? [] : result.problems.map((each) => `${each.path}: ${each.messageEn}`)
}

/** Lines of a request with what the bank says of each: code, second code, words. */
export const answered = (
  ...says: readonly (readonly [code: string, reasonCode?: string, text?: string])[]
): readonly ResultLine[] =>
  fixtureLines(says.length).map((line, index) => {
    const [bankCode = '', reasonCode, bankText = ''] = says[index] ?? []
    return { ...line, bankCode, bankText, ...(reasonCode === undefined ? {} : { reasonCode }) }
  })

/** The bytes of an answer to a request of these lines. */
export function answerOf(
  profile: CompiledProfile,
  lines: readonly ResultLine[],
  kind: AnswerKind = 'answer',
  cipher?: FieldCipher,
): Buffer {
  const outcomes = new Map(profile.codes.map(({ code, outcome }) => [code, outcome]))
  const sum = (some: readonly PaymentLine[]): bigint =>
    some.reduce((total, line) => total + line.amountFen, 0n)
  const of = (outcome: string): readonly ResultLine[] =>
    lines.filter((line) => outcomes.get(line.bankCode) === outcome)
  const totals = {
    rowCount: lines.length,
    rowTotalFen: sum(lines),
    paidCount: of('paid').length,
    paidTotalFen: sum(of('paid')),
    failedCount: of('failed').length,
    failedTotalFen: sum(of('failed')),
  }
  const writer = profile.resultWriter(headerFor(profile, lines), totals, kind, cipher)
  return Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
}

/** A document in the profile's charset, to be changed and read again. */
export const textOf = (profile: CompiledProfile, bytes: Buffer): string =>
  charset(profile.charset).decode(bytes)

/** Reads an answer that was written as text. */
export const readAnswer = (
  profile: CompiledProfile,
  text: string | Buffer,
  kind: AnswerKind = 'answer',
  chunkBytes?: number,
): WholeFile<ResultRow> =>
  readWhole(
    profile.resultReader(undefined, kind),
    typeof text === 'string' ? charset(profile.charset).encode(text) : text,
    chunkBytes,
  )

/** Outcome and reason of every row. */
export const told = ({ rows }: WholeFile<ResultRow>): readonly string[] =>
  rows.map((row) => `${row.serial.slice(-2)} ${row.outcome} ${row.reason.code}`)

/** Code and facts of every refusal. */
export const refusals = ({ refusals: all }: WholeFile<unknown>): readonly string[] =>
  all.map(({ code, facts }) =>
    [code, ...Object.entries(facts).map(([key, value]) => `${key}=${value}`)].join(' '),
  )
