/**
 * Certificate revocation lists (RFC 5280 section 5): read from DER or PEM whatever their length, verified with the
 * key of the authority, and refused when they are older than they say they may be.
 */
import type { CertificateFacts } from '../cms/certificate-facts.ts'
import { BadEncoding, oidOf, readElement, timeOf } from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { type EnvelopeRefusal, EnvelopeRefused } from '../envelope.ts'
import { elementsIn, onlyElement, type ShallowElement } from './shallow-der.ts'
import { isSignedWith, type SignedStructure } from './signed-structure.ts'

/** Bit of the key usage extension that lets a key sign revocation lists. */
const CRL_SIGN = 0x02
/** Extensions that may be critical: number of the list and its authority's key. */
const KNOWN_EXTENSIONS: readonly string[] = ['2.5.29.20', '2.5.29.35']
const PEM = /^\s*-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----\s*$/

/** A list as it was read; nothing of it counts before its signature was checked. */
export interface RevocationList {
  readonly issuer: Buffer
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  /** Serial numbers in lower-case hex. */
  readonly revoked: ReadonlySet<string>
  readonly hasUnknownCriticalExtension: boolean
  readonly structure: SignedStructure
}

/** Reads a list from DER or PEM; throws EnvelopeRefused REVOCATION_LIST_NOT_VALID. */
export function readRevocationList(bytes: Buffer): RevocationList {
  try {
    return listOf(bytes[0] === TAG.sequence ? bytes : fromPem(bytes))
  } catch (error) {
    if (!(error instanceof BadEncoding)) throw error
    throw refused('REVOCATION_LIST_NOT_VALID', 'a revocation list cannot be read')
  }
}

/**
 * Throws EnvelopeRefused: CERTIFICATE_REVOKED when a list of the issuer names the certificate,
 * REVOCATION_LIST_NOT_VALID when a list is not what its issuer signed, REVOCATION_LIST_STALE when no list of the
 * issuer is of this time.
 */
export function refuseRevoked(
  certificate: CertificateFacts,
  issuer: CertificateFacts,
  lists: readonly RevocationList[],
  at: Date,
): void {
  const ofIssuer = lists.filter((list) => list.issuer.equals(issuer.subject))
  for (const list of ofIssuer) refuseForged(list, issuer)
  const serial = certificate.serial.toString('hex')
  if (ofIssuer.some(({ revoked }) => revoked.has(serial))) {
    throw refused('CERTIFICATE_REVOKED', `the certificate with serial number ${serial} was revoked`)
  }
  if (!ofIssuer.some((list) => isCurrent(list, at))) {
    throw refused('REVOCATION_LIST_STALE', 'there is no revocation list of the issuer for this time')
  }
}

function isCurrent({ thisUpdate, nextUpdate }: RevocationList, at: Date): boolean {
  return thisUpdate <= at && nextUpdate !== undefined && at <= nextUpdate
}

function refuseForged(list: RevocationList, issuer: CertificateFacts): void {
  const maySign = issuer.keyUsageBits === undefined || (issuer.keyUsageBits & CRL_SIGN) !== 0
  if (!maySign || list.hasUnknownCriticalExtension || !isSignedWith(list.structure, issuer.publicKey)) {
    throw refused(
      'REVOCATION_LIST_NOT_VALID',
      'a revocation list is not one that its issuer signed for this use',
    )
  }
}

function listOf(encoded: Buffer): RevocationList {
  const [body, algorithm, signature] = elementsIn(onlyElement(encoded, TAG.sequence).content)
  if (!body || !algorithm || !signature) throw new BadEncoding('a revocation list has three parts')
  const fields = [...elementsIn(body.content)]
  if (fields[0]?.tag === TAG.integer) fields.shift()
  const [repeated, issuer, thisUpdate, ...rest] = fields
  if (!repeated || !issuer || !thisUpdate) throw new BadEncoding('a revocation list lacks fields')
  return {
    issuer: issuer.encoded,
    thisUpdate: timeOf(readElement(thisUpdate.encoded)),
    nextUpdate: nextUpdateOf(rest[0]),
    revoked: serialsOf(rest.find(({ tag }) => tag === TAG.sequence)),
    hasUnknownCriticalExtension: hasUnknownExtension(rest.find(({ tag }) => tag === contextTag(0))),
    structure: {
      body: body.encoded,
      algorithm: algorithm.encoded,
      repeatedAlgorithm: repeated.encoded,
      signature: signature.encoded,
    },
  }
}

function nextUpdateOf(field: ShallowElement | undefined): Date | undefined {
  const isTime = field?.tag === TAG.utcTime || field?.tag === TAG.generalizedTime
  return isTime ? timeOf(readElement(field.encoded)) : undefined
}

function serialsOf(list: ShallowElement | undefined): Set<string> {
  const serials = new Set<string>()
  for (const entry of elementsIn(list?.content ?? Buffer.alloc(0))) {
    const [serial] = elementsIn(entry.content)
    if (serial?.tag !== TAG.integer)
      throw new BadEncoding('an entry of a revocation list has no serial number')
    serials.add(serial.content.toString('hex'))
  }
  return serials
}

/** Lists that hold only changes, or only some certificates, say so by a critical extension. */
function hasUnknownExtension(extensions: ShallowElement | undefined): boolean {
  if (extensions === undefined) return false
  return readElement(extensions.content).children.some(({ children }) => {
    const isCritical = children[1]?.tag === TAG.boolean && children[1].content[0] !== 0
    return isCritical && !(children[0] && KNOWN_EXTENSIONS.includes(oidOf(children[0])))
  })
}

function fromPem(bytes: Buffer): Buffer {
  const [, base64] = PEM.exec(bytes.toString('latin1')) ?? []
  if (base64 === undefined) throw new BadEncoding('the bytes are neither DER nor PEM')
  return Buffer.from(base64, 'base64')
}

function refused(code: EnvelopeRefusal, message: string): EnvelopeRefused {
  return new EnvelopeRefused(code, message)
}
