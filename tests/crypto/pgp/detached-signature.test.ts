import { describe, expect, it } from 'vitest'
import { type EnvelopeRefusal, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { signPgpDetached, verifyPgpDetached } from '../../../crypto/pgp/detached-signature.ts'
import { PACKET } from '../../../crypto/pgp/packet-reader.ts'
import { flipped } from '../cms/messages.ts'
import { AT, sourceOf } from '../cms/parties.ts'
import { joined, literal, packetsIn } from './messages.ts'
import { bank, bankEcc, bankEccSecret, content, fixture, huida } from './parties.ts'

const trust = { trustedSigners: [bank, bankEcc], at: AT }
const binary = fixture('messages/detached.sig')
const armored = fixture('messages/detached.asc')
const ours = await signPgpDetached(sourceOf(content, 7), { signingKey: bankEccSecret, at: AT })

const outcomeOf = async (side: Buffer, signed = content, trusted = trust): Promise<string> => {
  try {
    await verifyPgpDetached(sourceOf(signed, 100), side, trusted)
    return 'verified'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

const withType = async (type: number): Promise<Buffer> =>
  joined((await packetsIn(ours)).map(({ tag, body }) => ({ tag, body: typed(body, type) })))

const cases: readonly (readonly [string, () => Buffer | Promise<Buffer>, EnvelopeRefusal | 'verified'])[] = [
  ['a side file of gpg', () => binary, 'verified'],
  ['a side file of gpg in armour', () => armored, 'verified'],
  ['a side file of ours', () => ours, 'verified'],
  ['signatures of two keys', () => Buffer.concat([binary, ours]), 'verified'],
  ['the same signature twice', () => Buffer.concat([binary, binary]), 'SEVERAL_SIGNERS'],
  ['a byte of the signature altered', () => flipped(binary, -20), 'BAD_SIGNATURE'],
  ['one of two signatures altered', () => Buffer.concat([flipped(binary, -20), ours]), 'BAD_SIGNATURE'],
  ['a signature of another kind', () => withType(0x10), 'MALFORMED'],
  ['a signature that is cut', () => binary.subarray(0, -1), 'TRUNCATED'],
  ['armour that is cut', () => armored.subarray(0, 120), 'TRUNCATED'],
  ['bytes behind the signature', () => Buffer.concat([binary, Buffer.of(0)]), 'MALFORMED'],
  ['text behind the armour', () => Buffer.concat([armored, Buffer.from('x')]), 'TRAILING_BYTES'],
  ['an empty side file', () => Buffer.alloc(0), 'NOT_SIGNED'],
  ['the data file in place of the side file', () => content, 'NOT_SIGNED'],
  ['a message in place of the side file', () => fixture('messages/rsa.asc'), 'MALFORMED'],
  ['a signed file in place of the side file', () => fixture('messages/signed-only.gpg'), 'MALFORMED'],
  ['the data inside the side file', () => joined([literal(content)]), 'MALFORMED'],
  ['a megabyte of side file', () => Buffer.alloc(1_000_000, 0xc2), 'TOO_LARGE'],
  ['a hundred signatures', () => Buffer.concat(Array.from({ length: 100 }, () => ours)), 'TOO_LARGE'],
]

describe('F71: an OpenPGP side file', () => {
  for (const [title, make, outcome] of cases) {
    it(`${title}: ${outcome}`, async () => expect(await outcomeOf(await make())).toBe(outcome))
  }

  it('is refused for any other content and for any other signer', async () => {
    expect(await outcomeOf(binary, Buffer.from('other'))).toBe('BAD_SIGNATURE')
    expect(await outcomeOf(binary, content.subarray(1))).toBe('BAD_SIGNATURE')
    expect(await outcomeOf(binary, content, { trustedSigners: [huida], at: AT })).toBe('UNKNOWN_SIGNER')
    expect(await outcomeOf(binary, content, { ...trust, at: new Date('2026-05-31T00:00:00Z') })).toBe(
      'SIGNATURE_TIME',
    )
  })

  it('is not made over nothing, nor before its key is valid', async () => {
    const empty = signPgpDetached(sourceOf(Buffer.alloc(0), 1), { signingKey: bankEccSecret, at: AT })
    await expect(empty).rejects.toMatchObject({ code: 'EMPTY_CONTENT' })
    const early = { signingKey: bankEccSecret, at: new Date('2024-01-01T00:00:00Z') }
    await expect(signPgpDetached(sourceOf(content), early)).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_VALID',
    })
  })

  it('is one packet, and the same content may be signed again', async () => {
    expect((await packetsIn(ours)).map(({ tag }) => tag)).toEqual([PACKET.signature])
    const again = await signPgpDetached(sourceOf(content), {
      signingKey: bankEccSecret,
      at: AT,
      armored: true,
    })
    expect(await outcomeOf(again)).toBe('verified')
  })
})

/** The kind of a signature is its second octet. */
function typed(body: Buffer, type: number): Buffer {
  return Buffer.concat([body.subarray(0, 1), Buffer.of(type), body.subarray(2)])
}
