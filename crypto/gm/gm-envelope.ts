/**
 * The Chinese envelope of an agreement (GM/T 0010, or SM4 and SM2 in a framed file), streamed both ways in flat
 * memory. What `open` gives was verified whole. Every line in which banks differ is a term of the agreement; nothing
 * is taken from a message.
 */
import { type CertificateFacts, refuseUnusable, USAGE } from '../cms/certificate-facts.ts'
import { openEnveloped } from '../cms/enveloped-data-reader.ts'
import { encryptMessage } from '../cms/enveloped-data-writer.ts'
import type { EncryptionFamily, SigningFamily } from '../cms/message-family.ts'
import { type Opened, openInQuarantine, readInside } from '../cms/quarantine.ts'
import { readSigned } from '../cms/signed-data-reader.ts'
import { signContent } from '../cms/signed-data-writer.ts'
import type { Authorities } from '../cms/signer-info.ts'
import type { ContentSource, Envelope, OwnKeys, PeerKeys } from '../envelope.ts'
import type { KeyTrail } from '../key-id.ts'
import { openFramed, sealFramed } from './framed-envelope.ts'
import { gmCertificateFacts, isWeakForGm } from './gm-certificate.ts'
import { type GmEncryptionTerms, gmEncryption } from './gm-encryption.ts'
import { refuseOtherKey } from './gm-keyring.ts'
import { contentTypesOf, type GmSigningTerms, gmSigning } from './gm-signing.ts'
import { openSignedAndEnveloped, sealSignedAndEnveloped } from './signed-and-enveloped.ts'
import type { Sm2CipherShape } from './sm2-encryption.ts'
import { sm2PrivateKeyOf } from './sm2-keys.ts'
import type { SignatureShape } from './sm2-signature.ts'
import { refuseWithoutGm } from './sm4.ts'

const MOST_CONTENT_BYTES = 4 * 1024 ** 3
/** keyEncipherment, dataEncipherment or keyAgreement: authorities differ in which they give to encryption keys. */
const ENCRYPTION_USAGE = 0x38

/**
 * SignedData inside EnvelopedData (default), SignedAndEnvelopedData, SignedData alone, which leaves the content
 * readable, or the framed file of `sm4-frame.ts`. The first one alone keeps the signer hidden.
 */
export type GmLayout =
  | 'gmt0010-sign-then-encrypt'
  | 'gmt0010-signed-enveloped'
  | 'gmt0010-signed'
  | 'detached-sm4'

/** What an agreement fixes besides its keys. */
export interface GmOptions extends GmSigningTerms, Omit<GmEncryptionTerms, 'cipher'> {
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  readonly layout?: GmLayout
  /** Object identifier of SM4-CBC: …104.2 (default) or …104 as CFCA's kit writes it; the other one is refused. */
  readonly cipher?: 'sm4-cbc' | 'sm4-cbc-cfca'
  /**
   * Who must stand behind every certificate of the bank, by `bankAuthorities`: behind a signer at the time of each
   * opening, behind the recipient at the time of each sealing, when no message brings certificates along. Default:
   * pinning alone. A certificate that stands in for a pinned one needs signed attributes.
   */
  readonly authorities?: Authorities
  /** Largest content either way; default 4 GiB. */
  readonly maxContentBytes?: number
  /** Time of signing and of checking our side's certificates; default the clock of the machine. */
  readonly now?: () => Date
}

/** What was agreed, checked and ready to use. */
interface GmAgreed {
  readonly signingKey: OwnKeys['signingKey']
  readonly signingCertificate: CertificateFacts
  readonly keys: readonly { readonly key: OwnKeys['signingKey']; readonly certificate: CertificateFacts }[]
  readonly recipient: CertificateFacts
  readonly trustedSigners: readonly CertificateFacts[]
  readonly signing: SigningFamily
  readonly family: EncryptionFamily
  readonly transportShape: Sm2CipherShape
  readonly options: GmOptions
  readonly maxContentBytes: number
  readonly now: () => Date
}

/**
 * An envelope for one agreement. Throws KeyRefused when its keys do not fit together or are not SM2, EnvelopeRefused
 * ALGORITHM_UNAVAILABLE on a build of Node without SM3 or SM4, and RangeError when signed attributes are asked of a
 * layout that has none. `seal` throws EnvelopeRefused for empty or oversized content and for certificates that are out
 * of date or not vouched for, and ContentChanged when the content was not the same twice: then nothing that it yielded
 * may be sent.
 */
export function createGmEnvelope(own: OwnKeys, peer: PeerKeys, options: GmOptions): Envelope {
  refuseWithoutGm()
  const agreed = readAgreement(own, peer, options)
  return {
    scheme: 'gm',
    seal: (content) => seal(agreed, content),
    open: async (sealed, at) => {
      const trail: KeyTrail = {}
      const opened = await openInQuarantine(options.scratchFolder, async ({ write }) => {
        const { sha256 } = await openBy(agreed, sealed, { take: write, at, trail })
        return sha256
      })
      return { ...opened, keys: trail }
    },
  }
}

