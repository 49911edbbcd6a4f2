/**
 * A paying side and a bank with keys of their own, made once per test file, and the ways to feed bytes.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readdirSync, readlinkSync } from 'node:fs'
import type { ContentSource, OwnKeys, PeerKeys } from '../../../crypto/envelope.ts'
import { type KeyUsage, selfSignedCertificate } from '../../../crypto/self-signed-certificate.ts'

/** Everything in these tests happens at this time. */
export const AT = new Date('2026-06-01T08:00:00Z')

/** A key with its certificate. */
export interface Party {
  readonly key: KeyObject
  readonly certificate: Buffer
}

/** A new party; RSA-2048, valid through 2026, for signing and decrypting unless said otherwise. */
export function makeParty(wanted: Partial<PartyOptions> = {}): Party {
  const key = wanted.key ?? makeKey(wanted.bits ?? 2048)
  const certificate = selfSignedCertificate({
    privateKey: key,
    commonName: wanted.commonName ?? '测试银行 test bank',
    notBefore: wanted.notBefore ?? new Date('2026-01-01T00:00:00Z'),
    notAfter: wanted.notAfter ?? new Date('2026-12-31T00:00:00Z'),
    keyUsages: wanted.keyUsages ?? ['digitalSignature', 'keyEncipherment'],
  })
  return { key, certificate }
}

/** What may differ between parties. */
export interface PartyOptions {
  readonly key: KeyObject
  readonly bits: number
  readonly commonName: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly keyUsages: readonly KeyUsage[]
}

/** Keys of one side that signs and opens with the same key. */
export function ownKeys(party: Party): OwnKeys {
  return { signingKey: party.key, signingCertificate: party.certificate, openingKeys: [party] }
}

/** The other side as one certificate for everything. */
export function peerKeys(party: Party, ...furtherSigners: readonly Party[]): PeerKeys {
  const trustedSigners = [party, ...furtherSigners].map(({ certificate }) => certificate)
  return { recipientCertificate: party.certificate, trustedSigners }
}

/** Content that can be read any number of times. */
export function sourceOf(content: Buffer, pieceBytes = content.length): ContentSource {
  return () => inPieces(content, pieceBytes)
}

/** The bytes in pieces of at most `pieceBytes`. */
export async function* inPieces(content: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes)
}

/** All bytes of a stream. */
export async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

/** Names in the folder and scratch files without a name that this process still holds open. */
export function leftInScratch(folder: string): string[] {
  return [...readdirSync(folder), ...heldOpen().filter((target) => target.startsWith(folder))]
}

function heldOpen(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      return []
    }
  })
}

function makeKey(bits: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
}
