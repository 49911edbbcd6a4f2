/**
 * Reads SignedData (RFC 5652 section 5) as a stream: the content goes to `take` while its digest grows, and is
 * verified once the signer, who stands behind it, is known.
 */
import { createHash } from 'node:crypto'
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
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { type DigestName, digestNameOf } from './signature-algorithm.ts'
import { type Trust, verifySigner } from './signer-info.ts'

const SMALL_BYTES = 64 * 1024
const MOST_CERTIFICATES_BYTES = 1024 * 1024
const MOST_REVOCATIONS_BYTES = 4 * 1024 * 1024

/** Where the content goes and how much of it is allowed. */
export interface Taking {
  readonly take: (chunk: Buffer) => Promise<void>
  readonly maxContentBytes: number
}

/** Reads and verifies a signed message to its end; gives the SHA-256 (hex) of its content. */
export async function readSigned(
  signed: AsyncIterable<Buffer>,
  trust: Trust,
  taking: Taking,
): Promise<string> {
  const stream = berStream(signed)
  await enterSignedData(stream)
  const digestName = onlyDigest(await readStructure(stream, TAG.set, SMALL_BYTES))
  const content = await readContent(stream, digestName, taking)
  await skipOptional(stream, contextTag(0), MOST_CERTIFICATES_BYTES)
  await skipOptional(stream, contextTag(1), MOST_REVOCATIONS_BYTES)
  const signer = onlySigner(await readStructure(stream, TAG.set, MOST_CERTIFICATES_BYTES))
  for (let level = 0; level < 3; level += 1) await leave(stream)
  await expectEnd(stream)
  if (digestName === undefined) throw malformed('the message names no digest')
  verifySigner(signer, { digestName, digest: content.digest }, trust)
  if (content.sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'the message has no content')
  return content.sha256
}

async function enterSignedData(stream: BerStream): Promise<void> {
  if ((await peekTag(stream)) !== TAG.sequence) throw notSigned('the decrypted message is not CMS SignedData')
  await enter(stream, TAG.sequence)
  const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
  if (oid !== OID.signedData) throw notSigned(`the decrypted message has type ${oid}, not SignedData`)
  await enter(stream, contextTag(0))
  await enter(stream, TAG.sequence)
  await readStructure(stream, TAG.integer, SMALL_BYTES)
}

/** Undefined for none at all, which a message without signers has. */
function onlyDigest(algorithms: Element): DigestName | undefined {
  const [algorithm, ...others] = algorithms.children
  if (others.length > 0) throw malformed('the message names several digests')
  return algorithm === undefined ? undefined : digestNameOf(algorithm)
}

interface Content {
  readonly sizeBytes: number
  readonly digest: Buffer
  readonly sha256: string
}

async function readContent(
  stream: BerStream,
  digestName: DigestName | undefined,
  taking: Taking,
): Promise<Content> {
  await enter(stream, TAG.sequence)
  const oid = oidOf(await readStructure(stream, TAG.objectIdentifier, SMALL_BYTES))
  if (oid !== OID.data) throw malformed(`signed content of type ${oid} is not agreed`)
  const embedded = (await peekTag(stream)) === contextTag(0)
  const content = await digestContent(
    embedded ? inBlocks(encapsulated(stream)) : nothing(),
    digestName,
    taking,
  )
  await leave(stream)
  return content
}

async function* encapsulated(stream: BerStream): AsyncGenerator<Buffer> {
  await enter(stream, contextTag(0))
  yield* octetsFrom(stream, TAG.octetString)
  await leave(stream)
}

async function* nothing(): AsyncGenerator<Buffer> {}

async function digestContent(
  chunks: AsyncIterable<Buffer>,
  digestName: DigestName | undefined,
  taking: Taking,
): Promise<Content> {
  const sha256 = createHash('sha256')
  const other = digestName === 'sha256' || digestName === undefined ? undefined : createHash(digestName)
  let sizeBytes = 0
  for await (const chunk of chunks) {
    sizeBytes += chunk.length
    if (sizeBytes > taking.maxContentBytes) {
      throw new EnvelopeRefused('TOO_LARGE', `the content is larger than ${taking.maxContentBytes} bytes`)
    }
    sha256.update(chunk)
    other?.update(chunk)
    await taking.take(chunk)
  }
  const digest = sha256.digest()
  return { sizeBytes, digest: other?.digest() ?? digest, sha256: digest.toString('hex') }
}

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
