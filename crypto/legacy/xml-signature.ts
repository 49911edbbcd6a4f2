/**
 * RSA-SHA1 over an XML message without its `<SIGNED_MSG>` element, in hex inside that element: the GZELINK family
 * (bank-formats.md section 3.2). The bytes count as they are; where a bank signs the text in UTF-8 and sends it in
 * GBK, the agreement says so and the caller gives both.
 */
import { type KeyObject, sign, verify } from 'node:crypto'
import { EnvelopeRefused } from '../envelope.ts'
import { type LegacyAgreement, refuseUnlessAgreed } from './legacy-agreement.ts'

const BEGIN = Buffer.from('<SIGNED_MSG>')
const END = Buffer.from('</SIGNED_MSG>')
const EMPTY = Buffer.from('<SIGNED_MSG/>')
const SHORTEST_RSA_BITS = 1024
const LONGEST_HEX = 2048

/** A message with the place of its signature. */
export interface SignedXml {
  /** Bytes as they came. */
  readonly message: Buffer
  /** The same text in the encoding under which the bank signs, where that is another one. */
  readonly signedForm?: Buffer
}

/** Throws EnvelopeRefused unless one of the pinned RSA keys signed the message. */
export function verifyXmlSignature(
  xml: SignedXml,
  trustedKeys: readonly KeyObject[],
  agreement: LegacyAgreement,
): void {
  refuseUnlessAgreed('rsa-sha1-xml', agreement)
  const { signature } = takenApart(xml.message)
  const { rest } = takenApart(xml.signedForm ?? xml.message)
  if (!trustedKeys.some((key) => isStrongEnough(key) && verify('sha1', rest, key, signature))) {
    throw new EnvelopeRefused(
      'BAD_SIGNATURE',
      'the signature of the message does not verify with any pinned key',
    )
  }
}

/** Signature in lower-case hex over a message whose `<SIGNED_MSG>` element is there but empty, or is missing. */
export function signXml(message: Buffer, key: KeyObject, agreement: LegacyAgreement): string {
  refuseUnlessAgreed('rsa-sha1-xml', agreement)
  const place = elementIn(message)
  const rest = place === undefined ? message : without(message, place)
  return sign('sha1', rest, key).toString('hex')
}

interface Place {
  readonly start: number
  readonly end: number
  readonly text: string
}

function takenApart(message: Buffer): { rest: Buffer; signature: Buffer } {
  const place = elementIn(message)
  if (place === undefined || place.text === '') {
    throw new EnvelopeRefused('NOT_SIGNED', 'the message has no SIGNED_MSG element with a signature')
  }
  const isHex = /^(?:[0-9a-fA-F]{2})+$/.test(place.text) && place.text.length <= LONGEST_HEX
  if (!isHex) throw new EnvelopeRefused('BAD_SIGNATURE_SHAPE', 'the signature of the message is not hex')
  return { rest: without(message, place), signature: Buffer.from(place.text, 'hex') }
}

/** `<` is never the second byte of a GBK character, so the tags can be looked for in bytes. */
function elementIn(message: Buffer): Place | undefined {
  const start = message.indexOf(BEGIN)
  const empty = message.indexOf(EMPTY)
  if (start < 0 && empty < 0) return undefined
  if (start < 0) return onlyPlace(message, { start: empty, end: empty + EMPTY.length, text: '' })
  const end = message.indexOf(END, start)
  if (end < 0 || empty >= 0) throw malformed()
  const text = message.toString('latin1', start + BEGIN.length, end).trim()
  return onlyPlace(message, { start, end: end + END.length, text })
}

/** With a second element, readers could disagree about which one counts. */
function onlyPlace(message: Buffer, place: Place): Place {
  const rest = without(message, place)
  if ([BEGIN, EMPTY, END].some((tag) => rest.includes(tag))) throw malformed()
  return place
}

function without(message: Buffer, { start, end }: Place): Buffer {
  return Buffer.concat([message.subarray(0, start), message.subarray(end)])
}

function isStrongEnough(key: KeyObject): boolean {
  return (
    key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST_RSA_BITS
  )
}

function malformed(): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', 'the message has more or less than one SIGNED_MSG element')
}
