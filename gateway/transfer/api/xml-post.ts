/**
 * The shape of ICBC's PAYPER and QPAYPER (bank-formats §3.5): the composed XML is signed by the bank's front end where
 * the agreement has one, goes out as `reqData` of a form, and the answer is `reqData=` and Base64 of XML. The package
 * has a code of its own; rows are read by the profile. The reference is fSeqno, our file number.
 */

import { charset } from '../../../formats/values/charset.ts'
import type { XmlPostTerms } from '../../banks/channel-schema.ts'
import { chinaClock, chinaDay } from '../../clock.ts'
import { Fault } from '../../faults.ts'
import {
  type Answered,
  type ApiCall,
  type ApiOrder,
  type BankApi,
  type CodeLists,
  laidOver,
  type Said,
  saidBy,
  unclear,
} from './bank-api.ts'
import type { HttpsLine } from './https-line.ts'
import { type XmlFacts, xmlFacts } from './xml-facts.ts'

const ownCodes: CodeLists = { accepted: ['0'], inProgress: [], notKnown: [], refused: [] }

const codePath = 'CMS/eb/pub/RetCode'
const referencePaths = ['CMS/eb/pub/fSeqno', 'CMS/eb/out/QryfSeqno'] as const
const rowPaths = ['CMS/eb/out/rd', 'CMS/eb/out/zip'] as const
const prefix = 'reqData='

/** Makes the API of one bank; `signer` is the line to the front end that signs, where the agreement has one. */
export function xmlPostApi(terms: XmlPostTerms, signer: HttpsLine | undefined): BankApi {
  const codes = laidOver(ownCodes, terms.codes)
  const call = async (order: ApiOrder, code: string, document: Buffer, at: Date): Promise<ApiCall> =>
    posted(terms, order, code, await signed(terms, signer, document), at)
  return {
    submission: (order, content, at) => call(order, terms.submit, content, at),
    submitted(order, body) {
      const read = readAnswer(terms, order, body)
      return typeof read === 'string' ? unclear(read) : saidBy(codes, read.facts.texts.get(codePath))
    },
    question: (order, at) => call(order, terms.query, questionDocument(terms, order, at), at),
    answered(order, body) {
      const read = readAnswer(terms, order, body)
      return typeof read === 'string' ? { said: unclear(read) } : answeredBy(codes, read)
    },
    // Answers of this interface carry no signature, so a notice could come from anybody.
    notice: () => undefined,
    close: async () => signer?.close(),
  }
}

function posted(terms: XmlPostTerms, order: ApiOrder, code: string, data: string, at: Date): ApiCall {
  const time = `${chinaDay(at).replaceAll('-', '')}${chinaClock(at)}000`
  const query = new URLSearchParams({ userID: terms.userId, PackageID: order.reference, SendTime: time })
  const form = new URLSearchParams({
    Version: '0.0.1.0',
    TransCode: code,
    BankCode: terms.bankCode,
    GroupCIF: terms.customer,
    ID: terms.userId,
    PackageID: order.reference,
    Cert: '',
    reqData: data,
  })
  return {
    path: `${terms.path}?${query}`,
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from(form.toString(), 'latin1'),
  }
}

/** What goes into reqData. Throws a Fault when the front end does not sign: then nothing has left us. */
async function signed(
  { sign }: XmlPostTerms,
  signer: HttpsLine | undefined,
  document: Buffer,
): Promise<string> {
  if (!sign || !signer) return document.toString('base64')
  const answer = await signer.post({ path: sign.path, contentType: sign.contentType, body: document })
  if (answer.kind === 'not-sent' || answer.kind === 'unanswered')
    throw new Fault('BANK_UNREACHABLE', { reason: 'the front end does not sign', found: answer.fault.code })
  const found = /<sign>\s*([A-Za-z0-9+/=\s]+?)\s*<\/sign>/.exec(answer.body.toString('latin1'))?.[1]
  if (answer.status !== 200 || found === undefined)
    throw new Fault('BANK_UNREACHABLE', { reason: 'the front end gave no signature', status: answer.status })
  return found.replace(/\s+/g, '')
}

function questionDocument(terms: XmlPostTerms, { reference }: ApiOrder, at: Date): Buffer {
  const names = { gbk: 'GBK', gb18030: 'GB18030', utf8: 'UTF-8' } as const
  const text = `<?xml version="1.0" encoding="${names[terms.charset]}"?>
<CMS><eb><pub><TransCode>${terms.query}</TransCode><CIS>${terms.customer}</CIS><BankCode>${terms.bankCode}</BankCode><ID>${terms.userId}</ID><TranDate>${chinaDay(at).replaceAll('-', '')}</TranDate><TranTime>${chinaClock(at)}000</TranTime><fSeqno>${reference}</fSeqno></pub><in><QryfSeqno>${reference}</QryfSeqno><QrySerialNo></QrySerialNo></in></eb></CMS>
`
  return charset(terms.charset).encode(text)
}

interface ReadAnswer {
  readonly document: Buffer
  readonly facts: XmlFacts
}

/** An answer that is XML and speaks of this file, or what is wrong with it. */
function readAnswer({ charset: name }: XmlPostTerms, order: ApiOrder, body: Buffer): ReadAnswer | string {
  const text = body.toString('latin1').trim()
  if (!text.startsWith(prefix)) return 'the answer does not begin with reqData='
  const base64 = text.slice(prefix.length).replace(/[\r\n]+/g, '')
  const document = Buffer.from(base64, 'base64')
  if (document.length === 0 || document.toString('base64') !== base64) return 'the answer is not Base64'
  const facts = xmlFacts(document, name, [codePath, ...referencePaths, ...rowPaths])
  if (!facts) return 'the answer is no XML of the agreed charset'
  const references = referencePaths.flatMap((path) => facts.texts.get(path) ?? [])
  const ours = references.length > 0 && references.every((one) => one === order.reference)
  return ours ? { document, facts } : 'the answer speaks of another file'
}

/** A package that was taken and shows no rows yet is being worked on. */
function answeredBy(codes: CodeLists, { document, facts }: ReadAnswer): Answered {
  const said: Said = saidBy(codes, facts.texts.get(codePath))
  if (said.kind !== 'accepted') return { said }
  return rowPaths.some((path) => facts.paths.has(path))
    ? { said, page: document }
    : { said: { kind: 'in-progress' } }
}
