import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ContentChanged } from '../../../crypto/cms/measured-content.ts'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { createGmEnvelope, type GmOptions } from '../../../crypto/gm/gm-envelope.ts'
import { sm2PrivateKeyOf } from '../../../crypto/gm/sm2-keys.ts'
import {
  AT,
  bytesOf,
  inPieces,
  leftInScratch,
  makeParty,
  ownKeys,
  peerKeys,
  sourceOf,
} from '../cms/parties.ts'
import { agreementOf, codeOf, layouts, makeGmParty } from './gm-parties.ts'

const scratchFolder = mkdtempSync(join(tmpdir(), 'huida-gm-'))
afterAll(() => rmSync(scratchFolder, { recursive: true }))

const us = makeGmParty({ commonName: 'huida' })
const bank = makeGmParty()
const now = () => AT

async function comesBack(options: Omit<GmOptions, 'scratchFolder'>, content: Buffer, pieceBytes = 70_000) {
  const { ours, theirs } = agreementOf(us, bank, { scratchFolder, ...options })
  const opened = await theirs.open(ours.seal(sourceOf(content, pieceBytes)), AT)
  const same = (await bytesOf(opened.content())).equals(content)
  await opened.discard()
  return same && opened.sizeBytes === content.length && opened.sha256 === sha256(content)
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describe.each(layouts)('a file sealed as %s', (layout) => {
  const { ours, theirs } = agreementOf(us, bank, { scratchFolder, layout })

  it('opens to the same bytes, whatever its size', async () => {
    for (const size of [1, 15, 16, 17, 127, 128, 65_535, 300_000, 3_000_001])
      expect(await comesBack({ layout }, randomBytes(size))).toBe(true)
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('opens the same fed whole, in odd pieces and byte by byte, and may be read twice', async () => {
    const content = randomBytes(5000)
    const sealed = await bytesOf(ours.seal(sourceOf(content, 1)))
    for (const pieceBytes of [sealed.length, 1, 2, 3, 7, 1021]) {
      const opened = await theirs.open(inPieces(sealed, pieceBytes), AT)
      for (let reading = 0; reading < 2; reading += 1)
        expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      await opened.discard()
    }
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('never gives the same bytes twice', async () => {
    const [one, other] = [
      await bytesOf(ours.seal(sourceOf(Buffer.from('same')))),
      await bytesOf(ours.seal(sourceOf(Buffer.from('same')))),
    ]
    expect(one.equals(other)).toBe(false)
  })

  it('opens under every arrangement of the key, user id and signature shape that both sides agree on', async () => {
    const content = randomBytes(100)
    for (const keyTransport of ['asn1', 'c1c3c2', 'c1c3c2-bare', 'c1c2c3', 'c1c2c3-bare'] as const)
      for (const signatureShape of ['der', 'raw'] as const)
        expect(
          await comesBack({ layout, keyTransport, signatureShape, userId: 'N002432300000000' }, content),
        ).toBe(true)
  })

  it('opens to its content or not at all, whatever bit is flipped', async () => {
    const content = randomBytes(200)
    const sealed = await bytesOf(ours.seal(sourceOf(content)))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: sealed.length * 8 - 1 }), async (bit) => {
        const altered = Buffer.from(sealed)
        altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        const opened = await theirs.open(inPieces(altered, 64), AT).catch((error: unknown) => {
          if (error instanceof EnvelopeRefused) return undefined
          throw error
        })
        if (opened !== undefined) expect((await bytesOf(opened.content())).equals(content)).toBe(true)
        await opened?.discard()
      }),
      { numRuns: 150 },
    )
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('is refused when cut anywhere', async () => {
    const sealed = await bytesOf(ours.seal(sourceOf(randomBytes(100))))
    for (let length = 0; length < sealed.length; length += 7)
      await expect(theirs.open(inPieces(sealed.subarray(0, length), 4096), AT)).rejects.toThrow(
        EnvelopeRefused,
      )
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('does not come to be when the content changes between its two readings', async () => {
    const versions = ['first', 'other', 'first', 'longer', 'first', 'cut'].map((text) => Buffer.from(text))
    const changing = () => inPieces(versions.shift() ?? Buffer.alloc(0), 2)
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(bytesOf(ours.seal(changing))).rejects.toThrow(ContentChanged)
  })

  it('does not come to be from no content, from too much, or with a certificate out of date', async () => {
    const sealing = (options: Partial<GmOptions>, content: Buffer, party = us) =>
      bytesOf(
        createGmEnvelope(ownKeys(party), peerKeys(bank), { scratchFolder, layout, now, ...options }).seal(
          sourceOf(content),
        ),
      )
    await expect(sealing({}, Buffer.alloc(0))).rejects.toMatchObject({ code: 'EMPTY_CONTENT' })
    await expect(sealing({ maxContentBytes: 9 }, Buffer.alloc(10))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    const later = () => new Date('2027-06-01T00:00:00Z')
    await expect(sealing({ now: later }, Buffer.alloc(1))).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_VALID',
    })
    const encrypting = makeGmParty({ pair: us.pair, keyUsages: ['keyEncipherment'] })
    await expect(sealing({}, Buffer.alloc(1), encrypting)).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_VALID',
    })
  })
})

describe('the terms of an agreement', () => {
  const content = randomBytes(1000)

  it('all come back when both sides hold them', async () => {
    const terms: readonly Omit<GmOptions, 'scratchFolder'>[] = [
      { signs: 'attributes' },
      { signs: 'attributes', signatureShape: 'raw' },
      { signs: 'attributes', layout: 'gmt0010-signed' },
      { contentTypes: 'pkcs7' },
      { contentTypes: 'pkcs7', layout: 'gmt0010-signed-enveloped' },
      { signatureAlgorithm: 'sm2-with-sm3', sm3Parameter: 'absent' },
      { signatureAlgorithm: 'sm2-curve' },
      { cipher: 'sm4-cbc-cfca', recipientNaming: 'key-identifier' },
      { cipher: 'sm4-cbc-cfca', layout: 'gmt0010-signed-enveloped', recipientNaming: 'key-identifier' },
    ]
    for (const options of terms) expect(await comesBack(options, content)).toBe(true)
  })

  it('may give each side a user id of its own', async () => {
    const [mine, yours] = ['huida00000000000', 'bank000000000000']
    const { ours } = agreementOf(us, bank, { scratchFolder, userId: mine, peerUserId: yours })
    const { theirs } = agreementOf(us, bank, { scratchFolder, userId: yours, peerUserId: mine })
    const opened = await theirs.open(ours.seal(sourceOf(content)), AT)
    await opened.discard()
    const back = await ours.open(theirs.seal(sourceOf(content)), AT)
    await back.discard()
    await expect(ours.open(ours.seal(sourceOf(content)), AT)).rejects.toThrow(EnvelopeRefused)
  })

  it('may pin several signers and open with any key of ours while a key is rotated', async () => {
    const next = makeGmParty({ commonName: 'next' })
    for (const layout of layouts) {
      const rotating = { ...ownKeys(next), openingKeys: [next, bank] }
      const { ours } = agreementOf(us, bank, { scratchFolder, layout })
      const receiver = createGmEnvelope(rotating, peerKeys(next, us), { scratchFolder, layout, now })
      const opened = await receiver.open(ours.seal(sourceOf(content)), AT)
      expect((await bytesOf(opened.content())).equals(content)).toBe(true)
      await opened.discard()
    }
  })

  it('are refused at once when keys do not fit, are not SM2, or a layout cannot have them', () => {
    const rsa = makeParty()
    const p256 = makeParty({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })
    const make = (own = ownKeys(us), peer = peerKeys(bank), options: Partial<GmOptions> = {}) =>
      codeOf(() => createGmEnvelope(own, peer, { scratchFolder, ...options }))
    expect(make()).toBe('accepted')
    expect(make(ownKeys(rsa))).toBe('NOT_A_KEY')
    expect(make(ownKeys(p256))).toBe('NOT_A_KEY')
    expect(make(ownKeys(us), peerKeys(rsa))).toBe('WEAK_KEY')
    expect(make(ownKeys(us), peerKeys(p256))).toBe('WEAK_KEY')
    expect(make({ ...ownKeys(us), signingCertificate: bank.certificate })).toBe('KEY_AND_CERTIFICATE_DIFFER')
    expect(make(ownKeys(us), { ...peerKeys(bank), trustedSigners: [Buffer.from('x')] })).toBe(
      'NOT_A_CERTIFICATE',
    )
    expect(make(ownKeys(us), peerKeys(bank), { signs: 'attributes', layout: 'detached-sm4' })).toBe(
      'RangeError',
    )
  })

  it('take a key that was just generated and never exported', async () => {
    const generated = generateKeyPairSync('ec', { namedCurve: 'SM2' }).privateKey
    const fresh = makeGmParty({
      pair: sm2PrivateKeyOf(generated),
    })
    const own = {
      signingKey: generated,
      signingCertificate: fresh.certificate,
      openingKeys: [{ key: generated, certificate: fresh.certificate }],
    }
    const sender = createGmEnvelope(own, peerKeys(bank), { scratchFolder, now })
    const receiver = createGmEnvelope(ownKeys(bank), peerKeys(fresh), { scratchFolder, now })
    const opened = await receiver.open(sender.seal(sourceOf(content)), AT)
    await opened.discard()
  })
})
