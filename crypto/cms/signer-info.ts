/**
 * Verifies the one SignerInfo of a message (RFC 5652 section 5.3 to 5.6) against pinned certificates.
 */
import { childOf, type Element, octetsOf, oidOf } from '../der/der-reader.ts'
import { contextTag, derSetOf, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { type CertificateFacts, refuseUnusable, USAGE } from './certificate-facts.ts'
import { identityOf, names } from './key-identity.ts'
import { type DigestName, digestNameOf, signatureCheckOf } from './signature-algorithm.ts'

/** What was read of the content before its signer was known. */
export interface ContentRead {
  readonly digestName: DigestName
  readonly digest: Buffer
}

/** Whose signature counts, and when. */
export interface Trust {
  readonly trustedSigners: readonly CertificateFacts[]
  readonly at: Date
}

/** Throws EnvelopeRefused unless a trusted signer signed exactly this content. */
export function verifySigner(signerInfo: Element, content: ContentRead, trust: Trust): void {
  const identity = identityOf(signerInfo)
  const candidates = trust.trustedSigners.filter((certificate) => names(identity, certificate))
  const [signer] = candidates
  if (signer === undefined)
    throw new EnvelopeRefused('UNKNOWN_SIGNER', 'the signer is not one that the agreement pins')
  if (digestNameOf(childOf(signerInfo, 2, TAG.sequence)) !== content.digestName) {
    throw malformed('the signer used another digest than the message announced')
  }
  refuseUnusable(signer, USAGE.signing, trust.at)
  const attributes = signedAttributesOf(signerInfo)
  refuseBadSignature(signerInfo, attributes, content.digestName, signer)
  refuseOtherContent(attributes, content.digest)
}

/** A signature over the bare content authenticates neither its type nor its time, so attributes must be there. */
function signedAttributesOf(signerInfo: Element): Element {
  const attributes = signerInfo.children[3]
  if (attributes?.tag !== contextTag(0)) throw malformed('the signature has no signed attributes')
  return attributes
}

/** Attributes are signed in DER order; some signers sign them in the order in which they sent them. */
function refuseBadSignature(
  info: Element,
  attributes: Element,
  digest: DigestName,
  signer: CertificateFacts,
): void {
  const check = signatureCheckOf(childOf(info, 4, TAG.sequence), digest, signer.publicKey)
  const signature = octetsOf(childOf(info, 5, TAG.octetString))
  const encodings = attributes.children.map(({ encoded }) => encoded)
  const sorted = derSetOf(encodings)
  const received = Buffer.concat([Buffer.of(TAG.set), attributes.encoded.subarray(1)])
  if (check(sorted, signature) || (!received.equals(sorted) && check(received, signature))) return
  throw new EnvelopeRefused(
    'BAD_SIGNATURE',
    'the signature does not verify with the certificate of the signer',
  )
}

function refuseOtherContent(attributes: Element, digest: Buffer): void {
  if (oidOf(onlyValue(attributes, OID.contentType)) !== OID.data)
    throw malformed('the signed content type is not data')
  if (!octetsOf(onlyValue(attributes, OID.messageDigest)).equals(digest)) {
    throw new EnvelopeRefused('DIGEST_MISMATCH', 'the content is not what was signed')
  }
}

function onlyValue(attributes: Element, oid: string): Element {
  const found = attributes.children.filter(
    (attribute) => oidOf(childOf(attribute, 0, TAG.objectIdentifier)) === oid,
  )
  const values = found[0] === undefined ? [] : childOf(found[0], 1, TAG.set).children
  const [value] = values
  if (found.length !== 1 || values.length !== 1 || value === undefined) {
    throw malformed(`the signed attribute ${oid} must be there once, with one value`)
  }
  return value
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
