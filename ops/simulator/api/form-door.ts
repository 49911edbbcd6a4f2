/** A simulated bank behind a signed form (UnionPay style): txnType 21 takes a batch, 22 tells of it; five queries answer. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { unwrapped } from '../../../formats/wire/wrapped-content.ts'
import { type FormFields, isSignedForm, signedForm } from '../../../gateway/transfer/api/form-fields.ts'
import type { ApiDeskSide } from './api-desk.ts'
import { type ApiManners, spoils } from './api-manners.ts'
import type { DoorAnswer, DoorCall } from './https-door.ts'
import type { KeptMap } from './kept-map.ts'

/** What the door needs: its own key, the customer's public key, and the desk behind it. */
export interface FormDoor {
  readonly desk: ApiDeskSide
  readonly profile: CompiledProfile
  readonly manners: ApiManners
  readonly signing: KeyObject
  readonly customerKey: Buffer
  /** References of the customer by the name that the bank knows a batch by. */
  readonly references: KeptMap
}

const wrapping = { steps: ['zlib', 'base64'], maxPlainBytes: 64 * 1024 * 1024 } as const

/** Makes the handler of the door. */
export function formHandler(door: FormDoor): (call: DoorCall) => Promise<DoorAnswer> {
  const asked = new Map<string, number>()
  const customerKey = createPublicKey(door.customerKey)
  return async ({ body }) => {
    const fields = Object.fromEntries(new URLSearchParams(body.toString('latin1')))
    if (!isSignedForm(fields, customerKey))
      return answered(door, fields, { respCode: '11', respMsg: '验证签名失败' })
    const batch = `${fields.merId}/${fields.txnTime}/${fields.batchNo}`
    if (fields.txnType === '21') {
      await door.references.set(batch, fields.reqReserved ?? '')
      return take(door, fields)
    }
    return tell(door, fields, door.references.get(batch) ?? '', asked)
  }
}

async function take(door: FormDoor, fields: FormFields): Promise<DoorAnswer> {
  const content = unwrapped(Buffer.from(fields.fileContent ?? '', 'latin1'), wrapping)
  if (content.kind === 'refused')
    return answered(door, fields, { respCode: '13', respMsg: '报文交易要素缺失' })
  const taken = door.manners.shut
    ? 'refused'
    : await door.desk.take({
        reference: fields.reqReserved ?? '',
        businessDate: (fields.txnTime ?? '').slice(0, 8),
        sequence: Number(fields.batchNo),
        content: content.content,
      })
  if (spoils(door.manners, 'dropAfterTaking')) return { kind: 'break' }
  const codes = { taken: '00', refused: '13', duplicate: '12' } as const
  return answered(door, fields, { respCode: codes[taken], respMsg: '' })
}

/** A question that was answered counts; after the last one the bank says no more. */
async function tell(
  door: FormDoor,
  fields: FormFields,
  reference: string,
  asked: Map<string, number>,
): Promise<DoorAnswer> {
  const state = await door.desk.stateOf(reference)
  if (state.kind === 'unknown') return answered(door, fields, { respCode: '34', respMsg: '查无此交易' })
  const count = (asked.get(reference) ?? 0) + 1
  asked.set(reference, count)
  if (count > door.manners.mostQueries)
    return answered(door, fields, { respCode: '40', respMsg: '查询次数超限' })
  if (state.kind === 'refused') return answered(door, fields, { respCode: '00', origRespCode: '13' })
  if (state.kind === 'working' || spoils(door.manners, 'inProgress'))
    return answered(door, fields, { respCode: '00', origRespCode: '05' })
  const fileContent = door.profile.wrap?.(state.content).toString('latin1') ?? ''
  return answered(door, fields, { respCode: '00', origRespCode: '00', fileContent })
}

function answered(door: FormDoor, fields: FormFields, more: FormFields): DoorAnswer {
  const { merId = '', batchNo = '', txnTime = '', txnType = '', version = '' } = fields
  const signed = signedForm({ version, merId, batchNo, txnTime, txnType, ...more }, door.signing)
  const body = Object.entries(signed)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return { kind: 'answer', body }
}
