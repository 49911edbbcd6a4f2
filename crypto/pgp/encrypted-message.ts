/**
 * Reads the outside of an encrypted OpenPGP message (RFC 9580 section 10.3): session key packets, one packet of
 * integrity protected content, and nothing else. Whoever consumes it may trust nothing before it ended.
 */
import type { PrivateKey } from 'openpgp'
import { EnvelopeRefused } from '../envelope.ts'
import type { KeyTrail } from '../key-id.ts'
import { type ByteReader, byteReader, isAtEnd } from './byte-reader.ts'
import { integrityChecked } from './integrity-protected.ts'
import type { OpenPgp } from './openpgp-library.ts'
import { nextPacket, PACKET, type Packet, smallBody } from './packet-reader.ts'
import { sessionKeyOf } from './session-key.ts'

const MOST_LEADING_PACKETS = 64
const MOST_LEADING_BYTES = 8192
const CONTENT_VERSION = 1

/** Yields what is inside; throws EnvelopeRefused. */
export async function* decryptedPackets(
  pgp: OpenPgp,
  sealed: AsyncIterable<Buffer>,
  openingKeys: readonly PrivateKey[],
  trail?: KeyTrail,
): AsyncGenerator<Buffer> {
  const reader = byteReader(sealed)
  try {
    const { content, sessionKeys } = await enterContent(reader)
    const sessionKey = await sessionKeyOf(pgp, sessionKeys, openingKeys, trail)
    const ciphertext = afterVersion(content)
    yield* integrityChecked(ciphertext, sessionKey)
    await refuseTrailing(reader)
  } finally {
    await reader.iterator.return?.()
  }
}

async function enterContent(reader: ByteReader): Promise<{ content: Packet; sessionKeys: Buffer[] }> {
  const sessionKeys: Buffer[] = []
  for (let count = 0; count <= MOST_LEADING_PACKETS; count += 1) {
    const packet = await nextPacket(reader)
    if (packet === undefined) throw new EnvelopeRefused('TRUNCATED', 'the message ends before its content')
    refuseOtherKinds(packet, count)
    if (packet.tag === PACKET.integrityProtected) return { content: packet, sessionKeys }
    const body = await smallBody(packet, MOST_LEADING_BYTES)
    if (packet.tag === PACKET.publicKeySessionKey) sessionKeys.push(body)
  }
  throw new EnvelopeRefused('TOO_LARGE', `the message is for more than ${MOST_LEADING_PACKETS} keys`)
}

function refuseOtherKinds({ tag }: Packet, place: number): void {
  switch (tag) {
    case PACKET.publicKeySessionKey:
    case PACKET.passphraseSessionKey:
    case PACKET.marker:
    case PACKET.padding:
    case PACKET.integrityProtected:
      return
    case PACKET.encryptedWithoutIntegrity:
      throw new EnvelopeRefused('WEAK_ALGORITHM', 'the message is encrypted without integrity protection')
    case PACKET.aeadProtected:
      throw notAgreed('packets of type 20 (OCB of newer GnuPG) are not agreed; our key must not ask for them')
    case PACKET.literal:
    case PACKET.compressed:
    case PACKET.onePassSignature:
    case PACKET.signature:
      if (place === 0) throw new EnvelopeRefused('NOT_ENCRYPTED', 'the OpenPGP message is not encrypted')
  }
  throw new EnvelopeRefused('MALFORMED', `a packet of type ${tag} does not belong into an encrypted message`)
}

/** Without its first octet, the version; only version 1 is what banks write. */
async function* afterVersion(content: Packet): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of content.body) {
    if (isFirst && chunk[0] !== CONTENT_VERSION) {
      throw notAgreed(`version ${chunk[0]} of encrypted content is not agreed; version 1 is`)
    }
    yield isFirst ? chunk.subarray(1) : chunk
    isFirst = false
  }
}

async function refuseTrailing(reader: ByteReader): Promise<void> {
  if (await isAtEnd(reader)) return
  throw new EnvelopeRefused('TRAILING_BYTES', 'bytes follow the end of the message')
}

function notAgreed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('ALGORITHM_NOT_AGREED', message)
}
