/**
 * Seals and opens the framed file (`sm4-frame.ts`): the plaintext is signed, encrypted with SM4-CBC under a fresh key,
 * and the key travels under SM2. The signature alone tells an altered byte, so nothing counts before it verified.
 */
import { randomBytes } from 'node:crypto'
import { inBlocks } from '../byte-blocks.ts'
import type { CertificateFacts } from '../cms/certificate-facts.ts'
import { decrypted } from '../cms/content-cipher.ts'
import type { Opening } from '../cms/enveloped-data-reader.ts'
import { copyUnchanged, measure } from '../cms/measured-content.ts'
import { readWhole } from '../cms/signed-content.ts'
import type { SignedReading } from '../cms/signed-data-reader.ts'
import type { Signer } from '../cms/signed-data-writer.ts'
import type { Trust } from '../cms/signer-info.ts'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import { certificateKeyId, type KeyTrail } from '../key-id.ts'
import { signerOf } from './detached-signature.ts'
import { decryptSm2, encryptSm2, type Sm2CipherShape } from './sm2-encryption.ts'
import { sm2PrivateKeyOf, sm2PublicKeyOf } from './sm2-keys.ts'
import { SM4_BYTES, startSm4Decryption, startSm4Encryption } from './sm4.ts'
import { frameHead, readFrame } from './sm4-frame.ts'

/** For whom a framed file is, and how its SM4 key is arranged under SM2. */
export interface FrameSealing {
  readonly recipient: CertificateFacts
  readonly shape: Sm2CipherShape
}

/** Signs and encrypts content that is read twice; the signer's family must sign the content itself. */
export async function* sealFramed(
  content: ContentSource,
  signer: Signer,
  { recipient, shape }: FrameSealing,
): AsyncGenerator<Buffer> {
  const measured = await measure(content, signer)
  if (measured.proof.kind !== 'signature') throw new RangeError('a framed file has no signed attributes')
  const [contentKey, iv] = [randomBytes(SM4_BYTES), randomBytes(SM4_BYTES)]
  const wrappedKey = encryptSm2(contentKey, sm2PublicKeyOf(recipient.publicKey), shape)
  const cipher = startSm4Encryption(contentKey, { mode: 'cbc', iv, padding: 'pkcs7' })
  contentKey.fill(0)
  yield frameHead({ sizeBytes: measured.sizeBytes, iv, wrappedKey, signature: measured.proof.signature })
  for await (const block of inBlocks(copyUnchanged(content, measured))) yield cipher.update(block)
  yield cipher.finish()
}

/** Opens and verifies a framed file; throws EnvelopeRefused. What `take` got counts only after this resolved. */
export async function openFramed(
  sealed: AsyncIterable<Buffer>,
  opening: { readonly keys: Opening['keys']; readonly shape: Sm2CipherShape },
  trust: Trust,
  reading: SignedReading,
): Promise<{ sizeBytes: number; sha256: string }> {
  const { head, ciphertext } = await readFrame(sealed)
  try {
    const key = contentKeyOf(head.wrappedKey, opening, trust.trail)
    const decryption = startSm4Decryption(key, { mode: 'cbc', iv: head.iv, padding: 'pkcs7' })
    const plaintext = decrypted(inBlocks(ciphertext), decryption, async () => Buffer.alloc(0))
    const content = await readWhole(plaintext, { digestName: undefined, trust, reading })
    const signer = signerOf(content.checks, head.signature, trust)
    if (trust.trail !== undefined) trust.trail.signedBy = certificateKeyId(signer.encoded)
    if (content.sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'the file has no content')
    if (content.sizeBytes !== head.sizeBytes) {
      throw new EnvelopeRefused('MALFORMED', 'the file has another size than its head says')
    }
    return content
  } finally {
    await ciphertext.return(undefined)
  }
}

/** The frame names no recipient, so every key of ours is tried; the refusal of the first one is told. */
function contentKeyOf(
  wrapped: Buffer,
  { keys, shape }: { readonly keys: Opening['keys']; readonly shape: Sm2CipherShape },
  trail: KeyTrail | undefined,
): Buffer {
  const refusals: EnvelopeRefused[] = []
  for (const { key, certificate } of keys) {
    try {
      const contentKey = decryptSm2(wrapped, sm2PrivateKeyOf(key), shape)
      if (contentKey.length !== SM4_BYTES) continue
      if (trail !== undefined) trail.openedBy = certificateKeyId(certificate.encoded)
      return contentKey
    } catch (error) {
      if (!(error instanceof EnvelopeRefused)) throw error
      refusals.push(error)
    }
  }
  throw (
    refusals.find(({ code }) => code === 'WRONG_ORDER') ??
    new EnvelopeRefused('UNDECRYPTABLE', 'the SM4 key of the file does not decrypt with any of our keys')
  )
}
