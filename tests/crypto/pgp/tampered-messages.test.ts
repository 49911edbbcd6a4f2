import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type EnvelopeRefusal, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { PACKET, packetOf } from '../../../crypto/pgp/packet-reader.ts'
import type { PgpPeerKeys } from '../../../crypto/pgp/pgp-keyring.ts'
import { flipped } from '../cms/messages.ts'
import { AT, leftInScratch } from '../cms/parties.ts'
import {
  compressed,
  type EncryptionWishes,
  encrypted,
  joined,
  literal,
  signedPackets,
  type WholePacket,
} from './messages.ts'
import {
  bank,
  bankEcc,
  bankEccSecret,
  bankSecret,
  content,
  contentOf,
  fixture,
  huida,
  huidaSecret,
  ours,
  scratchFolder,
} from './parties.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true, force: true }))

type Case = readonly [
  title: string,
  make: () => Promise<Buffer> | Buffer,
  outcome: EnvelopeRefusal | 'opened',
  peer?: Partial<PgpPeerKeys>,
]

const right = await signedPackets(bankEccSecret)
const [announcement, data, signature] = right
const other = await signedPackets(bankSecret)
const message = (name: string) => () => fixture(`messages/${name}`)

/** The packets of a right message, changed, and encrypted for us. */
const inside =
  (change: (packets: readonly WholePacket[]) => readonly WholePacket[], wishes?: EncryptionWishes) => () =>
    encrypted(joined(change(right)), wishes)

const withBody = (tag: number, change: (body: Buffer) => Buffer) => (all: readonly WholePacket[]) =>
  all.map((packet) => (packet.tag === tag ? { tag, body: change(packet.body) } : packet))

const replacedBy = (tag: number, by: readonly (WholePacket | undefined)[]) => (all: readonly WholePacket[]) =>
  all.flatMap((packet) => (packet.tag === tag ? by.flatMap((one) => one ?? []) : [packet]))

