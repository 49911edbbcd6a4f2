/**
 * The envelopes of a simulated world as documents of the shape that gateway/banks reads: the gateway's agreement and
 * the bank's own document say the same with the roles exchanged.
 */
import type { AgreedEnvelopeDocument } from '../../../gateway/banks/envelope-schema.ts'
import type { KeyFamily, KeyFiles, PublicKeyFile } from './party-keys.ts'

/** How a bank and the gateway seal files for each other. */
export const envelopeKinds = ['cms', 'pgp', 'gm', 'gm-detached'] as const

/** One of them; `gm` is GM/T 0010, `gm-detached` an SM2 signature beside content under SM4. */
export type EnvelopeKind = (typeof envelopeKinds)[number]

/** What an envelope is called in front of people, which keys it needs, and what sealing adds to a file's name. */
export interface EnvelopeFacts {
  readonly title: string
  readonly family: KeyFamily
  readonly suffix: string
}

/** Facts of every kind. */
export const envelopeFacts: Readonly<Record<EnvelopeKind, EnvelopeFacts>> = {
  cms: { title: 'CMS (RSA, AES-256-GCM)', family: 'rsa', suffix: '.p7m' },
  pgp: { title: 'OpenPGP (Curve25519, AES-256)', family: 'pgp', suffix: '.pgp' },
  gm: { title: '国密 GM/T 0010 (SM2, SM4)', family: 'sm2', suffix: '.gm' },
  'gm-detached': { title: '国密 SM2 分离签名 detached signature, SM4', family: 'sm2', suffix: '.sm4' },
}

const steps = { outward: ['sign', 'encrypt'], inward: ['sign', 'encrypt'] } as const

/** The document of one side: it signs and opens with `own`, seals for `peer` and trusts nobody else's signature. */
export function envelopeDocument(
  kind: EnvelopeKind,
  own: KeyFiles,
  peer: PublicKeyFile,
): Readonly<Record<string, unknown>> & Pick<AgreedEnvelopeDocument, 'scheme'> {
  const { suffix } = envelopeFacts[kind]
  switch (kind) {
    case 'cms':
      return { scheme: 'cms', steps, ...certified(own, peer), suffix }
    case 'gm':
      return { scheme: 'gm', layout: 'gmt0010-sign-then-encrypt', steps, ...certified(own, peer), suffix }
    case 'gm-detached':
      return { scheme: 'gm', layout: 'detached-sm4', steps, ...certified(own, peer), suffix }
    case 'pgp':
      return { scheme: 'pgp', steps, ...openPgp(own, peer), suffix }
  }
}

function certified(own: KeyFiles, peer: PublicKeyFile): object {
  return {
    signing: { keyFile: own.secretKey, certificateFile: own.publicKey },
    recipientCertificateFile: peer.path,
    trustedSignerFiles: [peer.path],
  }
}

function openPgp(own: KeyFiles, { path, fingerprint }: PublicKeyFile): object {
  const pinned = { keyFile: path, fingerprint }
  return { signing: { keyFile: own.secretKey }, recipient: pinned, trustedSigners: [pinned] }
}
