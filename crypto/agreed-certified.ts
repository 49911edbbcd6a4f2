/**
 * One step of CMS or of the Chinese family, for one direction, with its keys loaded from files. What the other
 * direction would need is filled with keys that nobody has and that nothing uses.
 */
import { X509Certificate } from 'node:crypto'
import type { CertificateFacts } from './cms/certificate-facts.ts'
import { type CmsAgreement, type CmsOwnKeys, createCmsEnvelope } from './cms/cms-envelope.ts'
import type { Authorities } from './cms/signer-info.ts'
import type { Envelope, EnvelopeKeys, OwnKeys, PeerKeys } from './envelope.ts'
import type { FamilyLayers } from './envelope-steps.ts'
import type { CertifiedTerms, CmsTerms, EnvelopeUse, GmTerms } from './envelope-terms.ts'
import { filesRead } from './files-read.ts'
import { createGmEnvelope } from './gm/gm-envelope.ts'
import { loadGmCertificate, loadGmCertifiedKey, makeGmKeyPair } from './gm/gm-keyring.ts'
import { certificateKeyId } from './key-id.ts'
import {
  type CertifiedKey,
  type KeyPairPaths,
  loadCertificate,
  loadCertifiedKey,
  makeKeyPair,
} from './keyring.ts'
import { openTokenSigner } from './pkcs11/token-signer.ts'
import { KeyRefused, readPublicFile } from './secret-file.ts'
import { type AuthorityTerms, bankAuthorities } from './x509/authorities.ts'

/** Which way a step is used. */
export type Direction = 'outward' | 'inward'

/** A step of a family: the way that it is not used throws. */
export interface FamilyStage extends Pick<Envelope, 'seal' | 'open'> {
  readonly keys: EnvelopeKeys
}

/** What one step needs besides the terms. */
export interface StageUse extends EnvelopeUse {
  readonly layers: FamilyLayers
  readonly direction: Direction
  readonly maxContentBytes: number
}

/** A step of CMS; throws KeyRefused and EnvelopeRefused (revocation lists). */
export async function cmsStage(terms: CmsTerms, use: StageUse): Promise<FamilyStage> {
  const signsByToken = use.direction === 'outward' && use.layers !== 'encrypt'
  const token = signsByToken ? terms.signingToken : undefined
  const { own, peer, keys } =
    token === undefined ? await partiesOf(terms, use, rsaLoading) : await tokenParties(terms, token, use)
  const { cipher, keyTransport, digest, padding } = terms
  const agreement: CmsAgreement = {
    own,
    peer,
    scratchFolder: use.scratchFolder,
    layers: use.layers,
    maxContentBytes: use.maxContentBytes,
    ...(cipher !== undefined && { cipher }),
    ...(keyTransport !== undefined && { keyTransport }),
    ...(digest !== undefined && { digest }),
    ...(padding !== undefined && { padding }),
    ...authoritiesOf(terms, rsaLoading),
    ...(use.now !== undefined && { now: use.now }),
  }
  return { ...createCmsEnvelope(agreement), keys }
}

/** A step of the Chinese family: both layers in one message, or a signature alone. Throws KeyRefused. */
export async function gmStage(terms: GmTerms, use: StageUse): Promise<FamilyStage> {
  const { own, peer, keys } = await partiesOf(terms, use, gmLoading)
  const envelope = createGmEnvelope(own, peer, {
    ...terms.options,
    ...(use.layers === 'sign' && { layout: 'gmt0010-signed' }),
    scratchFolder: use.scratchFolder,
    maxContentBytes: use.maxContentBytes,
    ...authoritiesOf(terms, gmLoading),
    ...(use.now !== undefined && { now: use.now }),
  })
  return { ...envelope, keys }
}

/** How a family loads what files hold, and makes what nobody uses. */
interface Loading {
  readonly pair: (paths: KeyPairPaths) => Promise<CertifiedKey> | CertifiedKey
  readonly certificate: (path: string) => Buffer
  readonly unused: () => Promise<CertifiedKey> | CertifiedKey
}

const rsaLoading: Loading = {
  pair: loadCertifiedKey,
  certificate: loadCertificate,
  unused: () => makeKeyPair({ commonName: 'unused', days: 1 }),
}

const gmLoading: Loading = {
  pair: loadGmCertifiedKey,
  certificate: loadGmCertificate,
  unused: () => makeGmKeyPair({ commonName: 'unused', days: 1 }),
}

interface Parties {
  readonly own: OwnKeys
  readonly peer: PeerKeys
  readonly keys: EnvelopeKeys
}

function partiesOf(terms: CertifiedTerms, use: StageUse, loading: Loading): Promise<Parties> {
  return use.direction === 'outward'
    ? outwardParties(terms, use.layers, loading)
    : inwardParties(terms, use.layers, loading)
}

