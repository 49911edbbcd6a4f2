/**
 * The CMS envelope of an agreement (RFC 5652, 5083): SignedData inside EnvelopedData or AuthEnvelopedData,
 * streamed both ways in flat memory. What `open` gives was verified whole; see crypto.md section 7 for what it
 * refuses.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { inBlocks } from '../byte-blocks.ts'
import {
  type ContentSource,
  type Envelope,
  EnvelopeRefused,
  type OpenedContent,
  type OwnKeys,
  type PeerKeys,
} from '../envelope.ts'
import type { KeyTrail } from '../key-id.ts'
import { KeyRefused } from '../secret-file.ts'
import { type SignaturePadding, type SigningDigest, type SigningKey, signerOf } from '../signer.ts'
import {
  type CertificateFacts,
  certificateFacts,
  isWeakKey,
  refuseUnusable,
  USAGE,
} from './certificate-facts.ts'
import { cmsEncryption, cmsSigningWith } from './cms-family.ts'
import type { ContentCipher } from './content-cipher.ts'
import { openEnveloped } from './enveloped-data-reader.ts'
import { encryptMessage } from './enveloped-data-writer.ts'
import type { KeyTransport } from './key-transport.ts'
import { copyUnchanged, type Measuring, measure } from './measured-content.ts'
import { openInQuarantine, readInside } from './quarantine.ts'
import { readWhole } from './signed-content.ts'
import { readSigned, type SignedReading } from './signed-data-reader.ts'
import { type SignedMessage, signContent } from './signed-data-writer.ts'
import type { Authorities, Trust } from './signer-info.ts'

const MOST_CONTENT_BYTES = 4 * 1024 ** 3

/** What a message of an agreement is; one with fewer or more layers is refused. */
export type CmsLayers = 'sign-and-encrypt' | 'sign' | 'encrypt'

/** Our side; the signing key may lie in a token. */
export interface CmsOwnKeys extends Omit<OwnKeys, 'signingKey'> {
  readonly signingKey: SigningKey
}

/** What an agreement fixes; nothing of it is ever taken from a message. */
export interface CmsAgreement {
  readonly own: CmsOwnKeys
  readonly peer: PeerKeys
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  /** Default `oaep-sha256`; where that is agreed a PKCS#1 v1.5 content key is refused. */
  readonly keyTransport?: KeyTransport
  /** Default `aes-256-gcm`; where that is agreed unauthenticated AES-256-CBC is refused. */
  readonly cipher?: ContentCipher
  /** Default `sign-and-encrypt`. `sign` leaves the content readable; `encrypt` proves nothing about its sender. */
  readonly layers?: CmsLayers
  /** Digest under which we sign, default SHA-256; SHA-256, SHA-384 and SHA-512 are always read. */
  readonly digest?: SigningDigest
  /** Padding of our RSA signature, default PKCS#1 v1.5; both are always read. */
  readonly padding?: SignaturePadding
  /** Roots and revocation lists of the bank; without them its pinned certificates stand alone. */
  readonly authorities?: Authorities
  /** Largest content either way; default 4 GiB. */
  readonly maxContentBytes?: number
  /** Time of signing and of checking our side's certificates; default the clock of the machine. */
  readonly now?: () => Date
}

/**
 * An envelope for one agreement. Throws KeyRefused when its keys do not fit together or are too weak, and RangeError
 * for CBC without a signature inside, under which nobody would notice an altered byte. `seal`
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
  const signer = signerOf(own.signingKey)
  return {
    signingKey: signer.publicKey,
    signingCertificate: ownCertificate(signer.publicKey, own.signingCertificate),
    keys: own.openingKeys.map(({ key, certificate }) => ({
      key,
      certificate: ownCertificate(createPublicKey(key), certificate),
    })),
    recipient: recipientOf(peer.recipientCertificate),
    trustedSigners: peer.trustedSigners.map(certificateFacts),
    scratchFolder: agreement.scratchFolder,
    layers: layersOf(agreement),
    signing: cmsSigningWith(agreement.digest ?? 'sha256', agreement.padding, signer),
    authorities: agreement.authorities,
    family: cmsEncryption(agreement.cipher ?? 'aes-256-gcm', agreement.keyTransport ?? 'oaep-sha256'),
    maxContentBytes: agreement.maxContentBytes ?? MOST_CONTENT_BYTES,
    now: agreement.now ?? (() => new Date()),
  }
}

function layersOf({ layers = 'sign-and-encrypt', cipher = 'aes-256-gcm' }: CmsAgreement): CmsLayers {
  if (layers === 'encrypt' && cipher !== 'aes-256-gcm') {
    throw new RangeError('content that is encrypted without a signature needs AES-256-GCM')
  }
  return layers
}

async function* seal(cms: Agreed, content: ContentSource): AsyncGenerator<Buffer> {
  const at = cms.now()
  if (cms.layers !== 'encrypt') refuseUnusable(cms.signingCertificate, USAGE.signing, at)
  if (cms.layers !== 'sign') refuseUnusable(cms.recipient, USAGE.keyEncipherment, at)
  const { signingKey: key, signingCertificate: certificate, maxContentBytes, signing: family } = cms
  const signer = { key, certificate, at, maxContentBytes, family }
  const message = cms.layers === 'encrypt' ? await bare(content, signer) : await signContent(content, signer)
  yield* cms.layers === 'sign' ? message.chunks : encryptMessage(message, cms)
}

/** Content as it is; its length must be known before it is encrypted. */
async function bare(content: ContentSource, measuring: Measuring): Promise<SignedMessage> {
  const measured = await measure(content, measuring)
  return { sizeBytes: measured.sizeBytes, chunks: copyUnchanged(content, measured) }
}

async function open(cms: Agreed, sealed: AsyncIterable<Buffer>, at: Date): Promise<OpenedContent> {
  const { trustedSigners, authorities, maxContentBytes, signing: family, layers } = cms
  const trail: KeyTrail = {}
  const trust = { trustedSigners, authorities, at, trail }
  const opened = await openInQuarantine(cms.scratchFolder, async (scratch) => {
    const reading = { take: scratch.write, maxContentBytes, family }
    const message = layers === 'sign' ? passedOn(sealed) : openEnveloped(sealed, { ...cms, trail })
    const inside = await readInside(message, maxContentBytes, (plaintext) =>
      layers === 'encrypt' ? readUnsigned(plaintext, trust, reading) : readSigned(plaintext, trust, reading),
    )
    return inside.sha256
  })
  return { ...opened, keys: trail }
}

/** The same chunks from a generator, which can be closed before its end. */
async function* passedOn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}

async function readUnsigned(plaintext: AsyncIterable<Buffer>, trust: Trust, reading: SignedReading) {
  const content = await readWhole(inBlocks(plaintext), { digestName: undefined, trust, reading })
  if (content.sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'the message has no content')
  return content
}

function ownCertificate(publicKey: KeyObject, encoded: Buffer): CertificateFacts {
  const facts = certificateFacts(encoded)
  if (isWeakKey(facts.publicKey)) throw new KeyRefused('WEAK_KEY', 'a key of ours is too weak for CMS')
  if (!publicKey.equals(facts.publicKey)) {
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
