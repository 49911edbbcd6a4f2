/**
 * SignedAndEnvelopedData (GM/T 0010 section 9): one structure with recipients, ciphertext and the signer beside it.
 * The plaintext octets are signed, without attributes, and the signature is not encrypted again.
 */
import { inBlocks } from '../byte-blocks.ts'
import type { CertificateFacts } from '../cms/certificate-facts.ts'
import { decrypted } from '../cms/content-cipher.ts'
import {
  ciphertextOf,
  enterEncrypted,
  enterEnvelope,
  type Opening,
  readContentKey,
} from '../cms/enveloped-data-reader.ts'
import { encryptedContent, startSealing } from '../cms/enveloped-data-writer.ts'
import { copyUnchanged, type Measured, measure } from '../cms/measured-content.ts'
import type { Encryption, EncryptionFamily } from '../cms/message-family.ts'
import { readWhole } from '../cms/signed-content.ts'
import { onlyDigest, readTail, type SignedReading, verified } from '../cms/signed-data-reader.ts'
import type { Signer } from '../cms/signed-data-writer.ts'
import type { Trust } from '../cms/signer-info.ts'
import { signerInfo } from '../cms/signer-info-writer.ts'
import { around, type Surrounded } from '../cms/surrounded.ts'
import { berStream, expectEnd, leave, readStructure } from '../der/ber-stream.ts'
import { contextTag, der, derOid, derSmallInteger, TAG } from '../der/der-writer.ts'
import type { ContentSource } from '../envelope.ts'

const SMALL_BYTES = 64 * 1024

/** Signs and encrypts content that is read twice; throws as sealing does everywhere. */
export async function* sealSignedAndEnveloped(
  content: ContentSource,
  signer: Signer,
  sealing: { readonly recipient: CertificateFacts; readonly family: EncryptionFamily },
): AsyncGenerator<Buffer> {
  const measured = await measure(content, signer)
  const { encryption, recipient } = startSealing(sealing)
  const message = await messageAround(measured, { signer, encryption, recipient, family: sealing.family })
  yield message.before
  for await (const block of inBlocks(copyUnchanged(content, measured))) yield encryption.update(block)
  yield Buffer.concat([encryption.finish().last, message.after])
}

/** Opens and verifies a whole message; throws EnvelopeRefused. What `take` got counts only after this resolved. */
export async function openSignedAndEnveloped(
  sealed: AsyncIterable<Buffer>,
  opening: Opening,
  trust: Trust,
  reading: SignedReading,
): Promise<{ sizeBytes: number; sha256: string }> {
  const stream = berStream(sealed)
  try {
    const kind = await enterEnvelope(stream, opening.family)
    const key = await readContentKey(stream, opening)
    const digestName = onlyDigest(await readStructure(stream, TAG.set, SMALL_BYTES), reading.family)
    const decryption = await enterEncrypted(stream, { kind, key, dataType: opening.family.dataType })
    const noTag = async (): Promise<Buffer> => Buffer.alloc(0)
    const plaintext = decrypted(ciphertextOf(stream), decryption, noTag)
    const content = await readWhole(plaintext, { digestName, trust, reading })
    await leave(stream)
    const { signer, embedded } = await readTail(stream, trust)
    for (let level = 0; level < 3; level += 1) await leave(stream)
    await expectEnd(stream)
    return verified(signer, { digestName, content, embedded }, trust, reading.family)
  } finally {
    await stream.iterator.return?.()
  }
}

interface Parts {
  readonly signer: Signer
  readonly encryption: Encryption
  /** RecipientInfo with the content key. */
  readonly recipient: Buffer
  readonly family: EncryptionFamily
}

async function messageAround(
  measured: Measured,
  { signer, encryption, recipient, family }: Parts,
): Promise<Surrounded> {
  const content = encryptedContent(measured.sizeBytes, encryption, family)
  const leading = [
    derSmallInteger(family.envelopeVersion),
    der(TAG.set, recipient),
    der(TAG.set, signer.family.digestAlgorithm),
  ]
  const trailing = [
    der(contextTag(0), signer.certificate.encoded),
    der(TAG.set, await signerInfo(measured, signer)),
  ]
  const whole = around(TAG.sequence, content, leading, trailing)
  return around(TAG.sequence, around(contextTag(0), whole), [derOid(family.envelopeType)])
}
