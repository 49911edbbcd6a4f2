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
import { EnvelopeRefused } from '../envelope.ts'
import { certificateKeyId, type KeyTrail } from '../key-id.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import { decrypted } from './content-cipher.ts'
import { identityOf, names } from './key-identity.ts'
import type { Decryption, EncryptionFamily, EnvelopeKind } from './message-family.ts'

const SMALL_BYTES = 64 * 1024
const MOST_RECIPIENTS_BYTES = 256 * 1024
const MOST_ATTRIBUTES_BYTES = 1024 * 1024

/** With what a message may be opened. */
export interface Opening {
  readonly keys: readonly { readonly key: KeyObject; readonly certificate: CertificateFacts }[]
  readonly family: EncryptionFamily
  /** Told which key opened. */
  readonly trail?: KeyTrail
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
  const kind = await enterEnvelope(stream, opening.family)
  const key = await readContentKey(stream, opening)
  const decryption = await enterEncrypted(stream, { kind, key, dataType: opening.family.dataType })
  yield* decrypted(ciphertextOf(stream), decryption, () => readTail(stream, kind.tagBytes))
}

/** Goes inside a message of an encrypted kind, past its version and its originator. */
export async function enterEnvelope(stream: BerStream, family: EncryptionFamily): Promise<EnvelopeKind> {
  if ((await peekTag(stream)) !== TAG.sequence) {
    throw new EnvelopeRefused('NOT_ENCRYPTED', 'the message is not encrypted as agreed')
  }
  await enter(stream, TAG.sequence)
  const kind = family.kindOf(oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES)))
  await enter(stream, contextTag(0))
  await enter(stream, TAG.sequence)
  const version = smallIntegerOf(await readStructure(stream, TAG.integer, SMALL_BYTES))
  if (version > kind.latestVersion) throw malformed(`version ${version} of an envelope is unknown`)
  const originator = contextTag(0)
  if ((await peekTag(stream)) === originator) await readStructure(stream, originator, MOST_ATTRIBUTES_BYTES)
  return kind
}

/** Reads the recipients and decrypts the content key that is for us; throws EnvelopeRefused. */
export async function readContentKey(stream: BerStream, opening: Opening): Promise<Buffer> {
  return contentKeyOf(await readStructure(stream, TAG.set, MOST_RECIPIENTS_BYTES), opening)
}

/** Goes inside the encrypted content, up to its ciphertext. */
export async function enterEncrypted(
  stream: BerStream,
  by: { readonly kind: EnvelopeKind; readonly key: Buffer; readonly dataType: string },
): Promise<Decryption> {
  await enter(stream, TAG.sequence)
  await expectData(stream, by.dataType)
  return by.kind.startDecryption(await readStructure(stream, TAG.sequence, SMALL_BYTES), by.key)
}

/** The ciphertext in blocks; `leave` the encrypted content after it. */
export function ciphertextOf(stream: BerStream): AsyncGenerator<Buffer> {
  return inBlocks(octetsFrom(stream, contextTag(0, false)))
}

async function expectData(stream: BerStream, dataType: string): Promise<void> {
  const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
  if (oid !== dataType) throw malformed(`encrypted content of type ${oid} is not agreed`)
}

/** Our key may be one of several recipients; those that are not by key transport are passed over. */
function contentKeyOf(recipients: Element, opening: Opening): Buffer {
  const { family } = opening
  for (const recipient of recipients.children) {
    if (recipient.tag !== TAG.sequence) continue
    const identity = identityOf(recipient)
    const own = opening.keys.find(({ certificate }) => names(identity, certificate))
    if (own === undefined) continue
    const naming = identity.tag === TAG.sequence ? 'issuer-and-serial' : 'key-identifier'
    const version = smallIntegerOf(childOf(recipient, 0, TAG.integer))
    if (!family.recipientVersions[naming].includes(version)) {
      throw malformed('the version of a recipient does not fit how it is named')
    }
    if (opening.trail !== undefined) opening.trail.openedBy = certificateKeyId(own.certificate.encoded)
    const wrapped = octetsOf(childOf(recipient, 3, TAG.octetString))
    return family.unwrap(childOf(recipient, 2, TAG.sequence), wrapped, own.key)
  }
  throw new EnvelopeRefused('WRONG_RECIPIENT', 'the message is not encrypted for any of our keys')
}

/** Reads what follows the ciphertext, up to the end of the message, and gives the tag if there is one. */
async function readTail(stream: BerStream, tagBytes: number): Promise<Buffer> {
  await leave(stream)
  const tag = tagBytes > 0 ? await readTag(stream, tagBytes) : Buffer.alloc(0)
  const unprotected = contextTag(tagBytes > 0 ? 2 : 1)
  if ((await peekTag(stream)) === unprotected) await readStructure(stream, unprotected, MOST_ATTRIBUTES_BYTES)
  for (let level = 0; level < 3; level += 1) await leave(stream)
  await expectEnd(stream)
  return tag
}

async function readTag(stream: BerStream, tagBytes: number): Promise<Buffer> {
  if ((await peekTag(stream)) === contextTag(1)) throw malformed('authenticated attributes are not agreed')
  const tag = octetsOf(await readStructure(stream, TAG.octetString, SMALL_BYTES))
  if (tag.length !== tagBytes) {
    throw new EnvelopeRefused('WEAK_ALGORITHM', `the authentication tag must have ${tagBytes} bytes`)
  }
  return tag
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
