/**
 * Which signatures count: RSA (PKCS#1 v1.5 and PSS) and ECDSA with SHA-256, SHA-384 or SHA-512
 * (RFC 3370, 4055, 5754). The decision is always that of node:crypto.
 */
import { constants, type KeyObject, verify } from 'node:crypto'
import { childOf, type Element, oidOf, smallIntegerOf } from '../der/der-reader.ts'
import { contextTag, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import type { SignatureCheck } from './message-family.ts'

/** Digests that are accepted. */
type DigestName = 'sha256' | 'sha384' | 'sha512'

const DIGESTS: ReadonlyMap<string, DigestName> = new Map([
  [OID.sha256, 'sha256'],
  [OID.sha384, 'sha384'],
  [OID.sha512, 'sha512'],
])
const RSA_WITH: ReadonlyMap<string, DigestName> = new Map([
  [OID.rsaSha256, 'sha256'],
  [OID.rsaSha384, 'sha384'],
  [OID.rsaSha512, 'sha512'],
])
const ECDSA_WITH: ReadonlyMap<string, DigestName> = new Map([
  [OID.ecdsaSha256, 'sha256'],
  [OID.ecdsaSha384, 'sha384'],
  [OID.ecdsaSha512, 'sha512'],
])

/** Name of a digest AlgorithmIdentifier; throws EnvelopeRefused WEAK_ALGORITHM for any other. */
export function digestNameOf(algorithm: Element): DigestName {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  const name = DIGESTS.get(oid)
  if (name === undefined) throw weak(`the digest ${oid} is not allowed`)
  return name
}

/** Digest that a signature algorithm brings with it, as in certificates; throws EnvelopeRefused WEAK_ALGORITHM. */
export function boundDigestOf(algorithm: Element): string {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  if (oid === OID.rsaPss) return pssParameters(algorithm.children[1]).hash
  const digest = RSA_WITH.get(oid) ?? ECDSA_WITH.get(oid)
  if (digest === undefined) throw weak(`the signature algorithm ${oid} is not allowed`)
  return digest
}

/** How to check a signature under this AlgorithmIdentifier; throws EnvelopeRefused when it is not allowed. */
export function signatureCheckOf(algorithm: Element, digest: string, key: KeyObject): SignatureCheck {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  if (oid === OID.rsaPss) return pssCheck(algorithm.children[1], digest, key)
  const isRsa = oid === OID.rsaEncryption || RSA_WITH.has(oid)
  if (!isRsa && !ECDSA_WITH.has(oid)) throw weak(`the signature algorithm ${oid} is not allowed`)
  const bound = RSA_WITH.get(oid) ?? ECDSA_WITH.get(oid) ?? digest
  const fits = bound === digest && key.asymmetricKeyType === (isRsa ? 'rsa' : 'ec')
  return (signed, signature) => fits && verify(digest, signed, key, signature)
}

function pssCheck(parameters: Element | undefined, digest: string, key: KeyObject): SignatureCheck {
  const pss = pssParameters(parameters)
  if (pss.hash !== digest || pss.maskHash !== digest)
    throw weak('a PSS signature must use one digest throughout')
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const { saltLength } = pss
  const fits = key.asymmetricKeyType === 'rsa'
  return (signed, signature) => fits && verify(digest, signed, { key, padding, saltLength }, signature)
}

/** Absent parameters mean SHA-1 (RFC 4055), which is not allowed. */
function pssParameters(parameters: Element | undefined) {
  const parts = new Map(
    parameters?.children.map((part) => [part.tag, childOf(part, 0, part.children[0]?.tag ?? 0)]),
  )
  const hash = parts.get(contextTag(0))
  const mask = parts.get(contextTag(1))
  const salt = parts.get(contextTag(2))
  if (hash === undefined || mask === undefined || salt === undefined || parts.has(contextTag(3))) {
    throw weak('the PSS parameters stand for SHA-1 or an unknown form')
  }
  if (oidOf(childOf(mask, 0, TAG.objectIdentifier)) !== OID.mgf1)
    throw weak('the PSS mask function is not MGF1')
  const maskHash = digestNameOf(childOf(mask, 1, TAG.sequence))
  return { hash: digestNameOf(hash), maskHash, saltLength: smallIntegerOf(salt) }
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}
