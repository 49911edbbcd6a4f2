/**
 * The shape of CMB's cloud interface (bank-formats §3.3 b, §11): sorted JSON signed with SM2 and encrypted with SM4, one
 * batch in one call, rows asked for page by page once the batch is final. The reference is yurref, our file number.
 * Names of services and of their blocks are the published ones; the key of the next page (`ctnkey`) is a choice of ours,
 * to be laid beside the bank's own document.
 */
import { createHash } from 'node:crypto'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { type JsonTree, readJson } from '../../../crypto/gm/canonical-json.ts'
import type { CmbMessages } from '../../../crypto/gm/cmb-message.ts'
import { formatYuan } from '../../../formats/values/money.ts'
import type { JsonSmTerms } from '../../banks/channel-schema.ts'
import { chinaClock, chinaDay } from '../../clock.ts'
import { Fault } from '../../faults.ts'
import {
  type Answered,
  type ApiCall,
  type ApiOrder,
  type BankApi,
  type CodeLists,
  laidOver,
  saidBy,
  shownCode,
  unclear,
} from './bank-api.ts'
import { itemsOf, linesOfRows, memberOf, RowUnfit, rowsOfLines, textOf } from './json-rows.ts'

const ownCodes: CodeLists = { accepted: ['SUC0000'], inProgress: [], notKnown: [], refused: [] }

/** Makes the API of one bank over its messages. */
export function jsonSmApi(terms: JsonSmTerms, messages: CmbMessages): BankApi {
  const codes = laidOver(ownCodes, terms.codes)
  const call = (order: ApiOrder, code: string, body: object, at: Date): ApiCall =>
    sealed(terms, messages, order, code, body, at)
  return {
    submission: async (order, content, at) =>
      call(order, terms.submit, submission(terms, order, content), at),
    submitted(order, body) {
      const answer = opened(messages, order, body)
      return typeof answer === 'string' ? unclear(answer) : saidBy(codes, headCode(answer))
    },
    question: async (order, at, from = '') =>
      call(order, terms.query, { bb6bpdqyx1: [{ yurref: order.reference, ctnkey: from }] }, at),
    answered(order, body) {
      const answer = opened(messages, order, body)
      return typeof answer === 'string' ? { said: unclear(answer) } : answeredBy(terms, codes, order, answer)
    },
    notice: (body) => noticeId(messages, body),
    close: async () => {},
  }
}

function sealed(
  terms: JsonSmTerms,
  messages: CmbMessages,
  { reference }: ApiOrder,
  code: string,
  body: object,
  at: Date,
): ApiCall {
  const reqid = `${reference}${chinaDay(at).replaceAll('-', '')}${chinaClock(at)}`
  const request = JSON.stringify({ head: { funcode: code, userid: terms.uid, reqid }, body })
  const form = new URLSearchParams(messages.form(code, messages.seal(request, at)))
  return {
    path: terms.path,
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from(form.toString(), 'latin1'),
  }
}

/** A file is one part, so what is told of the part is told of the whole. */
function submission(terms: JsonSmTerms, { header, reference }: ApiOrder, content: Buffer): object {
  const [count, total] = [`${header.count}`, formatYuan(header.totalFen)]
  return {
    bb6busmod: [{ buscod: terms.businessCode, busmod: terms.businessMode }],
    bb6cdcbhx1: [
      {
        begtag: 'Y',
        endtag: 'Y',
        reqnbr: '',
        ttlamt: total,
        ttlcnt: count,
        ttlnum: '1',
        curamt: total,
        curcnt: count,
        ccynbr: '10',
        accnbr: header.fundingAccount,
        nusage: header.programmeName,
        yurref: reference,
      },
    ],
    bb6cdcdlx1: requestRows(terms, content),
  }
}

function requestRows({ requestKeys, delimiter }: JsonSmTerms, content: Buffer): object {
  try {
    return rowsOfLines(content, requestKeys, delimiter)
  } catch (error) {
    if (!(error instanceof RowUnfit)) throw error
    throw new Fault('AGREEMENT_INVALID', { problems: `requestKeys do not fit the layout: ${error.message}` })
  }
}

/** The response of a verified answer to this file, or what is wrong with it. */
function opened(messages: CmbMessages, order: ApiOrder, body: Buffer): JsonTree | string {
  const answer = openedText(messages, body)
  if (answer.kind === 'refused') return answer.reason
  const response = memberOf(readJson(answer.text), 'response')
  const reqid = textOf(memberOf(memberOf(response, 'head'), 'reqid'))
  if (response === undefined || reqid === undefined) return 'the answer has no head'
  return reqid.startsWith(order.reference) ? response : 'the answer speaks of another file'
}

function openedText(
  messages: CmbMessages,
  body: Buffer,
): { kind: 'opened'; text: string } | { kind: 'refused'; reason: string } {
  try {
    return { kind: 'opened', text: messages.open(body.toString('latin1')) }
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    return { kind: 'refused', reason: `the message was refused: ${error.code}` }
  }
}

const headCode = (response: JsonTree): string | undefined =>
  textOf(memberOf(memberOf(response, 'head'), 'resultcode'))

/** Rows are only taken of a batch that is final: before that the bank may still change them. */
function answeredBy(terms: JsonSmTerms, codes: CodeLists, order: ApiOrder, response: JsonTree): Answered {
  const said = saidBy(codes, headCode(response))
  if (said.kind !== 'accepted') return { said }
  const body = memberOf(response, 'body')
  const batch = itemsOf(memberOf(body, 'bb6bpdqyz1'))[0]
  if (textOf(memberOf(batch, 'yurref')) !== order.reference)
    return { said: unclear('the answer speaks of another batch') }
  const status = textOf(memberOf(batch, 'reqsta')) ?? ''
  if (status !== 'FIN')
    return {
      said: /^[A-Z]{3}$/.test(status) ? { kind: 'in-progress' } : unclear(`state ${shownCode(status)}`),
    }
  const rows = itemsOf(memberOf(body, 'bb6bpdqyz2'))
  if (rows.length === 0) return { said }
  return pageOf(terms, rows, textOf(memberOf(itemsOf(memberOf(body, 'bb6bpdqyy1'))[0], 'ctnkey')))
}

function pageOf(terms: JsonSmTerms, rows: readonly JsonTree[], next: string | undefined): Answered {
  try {
    const page = linesOfRows(rows, terms.answerKeys, terms.delimiter)
    return { said: { kind: 'accepted' }, page, ...(next !== undefined && next !== '' && { next }) }
  } catch (error) {
    if (!(error instanceof RowUnfit)) throw error
    return { said: unclear(error.message) }
  }
}

function noticeId(messages: CmbMessages, body: Buffer): string | undefined {
  const answer = openedText(messages, body)
  return answer.kind === 'opened' ? createHash('sha256').update(answer.text).digest('hex') : undefined
}
