/** A paying side and a bank with SM2 keys, and how opening a file under their agreement ends. */
import { EnvelopeRefused, type OwnKeys, type PeerKeys } from '../../../crypto/envelope.ts'
import { createGmEnvelope, type GmOptions } from '../../../crypto/gm/gm-envelope.ts'
import { gmCertificateSigning } from '../../../crypto/gm/gm-keyring.ts'
import { makeSm2Key, type Sm2PrivateKey } from '../../../crypto/gm/sm2-keys.ts'
import { type KeyUsage, selfSignedCertificate } from '../../../crypto/self-signed-certificate.ts'
import { AT, bytesOf, inPieces, ownKeys, type Party, peerKeys } from '../cms/parties.ts'

/** A party whose key is SM2. */
export interface GmParty extends Party {
  readonly pair: Sm2PrivateKey
}

/** What may differ between parties. */
export interface GmPartyOptions {
  readonly pair: Sm2PrivateKey
  readonly commonName: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly keyUsages: readonly KeyUsage[]
}

/** A new party; valid through 2026, for signing and decrypting unless said otherwise. */
export function makeGmParty(wanted: Partial<GmPartyOptions> = {}): GmParty {
  const pair = wanted.pair ?? makeSm2Key()
  const certificate = selfSignedCertificate({
    privateKey: pair.key,
    commonName: wanted.commonName ?? '测试银行 test bank',
    notBefore: wanted.notBefore ?? new Date('2026-01-01T00:00:00Z'),
    notAfter: wanted.notAfter ?? new Date('2026-12-31T00:00:00Z'),
    keyUsages: wanted.keyUsages ?? ['digitalSignature', 'keyEncipherment'],
    signing: gmCertificateSigning(pair),
  })
  return { pair, key: pair.key, certificate }
}

/** Every layout of an agreement. */
export const layouts = [
  'gmt0010-sign-then-encrypt',
  'gmt0010-signed-enveloped',
  'gmt0010-signed',
  'detached-sm4',
] as const

/** An agreement between two parties, seen from both sides. */
export function agreementOf(us: GmParty, bank: GmParty, options: GmOptions) {
  const agreed = { now: () => AT, ...options }
  return {
    ours: createGmEnvelope(ownKeys(us), peerKeys(bank), agreed),
    theirs: createGmEnvelope(ownKeys(bank), peerKeys(us), agreed),
  }
}

/** Opens and says how it ended: `opened`, `opened with other content`, or the code of the refusal. */
export async function gmOutcomeOf(
  message: Buffer,
  expected: Buffer,
  by: { readonly own: OwnKeys; readonly peer: PeerKeys; readonly options: GmOptions },
  pieceBytes = 777,
): Promise<string> {
  try {
    const opened = await createGmEnvelope(by.own, by.peer, by.options).open(inPieces(message, pieceBytes), AT)
    const same = (await bytesOf(opened.content())).equals(expected)
    await opened.discard()
    return same ? 'opened' : 'opened with other content'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

/** Code of what a call throws, or `accepted`. */
export function codeOf(act: () => unknown): string {
  try {
    act()
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    if (error instanceof Error) return error.name
    throw error
  }
}
