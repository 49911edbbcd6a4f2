/**
 * A simulated bank behind sorted JSON under SM2 and SM4 (CMB style): one service takes a batch, the other tells of it and
 * gives its rows in pages. Its answers are sealed here by hand, as the bank does it, and not by our own client.
 */
import { canonicalJson, readJson } from '../../../crypto/gm/canonical-json.ts'
import type { CmbMessages } from '../../../crypto/gm/cmb-message.ts'
import type { Sm2PrivateKey } from '../../../crypto/gm/sm2-keys.ts'
import { signSm2 } from '../../../crypto/gm/sm2-signature.ts'
import { startSm4Encryption } from '../../../crypto/gm/sm4.ts'
import type { JsonSmTerms } from '../../../gateway/banks/channel-schema.ts'
import { itemsOf, memberOf, rowsOfLines, textOf } from '../../../gateway/transfer/api/json-rows.ts'
import type { ApiDeskSide, ApiState } from './api-desk.ts'
import { type ApiManners, spoils } from './api-manners.ts'
import type { DoorAnswer, DoorCall } from './https-door.ts'

/** What the door needs: `messages` opens what the customer sealed. */
export interface JsonDoor {
  readonly desk: ApiDeskSide
  readonly manners: ApiManners
  readonly messages: CmbMessages
  readonly signing: Sm2PrivateKey
  readonly symmetricKey: Buffer
  readonly terms: Pick<JsonSmTerms, 'uid' | 'submit' | 'query' | 'requestKeys' | 'answerKeys' | 'delimiter'>
}

type Json = ReturnType<typeof readJson>

/** Makes the handler of the door. */
export function jsonHandler(door: JsonDoor): (call: DoorCall) => Promise<DoorAnswer> {
  return async ({ body }) => {
    const form = new URLSearchParams(body.toString('latin1'))
    const request = memberOf(readJson(door.messages.open(form.get('DATA') ?? '')), 'request')
    const head = memberOf(request, 'head')
    const reqid = textOf(memberOf(head, 'reqid')) ?? ''
    const asked = memberOf(request, 'body')
    const code = textOf(memberOf(head, 'funcode'))
    return code === door.terms.submit ? take(door, reqid, asked) : tell(door, reqid, asked)
  }
}

async function take(door: JsonDoor, reqid: string, body: Json | undefined): Promise<DoorAnswer> {
  const batch = itemsOf(memberOf(body, 'bb6cdcbhx1'))[0]
  const reference = textOf(memberOf(batch, 'yurref')) ?? ''
  const lines = itemsOf(memberOf(body, 'bb6cdcdlx1')).map((row) =>
    door.terms.requestKeys.map((key) => textOf(memberOf(row, key)) ?? '').join(door.terms.delimiter),
  )
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8')
  const businessDate = reqid.slice(reference.length, reference.length + 8)
  const taken = door.manners.shut ? 'refused' : await door.desk.take({ reference, businessDate, content })
  if (spoils(door.manners, 'dropAfterTaking')) return { kind: 'break' }
  const codes = { taken: 'SUC0000', refused: 'CMBR001', duplicate: 'CMBD001' } as const
  return sealed(door, reqid, codes[taken], { bb6cdcbhz1: [{ yurref: reference, reqnbr: '0000000001' }] })
}

async function tell(door: JsonDoor, reqid: string, body: Json | undefined): Promise<DoorAnswer> {
  const asked = itemsOf(memberOf(body, 'bb6bpdqyx1'))[0]
  const yurref = textOf(memberOf(asked, 'yurref')) ?? ''
  const state = await door.desk.stateOf(yurref)
  if (state.kind === 'unknown') return sealed(door, reqid, 'CMBN001', {})
  if (state.kind !== 'answered' || spoils(door.manners, 'inProgress'))
    return sealed(door, reqid, 'SUC0000', { bb6bpdqyz1: [{ yurref, reqsta: 'BNK' }] })
  return sealed(door, reqid, 'SUC0000', pageOf(door, yurref, state, textOf(memberOf(asked, 'ctnkey')) ?? ''))
}

/** The page that begins at row `from`; the key of the next one is the number of its first row. */
function pageOf(
  { manners, terms }: JsonDoor,
  yurref: string,
  { content }: Extract<ApiState, { kind: 'answered' }>,
  from: string,
): object {
  const rows = rowsOfLines(content, terms.answerKeys, terms.delimiter)
  const begin = Number(from === '' ? '0' : from)
  const end = begin + manners.pageRows
  return {
    bb6bpdqyz1: [{ yurref, reqsta: 'FIN', rtnflg: 'S' }],
    bb6bpdqyz2: rows.slice(begin, end),
    bb6bpdqyy1: [{ ctnkey: end < rows.length ? `${end}` : '' }],
  }
}

const sealed = (door: JsonDoor, reqid: string, resultcode: string, body: object): DoorAnswer => ({
  kind: 'answer',
  body: jsonAnswer(
    { ...door, uid: door.terms.uid, signature: door.manners.signature },
    { head: { reqid, resultcode, resultmsg: '' }, body },
  ),
})

/** Keys with which a bank seals its answers. */
export interface JsonSealing {
  readonly uid: string
  readonly signing: Sm2PrivateKey
  readonly symmetricKey: Buffer
  /** As agreed unless told: r and s under the user id of the UID. */
  readonly signature?: ApiManners['signature']
}

/** An answer as the bank sends it: signed with the placeholder in place, encrypted, in Base64. */
export function jsonAnswer(
  { uid, signing, symmetricKey, signature: manner = 'usual' }: JsonSealing,
  response: object,
): string {
  const text = (sigdat: string): Buffer =>
    Buffer.from(
      canonicalJson(readJson(JSON.stringify({ response, signature: { sigdat, sigtim: '20261120100000' } }))),
    )
  const userId = manner === 'other-user-id' ? 'ALICE123@YAHOO.COM' : `${uid}${'0'.repeat(16)}`.slice(0, 16)
  const signature = signSm2(text('__signature_sigdat__'), signing, {
    userId,
    shape: manner === 'der' ? 'der' : 'raw',
  })
  const iv = Buffer.from(`${uid}000000`.slice(0, 16), 'latin1')
  const cipher = startSm4Encryption(symmetricKey, { mode: 'cbc', iv, padding: 'pkcs7' })
  return Buffer.concat([cipher.update(text(signature.toString('base64'))), cipher.finish()]).toString(
    'base64',
  )
}
