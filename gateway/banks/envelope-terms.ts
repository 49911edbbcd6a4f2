/** Turns the envelope of an agreement document into the terms that `crypto/agreed-envelope.ts` opens. */
import type {
  CertifiedTerms,
  CmsTerms,
  EnvelopeTerms,
  GmTerms,
  NoneTerms,
  PgpTerms,
} from '../../crypto/envelope-terms.ts'
import type { KeyPairPaths } from '../../crypto/keyring.ts'
import type { AgreedEnvelopeDocument } from './envelope-schema.ts'

type Document<Scheme extends AgreedEnvelopeDocument['scheme']> = Extract<
  AgreedEnvelopeDocument,
  { scheme: Scheme }
>
type CertifiedKey = NonNullable<Document<'cms'>['opening']>[number]
type PgpSecretKey = Document<'pgp'>['signing']

/** The terms of a document that was checked. */
export function envelopeTerms(document: AgreedEnvelopeDocument): EnvelopeTerms {
  switch (document.scheme) {
    case 'none':
      return noneTerms(document)
    case 'cms':
      return cmsTerms(document)
    case 'gm':
      return gmTerms(document)
    case 'pgp':
      return pgpTerms(document)
  }
}

/** What a sealed file's name ends with; empty where the agreement adds nothing. */
export const envelopeSuffix = ({ suffix = '' }: AgreedEnvelopeDocument): string => suffix

function noneTerms(document: Document<'none'>): NoneTerms {
  const { legacy } = document
  if (legacy === undefined) return { scheme: 'none', ...commonTerms(document) }
  const { check, trustedSignerFiles, signedAs } = legacy
  return {
    scheme: 'none',
    ...commonTerms(document),
    legacy: { check, trustedSignerPaths: trustedSignerFiles, signedAs },
  }
}

function cmsTerms(document: Document<'cms'>): CmsTerms {
  const { cipher, keyTransport, digest } = document
  const { signaturePadding: padding } = document
  return {
    scheme: 'cms',
    ...certifiedTerms(document),
    ...defined({
      cipher,
      keyTransport,
      digest,
      padding,
      signingToken: signingTokenOf(document),
    }),
  }
}

function gmTerms(document: Document<'gm'>): GmTerms {
  const { layout, cipher, keyTransport, recipientNaming, contentTypes } = document
  const { signs, userId, peerUserId, signatureShape, signatureAlgorithm } = document
  const message = { layout, cipher, keyTransport, recipientNaming, contentTypes }
  const signature = { signs, userId, peerUserId, signatureShape, signatureAlgorithm }
  return {
    scheme: 'gm',
    ...certifiedTerms(document),
    options: defined({ ...message, ...signature }),
  }
}

function pgpTerms(document: Document<'pgp'>): PgpTerms {
  const publicKey = ({ keyFile, fingerprint }: Document<'pgp'>['recipient']) => ({
    path: keyFile,
    fingerprint,
  })
  return {
    scheme: 'pgp',
    ...commonTerms(document),
    signing: pgpSecret(document.signing),
    ...defined({ opening: document.opening?.map(pgpSecret) }),
    recipient: publicKey(document.recipient),
    trustedSigners: document.trustedSigners.map(publicKey),
    armored: document.armored,
  }
}

const pgpSecret = ({ keyFile, passphraseFile }: PgpSecretKey) => ({
  keyPath: keyFile,
  ...defined({ passphrasePath: passphraseFile }),
})

const commonTerms = ({ steps, maxContentBytes }: AgreedEnvelopeDocument) =>
  defined({ steps, maxContentBytes })

function certifiedTerms(document: Document<'cms'> | Document<'gm'>): CertifiedTerms {
  return {
    ...commonTerms(document),
    ...defined({
      signing: signingOf(document),
      opening: document.opening?.map(pairPaths),
      rootPaths: document.rootCertificateFiles,
      intermediatePaths: document.intermediateCertificateFiles,
      revocationListPaths: document.revocationListFiles,
    }),
    recipientPath: document.recipientCertificateFile,
    trustedSignerPaths: document.trustedSignerFiles,
  }
}

function signingOf(document: Document<'cms'> | Document<'gm'>): KeyPairPaths | undefined {
  if (document.signing !== undefined)
    return 'pkcs11' in document.signing ? undefined : pairPaths(document.signing)
  if (document.scheme !== 'cms') return undefined
  const { signingKeyFile: keyPath, signingCertificateFile: certificatePath } = document
  if (keyPath === undefined || certificatePath === undefined) return undefined
  return { kind: 'pem', keyPath, certificatePath }
}

function signingTokenOf({ signing }: Document<'cms'>): CmsTerms['signingToken'] {
  if (signing === undefined || !('pkcs11' in signing)) return undefined
  const { modulePath, tokenLabel, keyLabel, pinFile } = signing.pkcs11
  return { modulePath, tokenLabel, keyLabel, pinPath: pinFile, certificatePath: signing.certificateFile }
}

function pairPaths(key: CertifiedKey): KeyPairPaths {
  if ('pkcs12File' in key) return { kind: 'pkcs12', path: key.pkcs12File, passphrasePath: key.passphraseFile }
  const { keyFile: keyPath, certificateFile: certificatePath, passphraseFile } = key
  return { kind: 'pem', keyPath, certificatePath, ...defined({ passphrasePath: passphraseFile }) }
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

/** The members that have a value. */
function defined<T extends object>(members: T): Defined<T> {
  const found: Defined<T> = {}
  for (const name in members) {
    const value = members[name]
    if (value !== undefined) Object.assign(found, { [name]: value })
  }
  return found
}