const cases: readonly Case[] = [
  ['a right message', inside((all) => all), 'opened'],
  ['a right message, compressed', inside((all) => [compressed(joined(all))]), 'opened'],
  ['a right message of gpg', message('rsa.gpg'), 'opened'],
  ['a right message of gpg in armour', message('rsa.asc'), 'opened'],
  ['a message for several of us', message('two-recipients.gpg'), 'opened'],
  ['a message that does not say for whom it is', message('hidden-recipient.gpg'), 'opened'],
  ['two signers, both pinned', message('two-signers.gpg'), 'opened'],
  ['a file name that leads elsewhere', message('named.gpg'), 'opened'],
  ['a marker and padding between the packets', inside(withMarkers), 'opened'],

  ['a byte of the session key altered', async () => flipped(await whole(), 40), 'UNDECRYPTABLE'],
  ['a byte of the content altered', async () => flipped(await whole(), -400), 'UNDECRYPTABLE'],
  ['a byte of the closing digest altered', async () => flipped(await whole(), -3), 'UNDECRYPTABLE'],
  [
    'a closing digest that is not one',
    inside((all) => all, { closing: () => Buffer.alloc(20) }),
    'UNDECRYPTABLE',
  ],
  ['bytes behind the closing digest', inside((all) => all, { closing: longer }), 'UNDECRYPTABLE'],
  ['the message cut in its content', async () => (await whole()).subarray(0, -30), 'TRUNCATED'],
  ['the message cut in its session key', async () => (await whole()).subarray(0, 90), 'TRUNCATED'],
  ['the message cut before its content', async () => (await whole()).subarray(0, 94), 'TRUNCATED'],
  ['nothing at all', () => Buffer.alloc(0), 'TRUNCATED'],
  ['armour that is cut', () => fixture('messages/rsa.asc').subarray(0, 900), 'TRUNCATED'],
  ['armour that ends before its end line', () => fixture('messages/rsa.asc').subarray(0, -20), 'TRUNCATED'],
  ['bytes after the message', async () => Buffer.concat([await whole(), Buffer.of(0)]), 'TRAILING_BYTES'],
  ['the message twice', async () => Buffer.concat([await whole(), await whole()]), 'TRAILING_BYTES'],
  [
    'text after the armour',
    () => Buffer.concat([fixture('messages/rsa.asc'), Buffer.from('x')]),
    'TRAILING_BYTES',
  ],
  ['armour with other letters', () => asciiReplaced('messages/rsa.asc', 'q', '%'), 'MALFORMED'],
  ['armour of another kind', () => asciiReplaced('messages/rsa.asc', ' MESSAGE', ' SIGNATURE'), 'MALFORMED'],
  ['bytes after the compressed content', inside(withTrailingInCompressed), 'TRAILING_BYTES'],
  ['a compressed content that is cut', inside(withCutCompressed), 'TRUNCATED'],

  ['a plain file', () => content, 'NOT_ENCRYPTED'],
  ['a signed file that is not encrypted', message('signed-only.gpg'), 'NOT_ENCRYPTED'],
  ['a secret key instead of a message', () => packetOf(5, Buffer.alloc(40)), 'MALFORMED'],
  ['a message for another key', message('for-stranger.gpg'), 'WRONG_RECIPIENT'],
  ['no signature', message('unsigned.gpg'), 'NOT_SIGNED'],
  ['the signature taken out', inside(replacedBy(PACKET.signature, [])), 'NOT_SIGNED'],
  [
    'an announced signature that never comes',
    inside((all) => [announcement, ...all].flatMap((one) => one ?? [])),
    'MALFORMED',
  ],
  [
    'a byte altered under the signature',
    inside(withBody(PACKET.literal, (body) => flipped(body, 30))),
    'BAD_SIGNATURE',
  ],
  [
    'the content of another file',
    inside(replacedBy(PACKET.literal, [literal(Buffer.from('other'))])),
    'BAD_SIGNATURE',
  ],
  [
    'a byte of the signature altered',
    inside(withBody(PACKET.signature, (body) => flipped(body, -4))),
    'BAD_SIGNATURE',
  ],
  [
    'a signature that cannot be read',
    inside(withBody(PACKET.signature, () => Buffer.of(9, 9, 9))),
    'MALFORMED',
  ],
  ['a signer who is not pinned', message('by-stranger.gpg'), 'UNKNOWN_SIGNER'],
  ['a pinned and an unknown signer', message('bank-and-stranger.gpg'), 'UNKNOWN_SIGNER'],
  [
    'our own signature sent back',
    async () => encrypted(joined(await signedPackets(huidaSecret))),
    'UNKNOWN_SIGNER',
  ],
  ['two signers of whom one fails', () => encrypted(joined(twoSigners(true))), 'BAD_SIGNATURE'],
  [
    'one key that signed twice',
    inside((all) => [announcement, ...all, signature].flatMap((one) => one ?? [])),
    'SEVERAL_SIGNERS',
  ],
  ['a key that has run out', message('by-expired.gpg'), 'CERTIFICATE_NOT_VALID'],
  ['a key that is not valid yet', message('by-early.gpg'), 'CERTIFICATE_NOT_VALID'],
  ['a key that was revoked', message('by-revoked.gpg'), 'CERTIFICATE_REVOKED'],
  ['a signature of next month', message('from-tomorrow.gpg'), 'SIGNATURE_TIME'],
  ['a signature that has run out', message('run-out.gpg'), 'SIGNATURE_TIME'],
  ['a signature over text', message('text-mode.gpg'), 'MALFORMED'],
  ['a SHA-1 signature', message('sha1.gpg'), 'WEAK_ALGORITHM'],
  ['an MD5 signature', message('md5.gpg'), 'WEAK_ALGORITHM'],
  ['a DSA signature', message('by-dsa.gpg'), 'WEAK_ALGORITHM'],
  ['an RSA key of 1024 bits', message('by-weak.gpg'), 'WEAK_ALGORITHM'],
  ['triple DES', message('3des.gpg'), 'WEAK_ALGORITHM'],
  ['CAST5', message('cast5.gpg'), 'WEAK_ALGORITHM'],
  ['IDEA', message('idea.gpg'), 'WEAK_ALGORITHM'],
  ['no integrity protection', message('no-mdc.gpg'), 'WEAK_ALGORITHM'],
  ['bzip2', message('bzip2.gpg'), 'ALGORITHM_NOT_AGREED'],
  ['content of version 2', inside((all) => all, { version: 2 }), 'ALGORITHM_NOT_AGREED'],
  [
    'the OCB packet of newer GnuPG',
    inside((all) => all, { tag: PACKET.aeadProtected }),
    'ALGORITHM_NOT_AGREED',
  ],

  [
    'an empty file',
    async () => encrypted(joined(await signedPackets(bankEccSecret, Buffer.alloc(0)))),
    'EMPTY_CONTENT',
  ],
  ['no file at all', inside(replacedBy(PACKET.literal, [])), 'MALFORMED'],
  ['two files', inside(replacedBy(PACKET.literal, [data, data])), 'MALFORMED'],
  [
    'compressed inside compressed',
    inside((all) => [compressed(joined([compressed(joined(all))]))]),
    'MALFORMED',
  ],
  ['an encrypted message inside', async () => encrypted(await whole()), 'MALFORMED'],
  ['plain text inside', () => encrypted(content), 'MALFORMED'],
  [
    'a file above the limit',
    async () => encrypted(joined(await signedPackets(bankEccSecret, Buffer.alloc(5001)))),
    'TOO_LARGE',
  ],
  [
    'a compression bomb',
    () => encrypted(joined([compressed(joined([literal(Buffer.alloc(40_000_000))]))])),
    'TOO_LARGE',
  ],
  ['thousands of announced signatures', inside((all) => [...many(announcement), ...all]), 'TOO_LARGE'],
  [
    'a hundred recipients',
    async () => Buffer.concat([...(await manySessionKeys()), await whole()]),
    'TOO_LARGE',
  ],
]

