/**
 * Writes SignedData (RFC 5652 section 5) in definite-length DER over content that is read twice: first for its
 * signature and length, then to copy it.
 */
import type { KeyObject } from 'node:crypto'
import { contextTag, der, derOid, derSmallInteger, TAG } from '../der/der-writer.ts'
import type { ContentSource } from '../envelope.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import { copyUnchanged, type Measured, measure } from './measured-content.ts'
import type { SigningFamily } from './message-family.ts'
import { signerInfo } from './signer-info-writer.ts'
import { around, type Surrounded, surrounded, surroundedBytes } from './surrounded.ts'

/** Who signs, when and in which family. */
export interface Signer {
  readonly key: KeyObject
  readonly certificate: CertificateFacts
  readonly at: Date
  /** Largest content that is signed, in bytes. */
  readonly maxContentBytes: number
  readonly family: SigningFamily
}

/** A signed message whose length is known before its bytes flow. */
export interface SignedMessage {
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<Buffer>
}

/** Reads the content once and gives the signed message; throws EnvelopeRefused for empty or oversized content. */
export async function signContent(content: ContentSource, signer: Signer): Promise<SignedMessage> {
  const measured = await measure(content, signer)
  const { dataType } = signer.family
  const octets = around(contextTag(0), surrounded(TAG.octetString, measured.sizeBytes))
  const message = await signedData(around(TAG.sequence, octets, [derOid(dataType)]), measured, signer)
  return { sizeBytes: surroundedBytes(message), chunks: surroundedChunks(content, message, measured) }
}

/** Signs content that stays outside (a detached signature, DER); throws as `signContent` does. */
export async function signDetachedMessage(content: ContentSource, signer: Signer): Promise<Buffer> {
  const measured = await measure(content, signer)
  const noContent = surrounded(TAG.sequence, derOid(signer.family.dataType).length)
  const message = await signedData(noContent, measured, signer)
  return Buffer.concat([message.before, derOid(signer.family.dataType), message.after])
}

async function* surroundedChunks(
  content: ContentSource,
  message: Surrounded,
  measured: Measured,
): AsyncGenerator<Buffer> {
  yield message.before
  yield* copyUnchanged(content, measured)
  yield message.after
}

async function signedData(encapsulated: Surrounded, measured: Measured, signer: Signer): Promise<Surrounded> {
  const leading = [derSmallInteger(1), der(TAG.set, signer.family.digestAlgorithm)]
  const trailing = [
    der(contextTag(0), signer.certificate.encoded),
    der(TAG.set, await signerInfo(measured, signer)),
  ]
  const content = around(TAG.sequence, encapsulated, leading, trailing)
  return around(TAG.sequence, around(contextTag(0), content), [derOid(signer.family.signedDataType)])
}
