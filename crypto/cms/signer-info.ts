/**
 * Verifies the one SignerInfo of a message (RFC 5652 section 5.3 to 5.6) against pinned certificates.
 */
import { childOf, type Element, octetsOf, oidOf } from '../der/der-reader.ts'
import { contextTag, derSetOf, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { certificateKeyId, type KeyTrail } from '../key-id.ts'
import { type CertificateFacts, refuseUnusable, USAGE } from './certificate-facts.ts'
import { identityOf, names } from './key-identity.ts'
import type { RunningCheck, SigningFamily } from './message-family.ts'

/** What was read of the content before its signer was known. */
export interface ContentRead {
  readonly digestName: string
  readonly digest: Buffer
  /** Where the content itself is signed: its check with the key of every trusted signer. */
  readonly checks: ReadonlyMap<CertificateFacts, RunningCheck>
  /** Certificates that came with the message, where authorities will look at them. */
  readonly embedded?: readonly CertificateFacts[]
}

/** Whose signature counts, and when. */
export interface Trust {
  readonly trustedSigners: readonly CertificateFacts[]
  readonly at: Date
  /** Where the agreement names authorities, every signer must be vouched for by them too. */
  readonly authorities?: Authorities | undefined
  /** Told whose signature counted. */
  readonly trail?: KeyTrail
}

/** Who stands behind signers; `crypto/x509/authorities.ts` makes one of pinned roots and revocation lists. */
export interface Authorities {
  /** True when a certificate that is not pinned itself may sign for the bank by the name of its holder. */
  readonly mayStandIn: (certificate: CertificateFacts) => boolean
  /** Throws EnvelopeRefused unless a chain through the embedded certificates holds at that time. */
  readonly vouch: (signer: CertificateFacts, embedded: readonly CertificateFacts[], at: Date) => void
}

/** Throws EnvelopeRefused unless a trusted signer signed exactly this content. */
export function verifySigner(
  signerInfo: Element,
  content: ContentRead,
  trust: Trust,
  family: SigningFamily,
): void {
  const identity = identityOf(signerInfo)
  const embedded = content.embedded ?? []
  const isNamed = (certificate: CertificateFacts): boolean => names(identity, certificate)
  const signer = trust.trustedSigners.find(isNamed) ?? standIn(embedded.filter(isNamed), trust, family)
  if (signer === undefined)
    throw new EnvelopeRefused('UNKNOWN_SIGNER', 'the signer is not one that the agreement pins')
  if (family.digestNameOf(childOf(signerInfo, 2, TAG.sequence)) !== content.digestName) {
    throw malformed('the signer used another digest than the message announced')
  }
  refuseUnusable(signer, USAGE.signing, trust.at, family.isWeakKey)
  trust.authorities?.vouch(signer, embedded, trust.at)
  if (trust.trail !== undefined) trust.trail.signedBy = certificateKeyId(signer.encoded)
  if (family.overContent !== undefined) {
    refuseBadContentSignature(signerInfo, content, signer, family)
    return
  }
  const attributes = signedAttributesOf(signerInfo)
  refuseBadSignature(signerInfo, attributes, content.digestName, { signer, family })
  refuseOtherContent(attributes, content.digest, family.dataType)
}

/** Content that is signed itself was checked with the keys known beforehand, so nobody stands in for them there. */
function standIn(
  named: readonly CertificateFacts[],
  { authorities }: Trust,
  { overContent }: SigningFamily,
): CertificateFacts | undefined {
  if (authorities === undefined || overContent !== undefined) return undefined
  return named.find((certificate) => authorities.mayStandIn(certificate))
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
  digestName: string,
  by: { readonly signer: CertificateFacts; readonly family: SigningFamily },
): void {
  const check = by.family.signatureCheckOf(childOf(info, 4, TAG.sequence), digestName, by.signer.publicKey)
  const signature = octetsOf(childOf(info, 5, TAG.octetString))
  const encodings = attributes.children.map(({ encoded }) => encoded)
  const sorted = derSetOf(encodings)
  const received = Buffer.concat([Buffer.of(TAG.set), attributes.encoded.subarray(1)])
  if (check(sorted, signature) || (!received.equals(sorted) && check(received, signature))) return
  throw badSignature()
}

/** Where the content itself is signed nothing else may be: attributes would be believed without being checked. */
function refuseBadContentSignature(
  info: Element,
  content: ContentRead,
  signer: CertificateFacts,
  family: SigningFamily,
): void {
  if (info.children[3]?.tag === contextTag(0)) {
    throw malformed('the signature has signed attributes where the agreement has none')
  }
  family.signatureCheckOf(childOf(info, 3, TAG.sequence), content.digestName, signer.publicKey)
  const signature = octetsOf(childOf(info, 4, TAG.octetString))
  if (content.checks.get(signer)?.verify(signature) !== true) throw badSignature()
}

function badSignature(): EnvelopeRefused {
  return new EnvelopeRefused(
    'BAD_SIGNATURE',
    'the signature does not verify with the certificate of the signer',
  )
}

function refuseOtherContent(attributes: Element, digest: Buffer, dataType: string): void {
  if (oidOf(onlyValue(attributes, OID.contentType)) !== dataType)
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
