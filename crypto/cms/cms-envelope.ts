/**
 * The CMS envelope of an agreement (RFC 5652, 5083): SignedData inside EnvelopedData or AuthEnvelopedData,
 * streamed both ways in flat memory. What `open` gives was verified whole; see crypto.md section 7 for what it
 * refuses.
 */
import { createPublicKey } from 'node:crypto'
import { BadEncoding } from '../der/der-reader.ts'
import {
  type ContentSource,
  type Envelope,
  EnvelopeRefused,
  type OwnKeys,
  type PeerKeys,
} from '../envelope.ts'
import { openScratch, type ScratchWriter } from '../scratch-file.ts'
import { KeyRefused } from '../secret-file.ts'
import {
  type CertificateFacts,
  certificateFacts,
  isWeakKey,
  refuseUnusable,
  USAGE,
} from './certificate-facts.ts'
import type { ContentCipher } from './content-cipher.ts'
import { openEnveloped } from './enveloped-data-reader.ts'
import { encryptMessage } from './enveloped-data-writer.ts'
import type { KeyTransport } from './key-transport.ts'
import { readSigned } from './signed-data-reader.ts'
import { signContent } from './signed-data-writer.ts'

const MOST_CONTENT_BYTES = 4 * 1024 ** 3

/** What an agreement fixes; nothing of it is ever taken from a message. */
export interface CmsAgreement {
  readonly own: OwnKeys
  readonly peer: PeerKeys
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  /** Default `oaep-sha256`; where that is agreed a PKCS#1 v1.5 content key is refused. */
  readonly keyTransport?: KeyTransport
  /** Default `aes-256-gcm`; where that is agreed unauthenticated AES-256-CBC is refused. */
  readonly cipher?: ContentCipher
  /** Largest content either way; default 4 GiB. */
  readonly maxContentBytes?: number
  /** Time of signing and of checking our side's certificates; default the clock of the machine. */
  readonly now?: () => Date
}

/**
 * An envelope for one agreement. Throws KeyRefused when its keys do not fit together or are too weak. `seal`
 * throws EnvelopeRefused for empty or oversized content and for certificates out of date, and ContentChanged when
 * the content was not the same twice: then nothing that it yielded may be sent.
 */
export function createCmsEnvelope(agreement: CmsAgreement): Envelope {
  const cms = readAgreement(agreement)
  return {
    scheme: 'cms',
    seal: (content) => seal(cms, content),
    open: (sealed, at) => open(cms, sealed, at),
  }
}

type Agreed = ReturnType<typeof readAgreement>

function readAgreement(agreement: CmsAgreement) {
  const { own, peer } = agreement
  return {
    signingKey: own.signingKey,
    signingCertificate: ownCertificate(own.signingKey, own.signingCertificate),
    keys: own.openingKeys.map(({ key, certificate }) => ({
      key,
      certificate: ownCertificate(key, certificate),
    })),
    recipient: recipientOf(peer.recipientCertificate),
    trustedSigners: peer.trustedSigners.map(certificateFacts),
    scratchFolder: agreement.scratchFolder,
    keyTransport: agreement.keyTransport ?? 'oaep-sha256',
    cipher: agreement.cipher ?? 'aes-256-gcm',
    maxContentBytes: agreement.maxContentBytes ?? MOST_CONTENT_BYTES,
    now: agreement.now ?? (() => new Date()),
  }
}

async function* seal(cms: Agreed, content: ContentSource): AsyncGenerator<Buffer> {
  const at = cms.now()
  refuseUnusable(cms.signingCertificate, USAGE.signing, at)
  refuseUnusable(cms.recipient, USAGE.keyEncipherment, at)
  const { signingKey: key, signingCertificate: certificate, maxContentBytes } = cms
  const message = await signContent(content, { key, certificate, at, maxContentBytes })
  yield* encryptMessage(message, cms)
}

async function open(cms: Agreed, sealed: AsyncIterable<Buffer>, at: Date) {
  const scratch = await openScratch(cms.scratchFolder)
  try {
    const sha256 = await readVerified(cms, sealed, at, scratch)
    return { ...(await scratch.finish()), sha256 }
  } catch (error) {
    await scratch.discard()
    throw error instanceof BadEncoding ? new EnvelopeRefused('MALFORMED', error.message) : error
  }
}

async function readVerified(
  cms: Agreed,
  sealed: AsyncIterable<Buffer>,
  at: Date,
  scratch: ScratchWriter,
): Promise<string> {
  const plaintext = openEnveloped(sealed, cms)
  try {
    const { trustedSigners, maxContentBytes } = cms
    return await readSigned(plaintext, { trustedSigners, at }, { take: scratch.write, maxContentBytes })
  } catch (error) {
    if (isRefusal(error)) await drain(plaintext, cms.maxContentBytes)
    throw error
  } finally {
    await plaintext.return(undefined)
  }
}

/**
 * What the inside of an envelope looks like says nothing while its tag or padding is wrong, so the rest is read
 * and the refusal of the outer envelope, thrown from here, wins over that of the inner message.
 */
async function drain(plaintext: AsyncGenerator<Buffer>, mostBytes: number): Promise<void> {
  let readBytes = 0
  for (
    let next = await plaintext.next();
    next.done !== true && readBytes <= mostBytes;
    next = await plaintext.next()
  ) {
    readBytes += next.value.length
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof BadEncoding) return true
  return error instanceof EnvelopeRefused && error.code !== 'TOO_LARGE'
}

function ownCertificate(key: OwnKeys['signingKey'], encoded: Buffer): CertificateFacts {
  const facts = certificateFacts(encoded)
  if (isWeakKey(facts.publicKey)) throw new KeyRefused('WEAK_KEY', 'a key of ours is too weak for CMS')
  if (!createPublicKey(key).equals(facts.publicKey)) {
    throw new KeyRefused('KEY_AND_CERTIFICATE_DIFFER', 'a key of ours does not belong to its certificate')
  }
  return facts
}

function recipientOf(encoded: Buffer): CertificateFacts {
  const facts = certificateFacts(encoded)
  if (facts.publicKey.asymmetricKeyType !== 'rsa' || isWeakKey(facts.publicKey)) {
    throw new KeyRefused('WEAK_KEY', 'the certificate to encrypt for needs an RSA key of at least 2048 bits')
  }
  return facts
}
