/**
 * Describes messages with the shapes of PKCS#7 (CMS, GM/T 0010) as a stream, in flat memory: the content flows by and
 * is counted. Indefinite lengths and cut strings are read as any reader of this folder reads them.
 */
import { X509Certificate } from 'node:crypto'
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
import { type Element, oidOf, timeOf } from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { certificateKeyId } from '../key-id.ts'
import { algorithmName, isGm, oidName } from './algorithm-name.ts'
import type { LayerDescription, NamedParty } from './envelope-description.ts'

const SMALL_BYTES = 64 * 1024
const LARGE_BYTES = 4 * 1024 * 1024
const MOST_SHOWN = 64

/** The outermost layer of a message. Throws EnvelopeRefused and BadEncoding for what is none. */
export async function describeCms(
  message: AsyncIterable<Buffer>,
): Promise<{ readonly scheme: 'cms' | 'gm'; readonly layer: LayerDescription }> {
  const stream = berStream(message)
  try {
    await enter(stream, TAG.sequence)
    const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
    await enter(stream, contextTag(0))
    await enter(stream, TAG.sequence)
    await readStructure(stream, TAG.integer, SMALL_BYTES)
    const seen = { gm: isGm(oid) }
    const layer = await describeBody(stream, oidName(oid), seen)
    for (let level = 0; level < 3; level += 1) await leave(stream)
    await expectEnd(stream)
    return { scheme: seen.gm ? 'gm' : 'cms', layer }
  } finally {
    await stream.iterator.return?.()
  }
}

function describeBody(stream: BerStream, type: string, seen: { gm: boolean }): Promise<LayerDescription> {
  switch (type) {
    case 'signedData':
      return describeSigned(stream, type, seen)
    case 'envelopedData':
    case 'authEnvelopedData':
      return describeEnveloped(stream, type, seen)
    case 'signedAndEnvelopedData':
      return describeBoth(stream, type, seen)
  }
  throw new EnvelopeRefused('MALFORMED', `a message of type ${type} is none that is known here`)
}

async function describeSigned(
  stream: BerStream,
  type: string,
  seen: { gm: boolean },
): Promise<LayerDescription> {
  await readStructure(stream, TAG.set, SMALL_BYTES)
  await enter(stream, TAG.sequence)
  await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES)
  const embedded = (await peekTag(stream)) === contextTag(0)
  if (embedded) await enter(stream, contextTag(0))
  const sizeBytes = embedded ? await countedBytes(octetsFrom(stream, TAG.octetString)) : undefined
  if (embedded) await leave(stream)
  await leave(stream)
  const tail = await describeTail(stream, seen)
  return { kind: 'signed', type, ...tail, ...(sizeBytes !== undefined && { sizeBytes }) }
}

async function describeEnveloped(
  stream: BerStream,
  type: string,
  seen: { gm: boolean },
): Promise<LayerDescription> {
  await skip(stream, contextTag(0), LARGE_BYTES)
  const recipients = recipientsOf(await readStructure(stream, TAG.set, LARGE_BYTES), seen)
  const encrypted = await describeEncrypted(stream, seen)
  for (const tag of [contextTag(1), TAG.octetString, contextTag(2)]) await skip(stream, tag, LARGE_BYTES)
  return { kind: 'encrypted', type, recipients, ...encrypted }
}

async function describeBoth(
  stream: BerStream,
  type: string,
  seen: { gm: boolean },
): Promise<LayerDescription> {
  const recipients = recipientsOf(await readStructure(stream, TAG.set, LARGE_BYTES), seen)
  await readStructure(stream, TAG.set, SMALL_BYTES)
  const encrypted = await describeEncrypted(stream, seen)
  const tail = await describeTail(stream, seen)
  return { kind: 'signed-and-encrypted', type, recipients, ...encrypted, ...tail }
}

