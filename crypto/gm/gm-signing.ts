/**
 * How GM/T 0010 messages are signed: SM2 with SM3, over the content octets as CFCA's kit does it, or over signed
 * attributes. The agreement fixes which, the message never chooses.
 */
import type { RunningCheck, SigningFamily } from '../cms/message-family.ts'
import { childOf, type Element, oidOf } from '../der/der-reader.ts'
import { derNull, derOid, derSequence, TAG } from '../der/der-writer.ts'
import { OID } from '../der/oids.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { isWeakForGm } from './gm-certificate.ts'
import { GM_OID } from './gm-oids.ts'
import { sm2PrivateKeyOf, sm2PublicKeyOf } from './sm2-keys.ts'
import {
  DEFAULT_USER_ID,
  type SignatureShape,
  signSm2,
  startSm2Check,
  startSm2Signature,
} from './sm2-signature.ts'

/** What banks write as the algorithm of an SM2 signature; all of them mean the same. */
const SIGNATURE_OIDS = {
  'sm2-signature': GM_OID.sm2Signature,
  'sm2-with-sm3': GM_OID.sm2WithSm3,
  'sm2-curve': GM_OID.sm2Curve,
} as const

/** What an agreement fixes of its signatures; everything has a default. */
export interface GmSigningTerms {
  /** Object identifiers of content types: those of GM/T 0010 (default) or of PKCS#7. */
  readonly contentTypes?: 'gm' | 'pkcs7'
  /** Default `content`: the content octets are signed and nothing else, as CFCA's kit does it. */
  readonly signs?: 'content' | 'attributes'
  /** Id of the side that signs what we send, and of the side whose signatures we read; default 1234567812345678. */
  readonly userId?: string
  readonly peerUserId?: string
  /** Default `der`. */
  readonly signatureShape?: SignatureShape
  /** Object identifier that we write for the signature; default `sm2-signature` (…301.1). All are read. */
  readonly signatureAlgorithm?: keyof typeof SIGNATURE_OIDS
  /** Whether SM3 is written with a NULL parameter (default, as CFCA's kit does) or without. Both are read. */
  readonly sm3Parameter?: 'null' | 'absent'
}

/** Object identifiers of data and of signed, enveloped and signed-and-enveloped data. */
export function contentTypesOf(terms: GmSigningTerms) {
  if (terms.contentTypes !== 'pkcs7') return GM_OID
  const { data, signedData, envelopedData } = OID
  return { data, signedData, envelopedData, signedAndEnvelopedData: OID.signedAndEnvelopedData }
}

/** The signing family of an agreement. */
export function gmSigning(terms: GmSigningTerms = {}): SigningFamily {
  const shape = terms.signatureShape ?? 'der'
  const own = { shape, userId: terms.userId ?? DEFAULT_USER_ID }
  const theirs = { shape, userId: terms.peerUserId ?? own.userId }
  const startCheck = (key: Parameters<typeof sm2PublicKeyOf>[0]): RunningCheck =>
    startSm2Check(sm2PublicKeyOf(key), theirs)
  const types = contentTypesOf(terms)
  const parameters = terms.sm3Parameter === 'absent' ? [] : [derNull()]
  const signature = SIGNATURE_OIDS[terms.signatureAlgorithm ?? 'sm2-signature']
  return {
    dataType: types.data,
    signedDataType: types.signedData,
    digestName: 'sm3',
    digestAlgorithm: derSequence(derOid(GM_OID.sm3), ...parameters),
    signatureAlgorithm: () => derSequence(derOid(signature), ...parameters),
    sign: (attributes, key) => signSm2(attributes, sm2PrivateKeyOf(key), own),
    overContent:
      terms.signs === 'attributes'
        ? undefined
        : { startSignature: (key) => startSm2Signature(sm2PrivateKeyOf(key), own), startCheck },
    digestNameOf,
    signatureCheckOf: (algorithm, _digestName, key) => {
      refuseOtherSignature(algorithm)
      return (signed, signature) => {
        const check = startCheck(key)
        check.update(signed)
        return check.verify(signature)
      }
    },
    isWeakKey: isWeakForGm,
  }
}

function digestNameOf(algorithm: Element): string {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  if (oid !== GM_OID.sm3) throw weak(`the digest ${oid} is not SM3`)
  return 'sm3'
}

function refuseOtherSignature(algorithm: Element): void {
  const oid = oidOf(childOf(algorithm, 0, TAG.objectIdentifier))
  const allowed: readonly string[] = Object.values(SIGNATURE_OIDS)
  if (!allowed.includes(oid)) throw weak(`the signature algorithm ${oid} is not SM2 with SM3`)
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}
