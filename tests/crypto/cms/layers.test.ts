import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type CmsAgreement, type CmsLayers, createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { flipped } from './messages.ts'
import { AT, bytesOf, inPieces, leftInScratch, makeParty, ownKeys, peerKeys, sourceOf } from './parties.ts'
import { bank, content, outcomeOf, scratchFolder, us } from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true, force: true }))

const layers: readonly CmsLayers[] = ['sign-and-encrypt', 'sign', 'encrypt']
const now = () => AT

const sealed = (agreed: Partial<CmsAgreement>, bytes = content): Promise<Buffer> => {
  const own = { own: ownKeys(bank), peer: peerKeys(us), scratchFolder, now }
  return bytesOf(createCmsEnvelope({ ...own, ...agreed }).seal(sourceOf(bytes, 70_000)))
}

describe('layers of a CMS message', () => {
  it.each(layers)('%s: opens to the same bytes, whole and in pieces', async (agreed) => {
    for (const bytes of [randomBytes(1), randomBytes(300_001)]) {
      const message = await sealed({ layers: agreed }, bytes)
      const ours = createCmsEnvelope({
        own: ownKeys(us),
        peer: peerKeys(bank),
        scratchFolder,
        layers: agreed,
      })
      for (const pieceBytes of [message.length, 997]) {
        const opened = await ours.open(inPieces(message, pieceBytes), AT)
        expect((await bytesOf(opened.content())).equals(bytes)).toBe(true)
        expect(opened.sizeBytes).toBe(bytes.length)
        await opened.discard()
      }
    }
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it.each([
    ['sign', 'sign-and-encrypt', 'NOT_ENCRYPTED'],
    ['encrypt', 'sign-and-encrypt', 'NOT_SIGNED'],
    ['sign-and-encrypt', 'sign', 'NOT_SIGNED'],
    ['encrypt', 'sign', 'NOT_SIGNED'],
    ['sign', 'encrypt', 'NOT_ENCRYPTED'],
    ['sign-and-encrypt', 'encrypt', 'opened with other content'],
  ] as const)('a file of "%s" where "%s" is agreed: %s', async (made, agreed, outcome) => {
    expect(await outcomeOf(await sealed({ layers: made }), { layers: agreed })).toBe(outcome)
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it.each(layers)('%s: is refused whatever byte is altered or cut', async (agreed) => {
    const message = await sealed({ layers: agreed }, content)
    for (let at = 0; at < message.length; at += 97) {
      expect(await outcomeOf(flipped(message, at), { layers: agreed })).not.toBe('opened with other content')
      expect(await outcomeOf(message.subarray(0, at), { layers: agreed })).not.toMatch(/opened/)
    }
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('never leave content both unsigned and unauthenticated', () => {
    const agreed = { own: ownKeys(us), peer: peerKeys(bank), scratchFolder, cipher: 'aes-256-cbc' } as const
    expect(() => createCmsEnvelope({ ...agreed, layers: 'encrypt' })).toThrow(/AES-256-GCM/)
  })

  it.each(['', 'x'.repeat(5001)])('encrypt: refuses nothing at all and too much', async (text) => {
    const made = sealed({ layers: 'encrypt', maxContentBytes: 5000 }, Buffer.from(text))
    await expect(made).rejects.toMatchObject({ code: text === '' ? 'EMPTY_CONTENT' : 'TOO_LARGE' })
  })
})

describe('a signer with another key or digest', () => {
  const curves = ['P-256', 'P-384', 'P-521'] as const
  const digests = ['sha256', 'sha384', 'sha512'] as const
  const signers = [
    ...curves.map((curve) => ({
      title: curve,
      key: generateKeyPairSync('ec', { namedCurve: curve }).privateKey,
    })),
    { title: 'RSA-3072', key: generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey },
  ]

  it.each(signers.flatMap((signer) => digests.map((digest) => ({ ...signer, digest }))))(
    '$title with $digest is opened',
    async ({ key, digest }) => {
      const signer = makeParty({ key })
      const message = await sealed({ own: ownKeys(signer), digest })
      expect(await outcomeOf(message, { peer: peerKeys(bank, signer) })).toBe('opened')
    },
  )
})
