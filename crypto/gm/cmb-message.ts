/**
 * Messages of the enterprise interface of China Merchants Bank (CMB) under its Chinese scheme: canonical JSON with a
 * placeholder where the signature goes, SM2 (r and s, Base64) put in its place, the whole under SM4-CBC with a key that
 * both sides hold, Base64. Answers come back the same way, or in clear text when the bank tells an error.
 */
import type { KeyObject } from 'node:crypto'
import { EnvelopeRefused } from '../envelope.ts'
import { BadJson, canonicalJson, type JsonTree, readJson } from './canonical-json.ts'
import { type Sm2PrivateKey, type Sm2PublicKey, sm2PrivateKeyOf, sm2PublicKey } from './sm2-keys.ts'
import { RAW_SIGNATURE_BYTES, signSm2, verifySm2 } from './sm2-signature.ts'
import { SM4_BYTES, startSm4Decryption, startSm4Encryption } from './sm4.ts'

const PLACEHOLDER = '__signature_sigdat__'
/** Most characters of an answer that are read; the interface pages long lists. */
const LONGEST_ANSWER = 16 * 1024 * 1024
const LONGEST_ERROR_SHOWN = 200
const USER_ID_BYTES = 16

/** What CMB and a company agree on. */
export interface CmbAgreement {
  /** The operator's UID: ASCII, 10 characters or more, because the initial vector is made of it. */
  readonly uid: string
  /** The SM4 key that both sides hold, 16 bytes. */
  readonly symmetricKey: Buffer
  /** Our SM2 key. */
  readonly signingKey: KeyObject
  /** The bank's SM2 public key as CMB hands it out: 65 bytes, 04 and the coordinates. */
  readonly bankKey: Buffer
}

/** Seals and opens messages of one agreement. */
export interface CmbMessages {
  /**
   * DATA of a request. `request` is the text of the JSON object that goes under `request`; its numbers are sent as
   * written. Throws BadJson, also for anything but an object.
   */
  seal(request: string, at: Date): string
  /** Form fields of the call, not URL-encoded yet. */
  form(functionCode: string, data: string): Readonly<Record<'UID' | 'FUNCODE' | 'ALG' | 'DATA', string>>
  /**
   * Canonical JSON of a verified answer, its signature included. Throws EnvelopeRefused: CLEAR_TEXT for an error told
   * in clear text, MALFORMED, UNDECRYPTABLE, NOT_SIGNED, BAD_SIGNATURE_SHAPE, BAD_SIGNATURE, TOO_LARGE.
   */
  open(answer: string): string
}

/** Throws RangeError for a UID or key of the wrong length, and KeyRefused for keys that are not SM2. */
export function createCmbMessages(agreement: CmbAgreement): CmbMessages {
  const agreed = readAgreement(agreement)
  return {
    seal: (request, at) => seal(agreed, request, at),
    form: (functionCode, data) => ({ UID: agreed.uid, FUNCODE: functionCode, ALG: 'SM', DATA: data }),
    open: (answer) => open(agreed, answer),
  }
}

interface Agreed {
  readonly uid: string
  readonly symmetricKey: Buffer
  readonly iv: Buffer
  readonly userId: string
  readonly signingKey: Sm2PrivateKey
  readonly bankKey: Sm2PublicKey
}

function readAgreement({ uid, symmetricKey, signingKey, bankKey }: CmbAgreement): Agreed {
  const iv = Buffer.from(`${uid}000000`.slice(0, SM4_BYTES), 'latin1')
  if (!/^[!-~]+$/.test(uid) || iv.length !== SM4_BYTES) {
    throw new RangeError('a UID of CMB is ASCII and has at least 10 characters')
  }
  if (symmetricKey.length !== SM4_BYTES) throw new RangeError('the symmetric key of CMB has 16 bytes')
  return {
    uid,
    symmetricKey,
    iv,
    userId: `${uid}${'0'.repeat(USER_ID_BYTES)}`.slice(0, USER_ID_BYTES),
    signingKey: sm2PrivateKeyOf(signingKey),
    bankKey: sm2PublicKey(bankKey),
  }
}

