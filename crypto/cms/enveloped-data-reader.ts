/**
 * Reads EnvelopedData and AuthEnvelopedData (RFC 5652 section 6, RFC 5083) as a stream of plaintext. Whoever
 * consumes it may trust nothing before the stream ended without an error: only then tag, padding and the end of
 * the message were checked.
 */
import type { KeyObject } from 'node:crypto'
import { inBlocks } from '../byte-blocks.ts'
import {
  type BerStream,
  berStream,
  enter,
  expectEnd,
  leave,
  octetsFrom,
  peekTag,
  readStructure,
} from '../der/ber-stream.ts'
import { childOf, type Element, octetsOf, oidOf, smallIntegerOf } from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import { type ContentCipher, decrypted, initialVectorOf, TAG_BYTES } from './content-cipher.ts'
import { identityOf, names } from './key-identity.ts'
import { type KeyTransport, keyTransportOf, unwrapContentKey } from './key-transport.ts'

const SMALL_BYTES = 64 * 1024
const MOST_RECIPIENTS_BYTES = 256 * 1024
const MOST_ATTRIBUTES_BYTES = 1024 * 1024

/** With what a message may be opened. */
export interface Opening {
  readonly keys: readonly { readonly key: KeyObject; readonly certificate: CertificateFacts }[]
  readonly cipher: ContentCipher
  readonly keyTransport: KeyTransport
}

/** Yields the plaintext of an enveloped message; throws EnvelopeRefused. */
export async function* openEnveloped(
  sealed: AsyncIterable<Buffer>,
  opening: Opening,
): AsyncGenerator<Buffer> {
  const stream = berStream(sealed)
  try {
    yield* plaintextOf(stream, opening)
  } finally {
    await stream.iterator.return?.()
  }
}

async function* plaintextOf(stream: BerStream, opening: Opening): AsyncGenerator<Buffer> {
  const cipher = await enterEnvelope(stream, opening.cipher)
  const key = contentKeyOf(await readStructure(stream, TAG.set, MOST_RECIPIENTS_BYTES), opening)
  await enter(stream, TAG.sequence)
  await expectData(stream)
  const iv = initialVectorOf(await readStructure(stream, TAG.sequence, SMALL_BYTES), cipher)
  const tag = () => readTail(stream, cipher)
  yield* decrypted(inBlocks(octetsFrom(stream, contextTag(0, false))), { cipher, key, iv, tag })
}

/** Goes to the recipients of the envelope and says which cipher its kind stands for. */
async function enterEnvelope(stream: BerStream, agreed: ContentCipher): Promise<ContentCipher> {
  if ((await peekTag(stream)) !== TAG.sequence) throw notEncrypted()
  await enter(stream, TAG.sequence)
  const cipher = cipherOfKind(oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES)))
  if (cipher !== agreed && agreed === 'aes-256-gcm') {
    throw new EnvelopeRefused('WEAK_ALGORITHM', 'the message is not authenticated as agreed (AES-256-GCM)')
  }
  await enter(stream, contextTag(0))
  await enter(stream, TAG.sequence)
  const version = smallIntegerOf(await readStructure(stream, TAG.integer, SMALL_BYTES))
  if (version > (cipher === 'aes-256-gcm' ? 0 : 4))
    throw malformed(`version ${version} of an envelope is unknown`)
  const originator = contextTag(0)
  if ((await peekTag(stream)) === originator) await readStructure(stream, originator, MOST_ATTRIBUTES_BYTES)
  return cipher
}

function cipherOfKind(oid: string): ContentCipher {
  if (oid === OID.authEnvelopedData) return 'aes-256-gcm'
  if (oid === OID.envelopedData) return 'aes-256-cbc'
  throw notEncrypted()
}

async function expectData(stream: BerStream): Promise<void> {
  const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
  if (oid !== OID.data) throw malformed(`encrypted content of type ${oid} is not agreed`)
}

/** Our key may be one of several recipients; those that are not by RSA key transport are passed over. */
function contentKeyOf(recipients: Element, opening: Opening): Buffer {
  for (const recipient of recipients.children) {
    if (recipient.tag !== TAG.sequence) continue
    const identity = identityOf(recipient)
    const own = opening.keys.find(({ certificate }) => names(identity, certificate))
    if (own === undefined) continue
    if (smallIntegerOf(childOf(recipient, 0, TAG.integer)) !== (identity.tag === TAG.sequence ? 0 : 2)) {
      throw malformed('the version of a recipient does not fit how it is named')
    }
    const transport = keyTransportOf(childOf(recipient, 2, TAG.sequence))
    if (transport !== opening.keyTransport && transport === 'pkcs1') {
      throw new EnvelopeRefused('WEAK_ALGORITHM', 'the content key came as PKCS#1 v1.5 where OAEP is agreed')
    }
    return unwrapContentKey(octetsOf(childOf(recipient, 3, TAG.octetString)), own.key, transport)
  }
  throw new EnvelopeRefused('WRONG_RECIPIENT', 'the message is not encrypted for any of our keys')
}

/** Reads what follows the ciphertext, up to the end of the message, and gives the GCM tag. */
async function readTail(stream: BerStream, cipher: ContentCipher): Promise<Buffer> {
  await leave(stream)
  const tag = cipher === 'aes-256-gcm' ? await readTag(stream) : Buffer.alloc(0)
  const unprotected = contextTag(cipher === 'aes-256-gcm' ? 2 : 1)
  if ((await peekTag(stream)) === unprotected) await readStructure(stream, unprotected, MOST_ATTRIBUTES_BYTES)
  await leave(stream)
  await leave(stream)
  await leave(stream)
  await expectEnd(stream)
  return tag
}

async function readTag(stream: BerStream): Promise<Buffer> {
  if ((await peekTag(stream)) === contextTag(1)) throw malformed('authenticated attributes are not agreed')
  const tag = octetsOf(await readStructure(stream, TAG.octetString, SMALL_BYTES))
  if (tag.length !== TAG_BYTES) throw new EnvelopeRefused('WEAK_ALGORITHM', 'a GCM tag must have 16 bytes')
  return tag
}

function notEncrypted(): EnvelopeRefused {
  return new EnvelopeRefused('NOT_ENCRYPTED', 'the message is not encrypted as CMS EnvelopedData')
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