function readAgreement(own: OwnKeys, peer: PeerKeys, options: GmOptions): GmAgreed {
  const mayHaveAttributes = ['gmt0010-sign-then-encrypt', 'gmt0010-signed'].includes(layoutOf(options))
  if (options.signs === 'attributes' && !mayHaveAttributes) {
    throw new RangeError(`the layout ${layoutOf(options)} has no signed attributes`)
  }
  return {
    ...ownSide(own),
    recipient: gmCertificateFacts(peer.recipientCertificate),
    trustedSigners: peer.trustedSigners.map(gmCertificateFacts),
    signing: gmSigning({ ...options, signatureShape: options.signatureShape ?? defaultShape(options) }),
    transportShape: options.keyTransport ?? 'asn1',
    family: encryptionOf(options),
    options,
    maxContentBytes: options.maxContentBytes ?? MOST_CONTENT_BYTES,
    now: options.now ?? (() => new Date()),
  }
}

function ownSide(own: OwnKeys) {
  const certified = ({ key, certificate }: OwnKeys['openingKeys'][number]) => {
    const pair = sm2PrivateKeyOf(key)
    refuseOtherKey(pair, certificate, 'our side')
    return { key: pair.key, certificate: gmCertificateFacts(certificate) }
  }
  const signer = certified({ key: own.signingKey, certificate: own.signingCertificate })
  return {
    signingKey: signer.key,
    signingCertificate: signer.certificate,
    keys: own.openingKeys.map(certified),
  }
}

function encryptionOf(options: GmOptions): EncryptionFamily {
  const { data, envelopedData, signedAndEnvelopedData } = contentTypesOf(options)
  const both = layoutOf(options) === 'gmt0010-signed-enveloped'
  return gmEncryption({ data, envelopeType: both ? signedAndEnvelopedData : envelopedData }, options)
}

async function* seal(agreed: GmAgreed, content: ContentSource): AsyncGenerator<Buffer> {
  const at = agreed.now()
  refuseUnusable(agreed.signingCertificate, USAGE.signing, at, isWeakForGm)
  const layout = layoutOf(agreed.options)
  if (layout !== 'gmt0010-signed') refuseAsRecipient(agreed, at)
  const { signingKey: key, signingCertificate: certificate, maxContentBytes, signing: family } = agreed
  const signer = { key, certificate, at, maxContentBytes, family }
  switch (layout) {
    case 'gmt0010-sign-then-encrypt':
      yield* encryptMessage(await signContent(content, signer), agreed)
      break
    case 'gmt0010-signed-enveloped':
      yield* sealSignedAndEnveloped(content, signer, agreed)
      break
    case 'gmt0010-signed':
      yield* (await signContent(content, signer)).chunks
      break
    case 'detached-sm4':
      yield* sealFramed(content, signer, { recipient: agreed.recipient, shape: agreed.transportShape })
  }
}

function refuseAsRecipient({ recipient, options }: GmAgreed, at: Date): void {
  refuseUnusable(recipient, ENCRYPTION_USAGE, at, isWeakForGm)
  options.authorities?.vouch(recipient, [], at)
}

function openBy(
  agreed: GmAgreed,
  sealed: AsyncIterable<Buffer>,
  { take, at, trail }: { take: (chunk: Buffer) => Promise<void>; at: Date; trail: KeyTrail },
): Promise<Pick<Opened, 'sha256'>> {
  const { trustedSigners, maxContentBytes, options } = agreed
  const trust = { trustedSigners, authorities: options.authorities, at, trail }
  const opening = { ...agreed, trail }
  const reading = { take, maxContentBytes, family: agreed.signing }
  switch (layoutOf(options)) {
    case 'gmt0010-sign-then-encrypt':
      return readInside(openEnveloped(sealed, opening), maxContentBytes, (plaintext) =>
        readSigned(plaintext, trust, reading),
      )
    case 'gmt0010-signed-enveloped':
      return openSignedAndEnveloped(sealed, opening, trust, reading)
    case 'gmt0010-signed':
      return readSigned(sealed, trust, reading)
    case 'detached-sm4':
      return openFramed(sealed, { keys: agreed.keys, shape: agreed.transportShape }, trust, reading)
  }
}

function layoutOf(options: GmOptions): GmLayout {
  return options.layout ?? 'gmt0010-sign-then-encrypt'
}

/** Message syntaxes want DER; the line of a framed file is r and s, as side files have it. */
function defaultShape(options: GmOptions): SignatureShape {
  return layoutOf(options) === 'detached-sm4' ? 'raw' : 'der'
}