async function describeEncrypted(stream: BerStream, seen: { gm: boolean }) {
  await enter(stream, TAG.sequence)
  await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES)
  const algorithm = await readStructure(stream, TAG.sequence, SMALL_BYTES)
  noteFamily(algorithm, seen)
  const sizeBytes = await countedBytes(octetsFrom(stream, contextTag(0, false)))
  await leave(stream)
  return { cipher: algorithmName(algorithm), sizeBytes }
}

async function describeTail(stream: BerStream, seen: { gm: boolean }) {
  const certificates =
    (await peekTag(stream)) === contextTag(0)
      ? certificatesOf(await readStructure(stream, contextTag(0), LARGE_BYTES))
      : []
  await skip(stream, contextTag(1), LARGE_BYTES)
  const signers = await readStructure(stream, TAG.set, LARGE_BYTES)
  return { certificates, signers: signers.children.slice(0, MOST_SHOWN).map((info) => signerOf(info, seen)) }
}

function recipientsOf(recipients: Element, seen: { gm: boolean }): NamedParty[] {
  return recipients.children.slice(0, MOST_SHOWN).map((recipient) => {
    if (recipient.tag !== TAG.sequence) return { id: 'not by key transport', algorithm: 'unknown' }
    noteFamily(recipient.children[2], seen)
    return { id: identityText(recipient.children[1]), algorithm: algorithmName(recipient.children[2]) }
  })
}

function signerOf(info: Element, seen: { gm: boolean }): NamedParty {
  const [, identity, digest, third, fourth] = info.children
  const hasAttributes = third?.tag === contextTag(0)
  const at = hasAttributes ? signingTimeOf(third) : undefined
  noteFamily(digest, seen)
  return {
    id: identityText(identity),
    digest: algorithmName(digest),
    algorithm: algorithmName(hasAttributes ? fourth : third),
    ...(at !== undefined && { at }),
  }
}

function signingTimeOf(attributes: Element): string | undefined {
  const time = attributes.children.find(
    ({ children: [type] }) => type?.tag === TAG.objectIdentifier && oidOf(type) === OID.signingTime,
  )
  const value = time?.children[1]?.children[0]
  return value === undefined ? undefined : timeOf(value).toISOString()
}

/** Content types of PKCS#7 do not tell the family, its algorithms do. */
function noteFamily(algorithm: Element | undefined, seen: { gm: boolean }): void {
  const [oid] = algorithm?.children ?? []
  if (oid?.tag === TAG.objectIdentifier && isGm(oidOf(oid))) seen.gm = true
}

function identityText(identity: Element | undefined): string {
  if (identity === undefined) return 'nobody'
  if (identity.tag !== TAG.sequence) return `key identifier ${identity.content.toString('hex').slice(0, 128)}`
  const [issuer, serial] = identity.children
  const shown = issuer === undefined ? '' : nameText(issuer)
  return `issuer ${shown} serial ${serial?.content.toString('hex').slice(0, 64) ?? ''}`
}

/** The strings of a name, without control characters: whoever wrote them is not trusted. */
function nameText(name: Element): string {
  const strings = name.children.flatMap(({ children }) =>
    children.flatMap(({ children: [, value] }) =>
      value === undefined ? [] : [value.content.toString('utf8')],
    ),
  )
  return printable(strings.join(', '))
}

const printable = (text: string): string => text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, 200)

function certificatesOf(set: Element) {
  return set.children.slice(0, MOST_SHOWN).flatMap(({ encoded }) => {
    try {
      const { subject, validTo } = new X509Certificate(encoded)
      const until = new Date(validTo).toISOString()
      return [{ keyId: certificateKeyId(encoded), subject: printable(subject.replaceAll('\n', ', ')), until }]
    } catch {
      return []
    }
  })
}

async function skip(stream: BerStream, tag: number, mostBytes: number): Promise<void> {
  if ((await peekTag(stream)) === tag) await readStructure(stream, tag, mostBytes)
}

async function countedBytes(chunks: AsyncIterable<Buffer>): Promise<number> {
  let sizeBytes = 0
  for await (const chunk of chunks) sizeBytes += chunk.length
  return sizeBytes
}
