/**
 * Reads SignedData (RFC 5652 section 5) as a stream: the content goes to `take` while its digest grows, and is
 * verified once the signer, who stands behind it, is known.
 */
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
import { type Element, oidOf } from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { type CertificateFacts, embeddedCertificates } from './certificate-facts.ts'
import type { SigningFamily } from './message-family.ts'
import { type ReadContent, readWhole, type Taking } from './signed-content.ts'
import { type Trust, verifySigner } from './signer-info.ts'

const SMALL_BYTES = 64 * 1024
const MOST_CERTIFICATES_BYTES = 1024 * 1024
const MOST_REVOCATIONS_BYTES = 4 * 1024 * 1024

/** Under which family a message is read; `detachedContent` is what a signature without content stands for. */
export interface SignedReading extends Taking {
  readonly family: SigningFamily
  readonly detachedContent?: AsyncIterable<Buffer>
}

/** Reads and verifies a signed message to its end; gives size and SHA-256 (hex) of its content. */
export async function readSigned(
  signed: AsyncIterable<Buffer>,
  trust: Trust,
  reading: SignedReading,
): Promise<{ sizeBytes: number; sha256: string }> {
  const stream = berStream(signed)
  await enterSignedData(stream, reading.family)
  const digestName = onlyDigest(await readStructure(stream, TAG.set, SMALL_BYTES), reading.family)
  const content = await readContent(stream, digestName, trust, reading)
  const { signer, embedded } = await readTail(stream, trust)
  for (let level = 0; level < 3; level += 1) await leave(stream)
  await expectEnd(stream)
  return verified(signer, { digestName, content, embedded }, trust, reading.family)
}

/** What a message said of its content before its signer came; `digestName` is undefined when it named none. */
export interface Announced {
  readonly digestName: string | undefined
  readonly content: ReadContent
  /** Certificates of the message; only where authorities will look at them. */
  readonly embedded?: readonly CertificateFacts[]
}

/** The last decision on a signed message: throws EnvelopeRefused unless its signer stands behind the content. */
export function verified(
  signer: Element,
  { digestName, content, embedded = [] }: Announced,
  trust: Trust,
  family: SigningFamily,
): { sizeBytes: number; sha256: string } {
  if (digestName === undefined) throw malformed('the message names no digest')
  verifySigner(
    signer,
    { digestName, digest: content.digest, checks: content.checks, embedded },
    trust,
    family,
  )
  if (content.sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'the message has no content')
  return { sizeBytes: content.sizeBytes, sha256: content.sha256 }
}

/** Passes over certificates and revocations and gives the one SignerInfo of a message. */
async function readSigner(stream: BerStream): Promise<Element> {
  await skipOptional(stream, contextTag(0), MOST_CERTIFICATES_BYTES)
  await skipOptional(stream, contextTag(1), MOST_REVOCATIONS_BYTES)
  return onlySigner(await readStructure(stream, TAG.set, MOST_CERTIFICATES_BYTES))
}

/** The one SignerInfo of a message, and its certificates where authorities will look at them. */
export async function readTail(
  stream: BerStream,
  { authorities }: Trust,
): Promise<{ signer: Element; embedded: readonly CertificateFacts[] }> {
  if (authorities === undefined) return { signer: await readSigner(stream), embedded: [] }
  const tag = contextTag(0)
  const sent =
    (await peekTag(stream)) === tag ? await readStructure(stream, tag, MOST_CERTIFICATES_BYTES) : undefined
  const embedded = embeddedCertificates(sent?.children.map(({ encoded }) => encoded) ?? [])
  return { signer: await readSigner(stream), embedded }
}

/** Name of the one digest of a message; undefined for none at all, which a message without signers has. */
export function onlyDigest(algorithms: Element, family: SigningFamily): string | undefined {
  const [algorithm, ...others] = algorithms.children
  if (others.length > 0) throw malformed('the message names several digests')
  return algorithm === undefined ? undefined : family.digestNameOf(algorithm)
}

async function enterSignedData(stream: BerStream, family: SigningFamily): Promise<void> {
  if ((await peekTag(stream)) !== TAG.sequence) throw notSigned('the message is not SignedData')
  await enter(stream, TAG.sequence)
  const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
  if (oid !== family.signedDataType) throw notSigned(`the message has type ${oid}, not SignedData`)
  await enter(stream, contextTag(0))
  await enter(stream, TAG.sequence)
  await readStructure(stream, TAG.integer, SMALL_BYTES)
}

async function readContent(
  stream: BerStream,
  digestName: string | undefined,
  trust: Trust,
  reading: SignedReading,
): Promise<ReadContent> {
  await enter(stream, TAG.sequence)
  const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
  if (oid !== reading.family.dataType) throw malformed(`signed content of type ${oid} is not agreed`)
  const embedded = (await peekTag(stream)) === contextTag(0)
  if (embedded && reading.detachedContent !== undefined) {
    throw malformed('the signature holds content of its own where a detached one is agreed')
  }
  const chunks = embedded ? encapsulated(stream) : (reading.detachedContent ?? nothing())
  const content = await readWhole(inBlocks(chunks), { digestName, trust, reading })
  await leave(stream)
  return content
}

async function* encapsulated(stream: BerStream): AsyncGenerator<Buffer> {
  await enter(stream, contextTag(0))
  yield* octetsFrom(stream, TAG.octetString)
  await leave(stream)
}

async function* nothing(): AsyncGenerator<Buffer> {}

async function skipOptional(stream: BerStream, tag: number, mostBytes: number): Promise<void> {
  if ((await peekTag(stream)) === tag) await readStructure(stream, tag, mostBytes)
}

function onlySigner(signers: Element): Element {
  const [signer, ...others] = signers.children
  if (signer === undefined) throw notSigned('the message carries no signature')
  if (others.length > 0)
    throw new EnvelopeRefused('SEVERAL_SIGNERS', 'the message carries more than one signature')
  return signer
}

function notSigned(message: string): EnvelopeRefused {
  return new EnvelopeRefused('NOT_SIGNED', message)
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
