/**
 * The signature of the GZELINK family as a step of an agreement that names it: an answer in XML without envelope is
 * held back until it was verified whole. Such messages are small; a large one is refused.
 */
import type { KeyObject } from 'node:crypto'
import { certificateFacts } from '../cms/certificate-facts.ts'
import { type Envelope, EnvelopeRefused, type OpenedContent } from '../envelope.ts'
import type { LegacyTerms } from '../envelope-terms.ts'
import { certificateKeyId } from '../key-id.ts'
import { loadCertificate } from '../keyring.ts'
import { verifyXmlSignature } from './xml-signature.ts'

const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024

/** The plain envelope with the check behind it; what we send goes out without one. Throws KeyRefused. */
export function xmlSignatureStage(
  plain: Envelope,
  { check, trustedSignerPaths, signedAs }: LegacyTerms,
): Pick<Envelope, 'seal' | 'open'> {
  const certificates = trustedSignerPaths.map(loadCertificate)
  const keys = certificates.map((certificate): KeyObject => certificateFacts(certificate).publicKey)
  const verify = async (opened: OpenedContent): Promise<OpenedContent> => {
    const message = await wholeOf(opened)
    const signedForm = signedAs === 'utf-8' ? { signedForm: inUtf8(message) } : {}
    verifyXmlSignature({ message, ...signedForm }, keys, { legacyChecks: [check] })
    const [only, ...others] = certificates
    return only !== undefined && others.length === 0
      ? { ...opened, keys: { signedBy: certificateKeyId(only) } }
      : opened
  }
  return {
    seal: plain.seal,
    open: async (sealed, at) => {
      const opened = await plain.open(sealed, at)
      try {
        return await verify(opened)
      } catch (error) {
        await opened.discard()
        throw error
      }
    },
  }
}

async function wholeOf({ content, sizeBytes }: OpenedContent): Promise<Buffer> {
  if (sizeBytes > LARGEST_MESSAGE_BYTES) {
    throw new EnvelopeRefused('TOO_LARGE', 'a message with a signature inside is larger than 16 MiB')
  }
  const chunks: Buffer[] = []
  for await (const chunk of content()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function inUtf8(gbk: Buffer): Buffer {
  try {
    return Buffer.from(new TextDecoder('gb18030', { fatal: true }).decode(gbk))
  } catch {
    throw new EnvelopeRefused('MALFORMED', 'the message is not text in GBK')
  }
}