function seal(agreed: Agreed, request: string, at: Date): string {
  const body = readJson(request)
  if (body.kind !== 'object') throw new BadJson('a request of CMB is a JSON object')
  const unsigned = (signature: string): JsonTree =>
    objectOf({
      request: body,
      signature: objectOf({ sigdat: text(signature), sigtim: text(beijingTime(at)) }),
    })
  const signed = Buffer.from(canonicalJson(unsigned(PLACEHOLDER)), 'utf8')
  const signature = signSm2(signed, agreed.signingKey, { userId: agreed.userId, shape: 'raw' })
  const message = Buffer.from(canonicalJson(unsigned(signature.toString('base64'))), 'utf8')
  const cipher = startSm4Encryption(agreed.symmetricKey, { mode: 'cbc', iv: agreed.iv, padding: 'pkcs7' })
  return Buffer.concat([cipher.update(message), cipher.finish()]).toString('base64')
}

function open(agreed: Agreed, answer: string): string {
  if (answer.length > LONGEST_ANSWER) {
    throw new EnvelopeRefused('TOO_LARGE', `the answer is longer than ${LONGEST_ANSWER} characters`)
  }
  refuseClearText(answer)
  const message = jsonOf(decrypt(agreed, base64Of(answer.trim())))
  const { signature, unsigned } = signatureOf(message)
  const signed = Buffer.from(canonicalJson(unsigned), 'utf8')
  if (!verifySm2(signed, signature, agreed.bankKey, { userId: agreed.userId, shape: 'raw' })) {
    throw new EnvelopeRefused('BAD_SIGNATURE', 'the answer is not signed by the key of the bank')
  }
  return canonicalJson(message)
}

/** The bank tells errors of the connection without sealing them; anybody could, so they decide nothing. */
function refuseClearText(answer: string): void {
  const shown = answer.trimStart()
  if (!shown.startsWith('CDCServer:') && !shown.startsWith('ErrMsg')) return
  const line = shown.slice(0, LONGEST_ERROR_SHOWN).replace(/\p{C}+/gu, ' ')
  throw new EnvelopeRefused('CLEAR_TEXT', `the bank answered in clear text: ${line}`)
}

function base64Of(answer: string): Buffer {
  const compact = answer.replace(/[\r\n]+/g, '')
  const bytes = Buffer.from(compact, 'base64')
  if (bytes.length === 0 || bytes.toString('base64') !== compact) {
    throw malformed('the answer is neither Base64 nor an error in clear text')
  }
  return bytes
}

function decrypt(agreed: Agreed, sealed: Buffer): Buffer {
  const cipher = startSm4Decryption(agreed.symmetricKey, { mode: 'cbc', iv: agreed.iv, padding: 'pkcs7' })
  return Buffer.concat([cipher.update(sealed), cipher.finish()])
}

function jsonOf(bytes: Buffer): JsonTree {
  try {
    return readJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw malformed(error instanceof BadJson ? error.message : 'the decrypted answer is not UTF-8')
  }
}

/** The signature of a message, and the message as it was signed. */
function signatureOf(message: JsonTree): { signature: Buffer; unsigned: JsonTree } {
  const part = message.kind === 'object' ? message.members.get('signature') : undefined
  const value = part?.kind === 'object' ? part.members.get('sigdat') : undefined
  if (message.kind !== 'object' || part?.kind !== 'object' || value?.kind !== 'string') {
    throw new EnvelopeRefused('NOT_SIGNED', 'the answer carries no signature')
  }
  const signature = Buffer.from(value.value, 'base64')
  if (signature.length !== RAW_SIGNATURE_BYTES || signature.toString('base64') !== value.value) {
    throw new EnvelopeRefused('BAD_SIGNATURE_SHAPE', 'the signature is not Base64 of 64 bytes')
  }
  const blank: JsonTree = { kind: 'object', members: new Map(part.members).set('sigdat', text(PLACEHOLDER)) }
  return {
    signature,
    unsigned: { kind: 'object', members: new Map(message.members).set('signature', blank) },
  }
}

function objectOf(members: Readonly<Record<string, JsonTree>>): JsonTree {
  return { kind: 'object', members: new Map(Object.entries(members)) }
}

function text(value: string): JsonTree {
  return { kind: 'string', value }
}

/** yyyyMMddHHmmss in China, which has had one time zone without summer time since 1991. */
function beijingTime(at: Date): string {
  const shifted = new Date(at.getTime() + 8 * 3_600_000)
  return shifted.toISOString().slice(0, 19).replace(/[-:T]/g, '')
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