async function outwardParties(
  terms: CertifiedTerms,
  layers: FamilyLayers,
  loading: Loading,
): Promise<Parties> {
  const signs = layers !== 'encrypt'
  const encrypts = layers !== 'sign'
  const signing = signs ? await loading.pair(needed(terms.signing, 'a key to sign with')) : undefined
  const recipientCertificate = encrypts
    ? loading.certificate(needed(terms.recipientPath, 'a certificate to encrypt for'))
    : undefined
  const unused = signs && encrypts ? undefined : await loading.unused()
  const { key, certificate } = someOf(signing, unused)
  return {
    own: { signingKey: key, signingCertificate: certificate, openingKeys: [] },
    peer: {
      recipientCertificate: recipientCertificate ?? someOf(unused).certificate,
      trustedSigners: [],
    },
    keys: {
      ...(signing && { signedBy: certificateKeyId(signing.certificate) }),
      ...(recipientCertificate && { sealedFor: certificateKeyId(recipientCertificate) }),
    },
  }
}

/** We sign with a key in a token; whom we encrypt for is no matter of it. */
async function tokenParties(
  terms: CmsTerms,
  token: NonNullable<CmsTerms['signingToken']>,
  { layers }: StageUse,
): Promise<Omit<Parties, 'own'> & { readonly own: CmsOwnKeys }> {
  const certificate = loadCertificate(token.certificatePath)
  const signingKey = await openTokenSigner(token, new X509Certificate(certificate).publicKey)
  const outward =
    layers === 'sign' ? await unusedRecipient() : await outwardParties(terms, 'encrypt', rsaLoading)
  return {
    own: { signingKey, signingCertificate: certificate, openingKeys: [] },
    peer: outward.peer,
    keys: { signedBy: certificateKeyId(certificate), ...outward.keys },
  }
}

async function unusedRecipient(): Promise<Pick<Parties, 'peer' | 'keys'>> {
  const { certificate } = await rsaLoading.unused()
  return { peer: { recipientCertificate: certificate, trustedSigners: [] }, keys: {} }
}

async function inwardParties(
  terms: CertifiedTerms,
  layers: FamilyLayers,
  loading: Loading,
): Promise<Parties> {
  const paths = terms.opening ?? (terms.signing === undefined ? [] : [terms.signing])
  const opening = layers === 'sign' ? [] : paths
  if (layers !== 'sign' && paths.length === 0) needed(undefined, 'a key to open with')
  const openingKeys = await Promise.all(opening.map(loading.pair))
  const trustedSigners = layers === 'encrypt' ? [] : signersOf(terms, loading)
  const { key, certificate } = someOf(openingKeys[0] ?? (await loading.unused()))
  return {
    own: { signingKey: key, signingCertificate: certificate, openingKeys },
    peer: { recipientCertificate: certificate, trustedSigners },
    keys: {},
  }
}

function signersOf({ trustedSignerPaths = [] }: CertifiedTerms, loading: Loading): readonly Buffer[] {
  const [first] = trustedSignerPaths
  needed(first, 'a certificate whose signature counts')
  return trustedSignerPaths.map(loading.certificate)
}

function needed<T>(given: T | undefined, what: string): T {
  if (given !== undefined) return given
  throw new KeyRefused('NOT_A_KEY', `${what} is needed and none is named`)
}

function someOf(...pairs: readonly (CertifiedKey | undefined)[]): CertifiedKey {
  return needed(
    pairs.find((pair) => pair !== undefined),
    'a key',
  )
}

/** Nothing where no roots are agreed, which leaves it at pinning. */
function authoritiesOf(
  { rootPaths, intermediatePaths = [], revocationListPaths }: CertifiedTerms,
  { certificate }: Loading,
): { readonly authorities?: Authorities } {
  if (rootPaths === undefined) return {}
  const [roots, intermediates] = [rootPaths.map(certificate), intermediatePaths.map(certificate)]
  if (revocationListPaths === undefined) return { authorities: bankAuthorities({ roots, intermediates }) }
  return { authorities: renewedAuthorities({ roots, intermediates }, revocationListPaths) }
}

/** Revocation lists are renewed every few days while the service runs, so their files are looked at each time. */
function renewedAuthorities(fixed: AuthorityTerms, revocationListPaths: readonly string[]): Authorities {
  const current = filesRead(revocationListPaths, readPublicFile, (revocationLists) =>
    bankAuthorities({ ...fixed, revocationLists }),
  )
  current()
  return {
    mayStandIn: (certificate: CertificateFacts) => current().mayStandIn(certificate),
    vouch: (signer, embedded, at) => current().vouch(signer, embedded, at),
  }
}
