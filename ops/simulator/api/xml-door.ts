/** A simulated bank behind XML in a form (ICBC style): PAYPER takes a package, QPAYPER tells of it and of its rows. */
import type { ApiDeskSide, ApiState } from './api-desk.ts'
import { type ApiManners, spoils } from './api-manners.ts'
import type { DoorAnswer, DoorCall } from './https-door.ts'

/** What the door needs. */
export interface XmlDoor {
  readonly desk: ApiDeskSide
  readonly manners: ApiManners
}

/** Codes of this bank beside 0; they are made up, as each contract has its own. */
export const xmlDoorCodes = {
  notKnown: 'B0115',
  duplicate: 'B0116',
  refused: 'B0020',
  queries: 'B0117',
} as const

/** Makes the handler of the door. */
export function xmlHandler(door: XmlDoor): (call: DoorCall) => Promise<DoorAnswer> {
  const asked = new Map<string, number>()
  return async ({ body }) => {
    const form = new URLSearchParams(body.toString('latin1'))
    const content = Buffer.from(form.get('reqData') ?? '', 'base64')
    const text = content.toString('latin1')
    const code = form.get('TransCode') ?? ''
    const reference = /<fSeqno>(\w+)<\/fSeqno>/.exec(text)?.[1] ?? ''
    if (code !== 'QPAYPER') return take(door, code, reference, text, content)
    const count = (asked.get(reference) ?? 0) + 1
    const state = await door.desk.stateOf(reference)
    if (state.kind !== 'unknown') asked.set(reference, count)
    if (count > door.manners.mostQueries) return packaged(code, reference, xmlDoorCodes.queries)
    return tell(door, code, reference, state)
  }
}

async function take(
  door: XmlDoor,
  code: string,
  reference: string,
  text: string,
  content: Buffer,
): Promise<DoorAnswer> {
  const businessDate = /<TranDate>(\d{8})<\/TranDate>/.exec(text)?.[1] ?? ''
  const taken = door.manners.shut ? 'refused' : await door.desk.take({ reference, businessDate, content })
  if (spoils(door.manners, 'dropAfterTaking')) return { kind: 'break' }
  const codes = { taken: '0', refused: xmlDoorCodes.refused, duplicate: xmlDoorCodes.duplicate } as const
  return packaged(code, reference, codes[taken])
}

function tell(door: XmlDoor, code: string, reference: string, state: ApiState): DoorAnswer {
  switch (state.kind) {
    case 'unknown':
      return packaged(code, reference, xmlDoorCodes.notKnown)
    case 'refused':
      return packaged(code, reference, xmlDoorCodes.refused)
    case 'working':
      return packaged(code, reference, '0')
    case 'answered':
      if (spoils(door.manners, 'inProgress')) return packaged(code, reference, '0')
      return { kind: 'answer', body: `reqData=${state.content.toString('base64')}` }
  }
}

/** A package without rows. */
function packaged(code: string, reference: string, retCode: string): DoorAnswer {
  const xml = `<?xml version="1.0" encoding="GBK"?>
<CMS><eb><pub><TransCode>${code}</TransCode><fSeqno>${reference}</fSeqno><RetCode>${retCode}</RetCode><RetMsg/></pub><out></out></eb></CMS>
`
  return { kind: 'answer', body: `reqData=${Buffer.from(xml, 'latin1').toString('base64')}` }
}
