/**
 * Verifies OpenPGP signatures (RFC 9580 section 5.2) over content that can be read again. Every signature of a
 * message must be by a pinned key and must hold; one that fails refuses the whole.
 */
import { ReadableStream } from 'node:stream/web'
import type { Key, SignaturePacket } from 'openpgp'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import { type KeyTrail, pgpKeyId } from '../key-id.ts'
import { signingKeyOf } from './key-validity.ts'
import { type OpenPgp, strictConfig } from './openpgp-library.ts'
import { PACKET, packetOf } from './packet-reader.ts'

/** How far the clock of a bank may be ahead of ours. */
const CLOCK_SKEW_MS = 5 * 60_000
const ANY_DIGEST: readonly string[] = ['sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_512']
const ANY_KEY: readonly string[] = ['rsaEncryptSign', 'rsaSign', 'ecdsa', 'eddsaLegacy', 'ed25519', 'ed448']

/** Whose signature counts, and when. */
export interface PgpTrust {
  readonly trustedSigners: readonly Key[]
  readonly at: Date
  /** Told whose signatures counted. */
  readonly trail?: KeyTrail
}

/** Throws EnvelopeRefused unless all signatures hold; reads the content once for each of them. */
export async function verifySignatures(
  pgp: OpenPgp,
  signatures: readonly Buffer[],
  content: ContentSource,
  trust: PgpTrust,
): Promise<void> {
  const checks = await Promise.all(signatures.map((body) => examined(pgp, body, trust)))
  const signers = checks.map(({ signer }) => signer)
  if (signers.length === 0) throw new EnvelopeRefused('NOT_SIGNED', 'there is no signature')
  if (new Set(signers).size < signers.length) {
    throw new EnvelopeRefused('SEVERAL_SIGNERS', 'one key signed more than once')
  }
  for (const { signer, body } of checks) await refuseBad(pgp, body, signer, content, trust.at)
  if (trust.trail !== undefined)
    trust.trail.signedBy = signers.map((signer) => pgpKeyId(signer.getFingerprint())).join(' ')
}

/** Everything about a signature that needs no look at the content. */
async function examined(pgp: OpenPgp, body: Buffer, trust: PgpTrust): Promise<{ signer: Key; body: Buffer }> {
  const packet = await signaturePacket(pgp, body)
  refuseWeakOrText(pgp, packet)
  const signer = trust.trustedSigners.find((key) => hasIssued(key, packet))
  if (signer === undefined) {
    throw new EnvelopeRefused('UNKNOWN_SIGNER', 'the signer is not one that the agreement pins')
  }
  await signingKeyOf(pgp, signer, trust.at, packet.issuerKeyID)
  refuseTime(packet, trust.at)
  return { signer, body }
}

/** The library gives what it cannot read another class, with no word. */
async function signaturePacket(pgp: OpenPgp, body: Buffer): Promise<SignaturePacket> {
  const binarySignature = packetOf(PACKET.signature, body)
  const read = await pgp.readSignature({ binarySignature, config: strictConfig(pgp) }).catch(() => undefined)
  const [packet] = read?.packets ?? []
  if (packet instanceof pgp.SignaturePacket) return packet
  throw malformed('a signature packet cannot be read')
}

/** A signature over text leaves line ends open, so only one over bytes counts. */
function refuseWeakOrText(pgp: OpenPgp, packet: SignaturePacket): void {
  if (packet.signatureType !== pgp.enums.signature.binary) {
    throw malformed('the signature is not one over bytes')
  }
  const digest = nameIn(pgp.enums.hash, packet.hashAlgorithm)
  const algorithm = nameIn(pgp.enums.publicKey, packet.publicKeyAlgorithm)
  if (!ANY_DIGEST.includes(digest)) throw weak(`a signature with ${digest} is not allowed`)
  if (!ANY_KEY.includes(algorithm)) throw weak(`a signature by ${algorithm} is not allowed`)
}

function nameIn(names: object, value: number | null): string {
  const found = Object.entries(names).find(([, number]) => number === value)
  return found?.[0] ?? `algorithm ${value}`
}

/** By key ID, and by fingerprint where the signature says one. */
function hasIssued(key: Key, packet: SignaturePacket): boolean {
  const named = key.getKeys(packet.issuerKeyID)
  const fingerprint = packet.issuerFingerprint
  if (fingerprint === null) return named.length > 0
  const wanted = Buffer.from(fingerprint).toString('hex')
  return named.some((part) => part.getFingerprint() === wanted)
}

function refuseTime(packet: SignaturePacket, at: Date): void {
  const created = packet.created?.getTime() ?? Number.POSITIVE_INFINITY
  if (created > at.getTime() + CLOCK_SKEW_MS) throw wrongTime('lies in the future')
  if (packet.getExpirationTime().valueOf() <= at.getTime()) throw wrongTime('has run out')
}

async function refuseBad(
  pgp: OpenPgp,
  body: Buffer,
  signer: Key,
  content: ContentSource,
  at: Date,
): Promise<void> {
  const config = strictConfig(pgp)
  const signature = await pgp.readSignature({ binarySignature: packetOf(PACKET.signature, body), config })
  const message = await pgp.createMessage({ binary: ReadableStream.from<Uint8Array>(content()) })
  const date = new Date(at.getTime() + CLOCK_SKEW_MS)
  const options = { message, signature, verificationKeys: signer, format: 'binary', date, config } as const
  const result = await pgp.verify(options)
  await readToEnd(result.data)
  const [check, ...others] = result.signatures
  const holds = others.length === 0 && (await check?.verified.catch(() => false)) === true
  if (!holds) {
    throw new EnvelopeRefused('BAD_SIGNATURE', 'the signature does not verify with the key of the signer')
  }
}

/** The library puts a stream of its own behind the methods of this one, so only a reader sees its content. */
async function readToEnd(chunks: Pick<ReadableStream, 'getReader'>): Promise<void> {
  const reader = chunks.getReader()
  while (!(await reader.read()).done);
}

function wrongTime(what: string): EnvelopeRefused {
  return new EnvelopeRefused('SIGNATURE_TIME', `the time of the signature ${what}`)
}

function weak(message: string): EnvelopeRefused {
  return new EnvelopeRefused('WEAK_ALGORITHM', message)
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
