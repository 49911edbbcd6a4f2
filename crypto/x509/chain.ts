/**
 * Builds and checks a certificate chain from a signer to a pinned root (RFC 5280 section 6, for what bank
 * authorities use): names, signatures, validity, basic constraints, path length, key usage. A root counts because
 * the agreement pins it, never because it is in a message. Above an SM2 key every key is SM2, above another one none.
 */
import type { KeyObject } from 'node:crypto'
import { type CertificateFacts, isWeakKey, refuseUnusable } from '../cms/certificate-facts.ts'
import { BadEncoding, readElement } from '../der/der-reader.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { isSm2Key } from '../gm/sm2-keys.ts'
import { isSignedWith, type SignedStructure } from './signed-structure.ts'

/** Bit of the key usage extension that lets a key sign certificates. */
const KEY_CERT_SIGN = 0x04
/** Certificates from signer to root, both counted. */
const LONGEST_CHAIN = 6
/** Signatures that are looked at before a heap of certificates is given up. */
const MOST_CHECKS = 64

/** What a chain may be made of. */
export interface ChainMaterial {
  readonly roots: readonly CertificateFacts[]
  readonly intermediates: readonly CertificateFacts[]
  readonly at: Date
}

interface Search extends ChainMaterial {
  readonly isWeak: (key: KeyObject) => boolean
  checksLeft: number
  refusal: EnvelopeRefused | undefined
}

/**
 * Certificates from the signer to a root. Throws EnvelopeRefused: CHAIN_BROKEN when none leads there, or the reason
 * for which the one that does is not valid.
 */
export function chainTo(signer: CertificateFacts, material: ChainMaterial): CertificateFacts[] {
  const isWeak = isSm2Key(signer.publicKey) ? (key: KeyObject) => !isSm2Key(key) : isWeakKey
  const search: Search = { ...material, isWeak, checksLeft: MOST_CHECKS, refusal: undefined }
  const chain = material.roots.some(({ encoded }) => encoded.equals(signer.encoded))
    ? [signer]
    : extend([signer], search)
  if (chain !== undefined) return chain
  throw (
    search.refusal ?? new EnvelopeRefused('CHAIN_BROKEN', 'no chain leads from the signer to a pinned root')
  )
}

function extend(chain: readonly CertificateFacts[], search: Search): CertificateFacts[] | undefined {
  const last = chain.at(-1)
  if (last === undefined || chain.length >= LONGEST_CHAIN) return undefined
  for (const root of search.roots) {
    if (issues(root, last, chain.length - 1, search)) return [...chain, root]
  }
  for (const next of search.intermediates) {
    const isNew = !chain.some(({ encoded }) => encoded.equals(next.encoded))
    if (!isNew || !issues(next, last, chain.length - 1, search)) continue
    const whole = extend([...chain, next], search)
    if (whole !== undefined) return whole
  }
  return undefined
}

/** The reason against an issuer that did sign is kept, for it says more than that no chain was found. */
function issues(issuer: CertificateFacts, below: CertificateFacts, between: number, search: Search): boolean {
  if (!issuer.subject.equals(below.issuer) || search.checksLeft === 0) return false
  search.checksLeft -= 1
  try {
    if (!isIssuedBy(below, issuer)) return false
    refuseAsAuthority(issuer, between, search)
    return true
  } catch (error) {
    if (error instanceof EnvelopeRefused) search.refusal ??= error
    else if (!(error instanceof BadEncoding)) throw error
    return false
  }
}

/** True when the key of `issuer` signed `certificate`; throws EnvelopeRefused WEAK_ALGORITHM. */
export function isIssuedBy(certificate: CertificateFacts, issuer: CertificateFacts): boolean {
  return isSignedWith(partsOf(certificate), issuer.publicKey)
}

function partsOf({ encoded }: CertificateFacts): SignedStructure {
  const [body, algorithm, signature] = readElement(encoded).children
  const repeated = body?.children.find(({ tag }) => tag === algorithm?.tag)
  if (!body || !algorithm || !signature || !repeated) throw new BadEncoding('a certificate has three parts')
  return {
    body: body.encoded,
    algorithm: algorithm.encoded,
    repeatedAlgorithm: repeated.encoded,
    signature: signature.encoded,
  }
}

function refuseAsAuthority(issuer: CertificateFacts, between: number, { at, isWeak }: Search): void {
  refuseUnusable(issuer, KEY_CERT_SIGN, at, isWeak)
  if (!issuer.isAuthority) throw notValid('a certificate of the chain was issued by one that is no authority')
  if (issuer.pathLength !== undefined && between > issuer.pathLength) {
    throw notValid('the chain is longer than an authority of it allows')
  }
}

function notValid(message: string): EnvelopeRefused {
  return new EnvelopeRefused('CERTIFICATE_NOT_VALID', message)
}
