/**
 * An authority of our own: certificates and revocation lists made by hand, right by default and wrong in any one
 * place on request. Whoever has an SM2 key signs with SM2 and SM3.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  contextTag,
  der,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSmallInteger,
  derTime,
  TAG,
} from '../../../crypto/der/der-writer.ts'
import { OID } from '../../../crypto/der/oids.ts'
import { GM_OID } from '../../../crypto/gm/gm-oids.ts'
import { isSm2Key, makeSm2Key, sm2PrivateKeyOf } from '../../../crypto/gm/sm2-keys.ts'
import { DEFAULT_USER_ID, type SignatureShape, signSm2 } from '../../../crypto/gm/sm2-signature.ts'
import type { Party } from '../cms/parties.ts'
import type { GmParty } from '../gm/gm-parties.ts'

/** Key usage bits as the first octet of the extension. */
export const USES = { sign: 0x80, certificates: 0x04, lists: 0x02, authority: 0x06, encipher: 0x20 } as const

/** How the issuer signs. */
export interface SigningWishes {
  readonly digest?: 'sha256' | 'sha384' | 'sha1'
  /** With SM2 only: the id in Z_A, the algorithm that is named, and how r and s are written. */
  readonly userId?: string
  readonly algorithmOid?: string
  readonly shape?: SignatureShape
}

/** What a certificate says; the issuer is the holder itself where none is named. */
export interface CertificateWishes extends SigningWishes {
  readonly name: string
  readonly serial?: number
  readonly key?: KeyObject
  readonly issuer?: Issuer
  readonly isAuthority?: boolean
  readonly pathLength?: number
  readonly uses?: number
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly extension?: Buffer
}

/** Somebody with a certificate, and the name in it. */
export interface Issuer extends Party {
  readonly name: string
}

const RSA_WITH = { sha1: '1.2.840.113549.1.1.5', sha256: OID.rsaSha256, sha384: OID.rsaSha384 } as const

/** A certificate with its key; valid through 2026, for signing, no authority. */
export function issued(wishes: CertificateWishes): Issuer {
  const key = wishes.key ?? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const issuer = wishes.issuer ?? { key, name: wishes.name }
  const { algorithm, sign: signatureOver } = signingBy(issuer.key, wishes)
  const body = derSequence(
    der(contextTag(0), derSmallInteger(2)),
    derSmallInteger(wishes.serial ?? 7),
    algorithm,
    nameOf(issuer.name),
    derSequence(
      derTime(wishes.notBefore ?? new Date('2026-01-01T00:00:00Z')),
      derTime(wishes.notAfter ?? new Date('2026-12-31T00:00:00Z')),
    ),
    nameOf(wishes.name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(contextTag(3), derSequence(...extensionsOf(wishes))),
  )
  return { name: wishes.name, key, certificate: signed(body, algorithm, signatureOver(body)) }
}

/** Somebody with an SM2 certificate. */
export interface GmIssuer extends Issuer, GmParty {}

/** The same with an SM2 key. */
export function issuedSm2(wishes: CertificateWishes): GmIssuer {
  const pair = wishes.key === undefined ? makeSm2Key() : sm2PrivateKeyOf(wishes.key)
  return { ...issued({ ...wishes, key: pair.key }), pair }
}

/** What a revocation list says. */
export interface ListWishes extends SigningWishes {
  readonly issuer: Issuer
  readonly revoked?: readonly number[]
  readonly thisUpdate?: Date
  readonly nextUpdate?: Date | 'none'
  readonly signer?: KeyObject
  readonly extension?: Buffer
}

/** A revocation list of June 2026. */
export function revocationList(wishes: ListWishes): Buffer {
  const { algorithm, sign: signatureOver } = signingBy(wishes.signer ?? wishes.issuer.key, wishes)
  const entries = (wishes.revoked ?? []).map((serial) =>
    derSequence(derSmallInteger(serial), derTime(new Date('2026-05-20T00:00:00Z'))),
  )
  const nextUpdate = wishes.nextUpdate ?? new Date('2026-07-01T00:00:00Z')
  const body = derSequence(
    derSmallInteger(1),
    algorithm,
    nameOf(wishes.issuer.name),
    derTime(wishes.thisUpdate ?? new Date('2026-06-01T00:00:00Z')),
    nextUpdate === 'none' ? Buffer.alloc(0) : derTime(nextUpdate),
    entries.length === 0 ? Buffer.alloc(0) : derSequence(Buffer.concat(entries)),
    wishes.extension === undefined ? Buffer.alloc(0) : der(contextTag(0), derSequence(wishes.extension)),
  )
  return signed(body, algorithm, signatureOver(body))
}

/** A critical extension of any kind. */
export function criticalExtension(oid: string, value = derNull()): Buffer {
  return derSequence(derOid(oid), der(TAG.boolean, Buffer.of(0xff)), derOctets(value))
}

function signed(body: Buffer, algorithm: Buffer, signature: Buffer): Buffer {
  return derSequence(body, algorithm, der(TAG.bitString, Buffer.of(0), signature))
}

function signingBy(key: KeyObject, wishes: SigningWishes) {
  if (!isSm2Key(key)) {
    const { digest = 'sha256' } = wishes
    const algorithm = derSequence(derOid(RSA_WITH[digest]), derNull())
    return { algorithm, sign: (body: Buffer) => sign(digest, body, key) }
  }
  const { algorithmOid = GM_OID.sm2WithSm3, userId = DEFAULT_USER_ID, shape = 'der' } = wishes
  const pair = sm2PrivateKeyOf(key)
  return {
    algorithm: derSequence(derOid(algorithmOid)),
    sign: (body: Buffer) => signSm2(body, pair, { userId, shape }),
  }
}

function nameOf(commonName: string): Buffer {
  const attribute = derSequence(derOid(OID.commonName), der(TAG.utf8String, Buffer.from(commonName)))
  return derSequence(der(TAG.set, attribute))
}

function extensionsOf(wishes: CertificateWishes): Buffer[] {
  const { isAuthority = false, pathLength, uses, extension } = wishes
  const flag = isAuthority ? der(TAG.boolean, Buffer.of(0xff)) : Buffer.alloc(0)
  const limit = pathLength === undefined ? Buffer.alloc(0) : derSmallInteger(pathLength)
  const bits = der(TAG.bitString, Buffer.of(0, uses ?? (isAuthority ? USES.authority : USES.sign)))
  const all = [
    criticalExtension(OID.basicConstraints, derSequence(flag, limit)),
    criticalExtension(OID.keyUsage, bits),
  ]
  return extension === undefined ? all : [...all, extension]
}
