/**
 * The shape of UnionPay batch payment (bank-formats §3.1): the packed file in the field `fileContent` of a signed form,
 * txnType 21 to hand it over and 22 to ask. A batch is known by merchant, batch number and time, which come from our
 * file and stay the same for every try. 03, 04 and 05 decide nothing; only 00 with a batch status or a file does.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { FormPostTerms } from '../../banks/channel-schema.ts'
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
import { type FormFields, formBody, isSignedForm, readForm, signedForm } from './form-fields.ts'

/** Keys of both sides. */
export interface FormKeys {
  readonly signing: KeyObject
  /** PEM of the certificate or public key that signs the bank's answers. */
  readonly bank: Buffer
}

const ownCodes: CodeLists = {
  accepted: ['00'],
  inProgress: ['03', '04', '05'],
  notKnown: ['34'],
  refused: [],
}

const contentType = 'application/x-www-form-urlencoded'

/** Makes the API of one bank. Throws what node:crypto throws for a key that is none. */
export function formPostApi(terms: FormPostTerms, keys: FormKeys): BankApi {
  const codes = laidOver(ownCodes, terms.codes)
  const bankKey = createPublicKey(keys.bank)
  const call = (path: string, fields: FormFields): ApiCall => ({
    path,
    contentType: `${contentType};charset=${terms.encoding}`,
    body: formBody(signedForm(fields, keys.signing)),
  })
  const read = (order: ApiOrder, body: Buffer): FormFields | string => verified(terms, bankKey, order, body)
  return {
    submission: async (order, content) => call(terms.submitPath, submissionFields(terms, order, content)),
    submitted(order, body) {
      const fields = read(order, body)
      return typeof fields === 'string' ? unclear(fields) : saidBy(codes, fields.respCode)
    },
    question: async (order) => call(terms.queryPath, { ...batchFields(terms, order), txnType: '22' }),
    answered(order, body) {
      const fields = read(order, body)
      return typeof fields === 'string' ? { said: unclear(fields) } : answeredBy(codes, fields)
    },
    notice: (body) => noticeId(bankKey, body),
    close: async () => {},
  }
}

function batchFields(terms: FormPostTerms, { header }: ApiOrder): FormFields {
  return {
    version: terms.version,
    encoding: terms.encoding,
    certId: terms.certId,
    signMethod: '01',
    txnSubType: '03',
    bizType: '000401',
    channelType: '07',
    accessType: '0',
    merId: terms.merchant,
    batchNo: String(header.sequence).padStart(4, '0'),
    txnTime: `${header.businessDate}${header.time ?? '000000'}`,
  }
}

function submissionFields(terms: FormPostTerms, order: ApiOrder, content: Buffer): FormFields {
  const { wrap, header, reference } = order
  if (!wrap) throw new Fault('AGREEMENT_INVALID', { problems: 'the profile packs no fileContent' })
  return {
    ...batchFields(terms, order),
    txnType: '21',
    totalQty: `${header.count}`,
    totalAmt: `${header.totalFen}`,
    reqReserved: reference,
    fileContent: wrap(content).toString('latin1'),
  }
}

/** The fields of an answer that the bank signed and that speaks of this batch, or what is wrong with it. */
function verified(
  terms: FormPostTerms,
  bankKey: KeyObject,
  order: ApiOrder,
  body: Buffer,
): FormFields | string {
  const fields = readForm(body)
  if (!fields) return 'the answer is no form'
  if (!isSignedForm(fields, bankKey)) return 'the answer is not signed by the bank'
  const { merId, batchNo, txnTime } = batchFields(terms, order)
  const ours = fields.merId === merId && fields.batchNo === batchNo && fields.txnTime === txnTime
  return ours ? fields : 'the answer speaks of another batch'
}

/** A query that was taken says nothing of the batch yet; that does the status of the batch, or the file. */
function answeredBy(codes: CodeLists, fields: FormFields): Answered {
  const said: Said = saidBy(codes, fields.respCode)
  const { fileContent, origRespCode } = fields
  if (said.kind === 'in-progress') return { said: unclear('the query itself was not answered') }
  if (said.kind !== 'accepted') return { said }
  if (fileContent !== undefined && fileContent !== '')
    return { said, page: Buffer.from(fileContent, 'latin1') }
  return { said: saidBy(codes, origRespCode) }
}

/** A notice is what the bank signed, once; the same fields are the same notice. */
function noticeId(bankKey: KeyObject, body: Buffer): string | undefined {
  const fields = readForm(body)
  if (!fields || !isSignedForm(fields, bankKey)) return undefined
  const { signature: _signature, ...signed } = fields
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(signed).toSorted()))
    .digest('hex')
}
