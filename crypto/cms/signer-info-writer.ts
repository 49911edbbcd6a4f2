/**
 * Writes SignerInfo (RFC 5652 section 5.3). Signed attributes are in DER SET order, which strict readers demand.
 */
import type { KeyObject } from 'node:crypto'
import {
  contextTag,
  der,
  derOctets,
  derOid,
  derSequence,
  derSetOf,
  derSmallInteger,
  derTime,
  TAG,
} from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import { issuerAndSerial } from './key-identity.ts'
import type { Measured } from './measured-content.ts'
import type { SigningFamily } from './message-family.ts'

/** Who signs, and when. */
export interface SignerFacts {
  readonly key: KeyObject
  readonly certificate: CertificateFacts
  readonly at: Date
  readonly family: SigningFamily
}

/** SignerInfo over measured content: with signed attributes, or with the signature that the content itself has. */
export async function signerInfo(measured: Measured, signer: SignerFacts): Promise<Buffer> {
  const { family } = signer
  const { attributes, signature } = await signed(measured.proof, signer)
  return derSequence(
    derSmallInteger(1),
    issuerAndSerial(signer.certificate),
    family.digestAlgorithm,
    attributes,
    family.signatureAlgorithm(signer.key),
    derOctets(signature),
  )
}

async function signed(proof: Measured['proof'], { at, family, key }: SignerFacts) {
  if (proof.kind === 'signature') return { attributes: Buffer.alloc(0), signature: proof.signature }
  const attributes = derSetOf([
    attribute(OID.contentType, derOid(family.dataType)),
    attribute(OID.messageDigest, derOctets(proof.digest)),
    attribute(OID.signingTime, derTime(at)),
  ])
  return {
    attributes: Buffer.concat([Buffer.of(contextTag(0)), attributes.subarray(1)]),
    signature: await family.sign(attributes, key),
  }
}

function attribute(oid: string, value: Buffer): Buffer {
  return derSequence(derOid(oid), der(TAG.set, value))
}
