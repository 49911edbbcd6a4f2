/**
 * When the certificates and OpenPGP keys of an agreement begin and end to be valid. Only public halves are read; one
 * that cannot be read is told as such, for whoever watches must not go blind because of one file.
 */
import { X509Certificate } from 'node:crypto'
import { certificateKeyId, pgpKeyId } from '../../crypto/key-id.ts'
import { type PgpValidity, pgpKeyValidity } from '../../crypto/pgp/key-dates.ts'
import { pkcs12Certificate } from '../../crypto/pkcs12.ts'
import { readPassphrase, readPublicFile, readSecretFile } from '../../crypto/secret-file.ts'
import type { Agreement } from './agreement.ts'
import type { AgreedEnvelopeDocument } from './envelope-schema.ts'

/** What a key is for: ours to sign and open, the bank's to encrypt for and to verify by, and its roots. */
export type KeyUse = 'signing' | 'opening' | 'recipient' | 'trusted' | 'root'

/** Where a key of an agreement lies. `several` is true where another one of the same use can take over. */
export interface AgreedKey {
  readonly use: KeyUse
  /** `signing`, `opening-1`, `trusted-2` ...: stable within an agreement. */
  readonly name: string
  readonly several: boolean
  readonly read: () => Promise<KeyValidity>
}

/** When a key is valid; `end` is undefined for an OpenPGP key that never expires. */
export interface KeyValidity {
  /** Short name of `crypto/key-id.ts`. */
  readonly keyId: string
  readonly begin: Date
  readonly end: Date | undefined
}

/** Every key of an agreement's envelope that has an end. `read` throws KeyRefused and errors of the system. */
export function keysOf({ envelope }: Pick<Agreement, 'envelope'>): readonly AgreedKey[] {
  const sources = sourcesOf(envelope)
  const uses = ['signing', 'opening', 'recipient', 'trusted', 'root'] as const
  return uses.flatMap((use) => {
    const found = sources[use]
    const several = found.length > 1
    return found.map((read, at) => ({ use, several, read, name: nameOf(use, at) }))
  })
}

const nameOf = (use: KeyUse, at: number): string =>
  use === 'signing' || use === 'recipient' ? use : `${use}-${at + 1}`

type Reading = () => Promise<KeyValidity>
type Sources = Readonly<Record<KeyUse, readonly Reading[]>>
type CertifiedDocument = Extract<AgreedEnvelopeDocument, { scheme: 'cms' | 'gm' }>
type PgpDocument = Extract<AgreedEnvelopeDocument, { scheme: 'pgp' }>
type CertifiedKey = NonNullable<CertifiedDocument['signing']>

const none: Sources = { signing: [], opening: [], recipient: [], trusted: [], root: [] }

function sourcesOf(envelope: AgreedEnvelopeDocument): Sources {
  switch (envelope.scheme) {
    case 'none':
      return { ...none, trusted: (envelope.legacy?.trustedSignerFiles ?? []).map(certificateFile) }
    case 'cms':
    case 'gm':
      return certifiedSources(envelope)
    case 'pgp':
      return pgpSources(envelope)
  }
}

function certifiedSources(envelope: CertifiedDocument): Sources {
  return {
    signing: signingOf(envelope),
    opening: (envelope.opening ?? []).map(certifiedKey),
    recipient: [certificateFile(envelope.recipientCertificateFile)],
    trusted: envelope.trustedSignerFiles.map(certificateFile),
    root: (envelope.rootCertificateFiles ?? []).map(certificateFile),
  }
}

function signingOf(envelope: CertifiedDocument): readonly Reading[] {
  if (envelope.signing !== undefined) return [certifiedKey(envelope.signing)]
  const path = envelope.scheme === 'cms' ? envelope.signingCertificateFile : undefined
  return path === undefined ? [] : [certificateFile(path)]
}

function pgpSources({ signing, opening, recipient, trustedSigners }: PgpDocument): Sources {
  return {
    ...none,
    signing: [pgpFile(signing.keyFile, readSecretFile)],
    opening: (opening ?? []).map(({ keyFile }) => pgpFile(keyFile, readSecretFile)),
    recipient: [pgpFile(recipient.keyFile, readPublicFile)],
    trusted: trustedSigners.map(({ keyFile }) => pgpFile(keyFile, readPublicFile)),
  }
}

const certifiedKey = (key: CertifiedKey): Reading =>
  'pkcs12File' in key
    ? async () => validityOf(pkcs12Certificate(key.pkcs12File, readPassphrase(key.passphraseFile)))
    : certificateFile(key.certificateFile)

const certificateFile =
  (path: string): Reading =>
  async () =>
    validityOf(readPublicFile(path))

function validityOf(bytes: Buffer): KeyValidity {
  const certificate = new X509Certificate(bytes)
  return {
    keyId: certificateKeyId(certificate.raw),
    begin: new Date(certificate.validFrom),
    end: new Date(certificate.validTo),
  }
}

const pgpFile =
  (path: string, read: (path: string) => Buffer): Reading =>
  async () =>
    named(await pgpKeyValidity(read(path), path))

const named = ({ fingerprint, begin, end }: PgpValidity): KeyValidity => ({
  keyId: pgpKeyId(fingerprint),
  begin,
  end,
})
