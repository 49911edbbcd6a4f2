/** The three shapes of a simulated bank's API: keys of both sides, the terms for the agreement, and how calls are handled. */
import { createCmbMessages } from '../../../crypto/gm/cmb-message.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import type { ApiTerms } from '../../../gateway/banks/channel-schema.ts'
import { signedForm } from '../../../gateway/transfer/api/form-fields.ts'
import type { ReceivedRequest } from '../bank/request-journal.ts'
import type { ApiDeskSide } from './api-desk.ts'
import { keptRsa, keptSecret, keptSm2, keptSm4 } from './api-keys.ts'
import type { ApiManners } from './api-manners.ts'
import { jsonQuery } from './api-misdeeds.ts'
import { formHandler } from './form-door.ts'
import type { DoorAnswer, DoorCall } from './https-door.ts'
import { jsonAnswer, jsonHandler } from './json-door.ts'
import type { KeptMap } from './kept-map.ts'
import { xmlDoorCodes, xmlHandler } from './xml-door.ts'

/** What a shape is made of. */
export interface ShapeSetup {
  readonly shape: ApiTerms['shape']
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  /** Names of the members of JSON rows, in the order of the layout's columns. */
  readonly columns?: { readonly request: readonly string[]; readonly answer: readonly string[] }
}

/** What a shape's handler works with. */
export interface ShapeDesk {
  readonly desk: ApiDeskSide
  readonly manners: ApiManners
  readonly profile: CompiledProfile
  /** References by what the bank calls a batch. */
  readonly batches: KeptMap
}

/** A shape with its keys read: terms for the agreement, its handler, and its notices. */
export interface ApiShape {
  readonly terms: Readonly<Record<string, unknown>>
  handler(desk: ShapeDesk): (call: DoorCall) => Promise<DoorAnswer>
  /** A notice about a file; undefined for a shape whose answers carry no signature. */
  notice(desk: ApiDeskSide, request: ReceivedRequest, moment: 'early' | 'done'): Buffer | undefined
}

/** Reads the keys of a shape, or makes them on the first use. */
export function openApiShape(setup: ShapeSetup): Promise<ApiShape> {
  switch (setup.shape) {
    case 'json-sm':
      return openJson(setup)
    case 'xml-post':
      return openXml(setup)
    case 'form-post':
      return openForm(setup)
  }
}

const uid = 'N002432301'

async function openJson({ folder, columns = jsonColumns }: ShapeSetup): Promise<ApiShape> {
  const own = await keptSm2(folder, 'bank-sm2-key')
  const customer = await keptSm2(folder, 'customer-sm2')
  const { key: symmetricKey, path: symmetricKeyFile } = await keptSm4(folder)
  const bankKey = await keptSecret(folder, 'bank-sm2', () => own.key.publicKey.point.toString('hex'))
  const names = { uid, submit: 'BB6BTHHL', query: jsonQuery, delimiter: '|' }
  const terms = { ...names, requestKeys: [...columns.request], answerKeys: [...columns.answer] }
  const signing = own.key
  const messages = createCmbMessages({
    uid,
    symmetricKey,
    signingKey: signing.key,
    bankKey: customer.key.publicKey.point,
  })
  const files = { symmetricKeyFile, signingKeyFile: customer.path, bankKeyFile: bankKey.path }
  const codes = { accepted: [], inProgress: [], notKnown: ['CMBN001'], refused: ['CMBR001'] }
  return {
    terms: { ...terms, ...files, codes },
    handler: ({ desk, manners }) => jsonHandler({ desk, manners, messages, signing, symmetricKey, terms }),
    notice: (desk, { fileName, at }, moment) => {
      const yurref = desk.referenceOf(fileName) ?? ''
      const reqid = `${yurref}${at.replace(/\D/g, '').slice(0, 14)}`
      const response = {
        head: { reqid, resultcode: 'SUC0000', resultmsg: moment },
        body: { bb6bpdqyz1: [{ yurref }] },
      }
      return Buffer.from(jsonAnswer({ uid, signing, symmetricKey }, response))
    },
  }
}

/** Names of the columns of the shipped rows. */
export const jsonColumns = {
  request: ['trxseq', 'accnbr', 'accnam', 'trsamt', 'trsdsp'],
  answer: ['trxseq', 'accnbr', 'accnam', 'trsamt', 'stscod', 'errdsp'],
}

async function openXml({ settings }: ShapeSetup): Promise<ApiShape> {
  const { notKnown, refused } = xmlDoorCodes
  const codes = { accepted: [], inProgress: [], notKnown: [notKnown], refused: [refused] }
  return {
    terms: { customer: settings.cis ?? '4301000001', userId: settings.certId ?? 'huida.c.4301', codes },
    handler: ({ desk, manners }) => xmlHandler({ desk, manners }),
    notice: () => undefined,
  }
}

async function openForm({ folder, settings }: ShapeSetup): Promise<ApiShape> {
  const own = await keptRsa(folder, 'bank-rsa-key')
  const customer = await keptRsa(folder, 'customer-rsa')
  const bankKey = await keptSecret(folder, 'bank-rsa', () => own.publicPem)
  const merchant = settings.merId ?? '777290058110097'
  const codes = { accepted: [], inProgress: [], notKnown: [], refused: ['11', '13'] }
  const files = { signingKeyFile: customer.path, bankKeyFile: bankKey.path }
  const customerKey = Buffer.from(customer.publicPem)
  return {
    terms: { merchant, certId: '68759585097', ...files, codes },
    handler: ({ desk, manners, profile, batches }) => {
      // A shape that nobody told otherwise answers five queries of a file.
      if (manners.mostQueries === Number.POSITIVE_INFINITY) manners.mostQueries = 5
      return formHandler({
        desk,
        profile,
        manners,
        signing: own.privateKey,
        customerKey,
        references: batches,
      })
    },
    notice: (desk, { fileName, at }, moment) => {
      const txnTime = at.replace(/\D/g, '').slice(0, 14)
      const reqReserved = desk.referenceOf(fileName) ?? ''
      const signed = signedForm(
        { merId: merchant, txnTime, reqReserved, respCode: '00', respMsg: moment },
        own.privateKey,
      )
      const pairs = Object.entries(signed).map(([name, value]) => `${name}=${value}`)
      return Buffer.from(pairs.join('&'))
    },
  }
}