describe('F71: an OpenPGP message', () => {
  for (const [title, make, outcome, peer] of cases) {
    it(`${title}: ${outcome}`, async () => {
      expect(await outcomeOf(await make(), peer)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }

  it('is refused or opens to its content, whatever bit is flipped', async () => {
    const sealed = await whole()
    for (let at = 0; at < sealed.length; at += 37) {
      expect(await outcomeOf(flipped(sealed, at)), `byte ${at}`).not.toBe('opened with other content')
    }
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('is refused when cut anywhere', async () => {
    const sealed = await whole()
    for (let size = 0; size < sealed.length; size += 41) {
      expect(await outcomeOf(sealed.subarray(0, size)), `${size} bytes`).toMatch(/TRUNCATED/)
    }
  })
})

describe('F17: while the bank changes its signing key', () => {
  it('messages signed with the old and with the new key both open', async () => {
    const trustedSigners = [bank, bankEcc]
    expect(await outcomeOf(fixture('messages/rsa.gpg'), { trustedSigners })).toBe('opened')
    expect(await outcomeOf(fixture('messages/ecc-plain.gpg'), { trustedSigners })).toBe('opened')
    expect(await outcomeOf(fixture('messages/rsa.gpg'), { trustedSigners: [bankEcc] })).toBe('UNKNOWN_SIGNER')
  })
})

async function outcomeOf(sealed: Buffer, peer: Partial<PgpPeerKeys> = {}): Promise<string> {
  try {
    const envelope = ours(peer, { maxContentBytes: 5000 })
    return (await contentOf(envelope, sealed, AT, 777)).equals(content)
      ? 'opened'
      : 'opened with other content'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

function whole(): Promise<Buffer> {
  return encrypted(joined(right))
}

function longer(digest: Buffer): Buffer {
  return Buffer.concat([digest, Buffer.of(1)])
}

function withMarkers(all: readonly WholePacket[]): WholePacket[] {
  const marker = { tag: PACKET.marker, body: Buffer.from('PGP') }
  return [marker, ...all, { tag: PACKET.padding, body: Buffer.alloc(20) }]
}

function withTrailingInCompressed(all: readonly WholePacket[]): WholePacket[] {
  const { tag, body } = compressed(joined(all))
  return [{ tag, body: Buffer.concat([body, Buffer.alloc(50, 7)]) }]
}

function withCutCompressed(all: readonly WholePacket[]): WholePacket[] {
  const { tag, body } = compressed(joined(all))
  return [{ tag, body: body.subarray(0, -60) }]
}

/** Announced in the order in which they close around the content. */
function twoSigners(oneFails: boolean): WholePacket[] {
  const [otherAnnouncement, , otherSignature] = other
  const last =
    otherSignature && oneFails
      ? { ...otherSignature, body: flipped(otherSignature.body, -9) }
      : otherSignature
  return [otherAnnouncement, announcement, data, signature, last].flatMap((one) => one ?? [])
}

function many(packet: WholePacket | undefined): WholePacket[] {
  return packet === undefined ? [] : Array.from({ length: 3000 }, () => packet)
}

async function manySessionKeys(): Promise<Buffer[]> {
  const sealed = await encrypted(Buffer.alloc(0), { recipient: huida })
  // A two-octet length (RFC 9580 §4.2.1.2); the number of octets differs with leading zeros of the encrypted key.
  const one = sealed.subarray(0, 3 + (((sealed[1] ?? 0) - 192) << 8) + (sealed[2] ?? 0) + 192)
  return Array.from({ length: 100 }, () => one)
}

function asciiReplaced(name: string, from: string, to: string): Buffer {
  return Buffer.from(fixture(name).toString('latin1').replaceAll(from, to), 'latin1')
}
