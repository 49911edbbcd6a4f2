/** Envelopes as agreements order them: documents, what is refused with which sentence, and both sides of each. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import { type Envelope, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { makeGmKeyPair } from '../../../crypto/gm/gm-keyring.ts'
import { makeKeyPair } from '../../../crypto/keyring.ts'
import { makePgpKeyPair } from '../../../crypto/pgp/pgp-keyring.ts'
import { envelopeSchema } from '../../../gateway/banks/envelope-schema.ts'
import { envelopeSuffix, envelopeTerms } from '../../../gateway/banks/envelope-terms.ts'
import { keysOf } from '../../../gateway/banks/key-expiry.ts'
import { bytesOf, leftInScratch, sourceOf } from '../../crypto/cms/parties.ts'

const root = mkdtempSync(join(tmpdir(), 'huida-agreed-'))
const scratchFolder = join(root, 'scratch')
const at = (name: string): string => join(root, name)
const content = Buffer.from(
  `${'6222000000000001|王某|1200.00\n'.repeat(2000)}${randomBytes(999).toString('hex')}`,
)
const fingerprints = new Map<string, string>()

beforeAll(async () => {
  const secret = (name: string, text: string): void => writeFileSync(at(name), text, { mode: 0o600 })
  for (const name of ['us', 'us-next', 'bank', 'bank-next', 'stranger']) {
    const rsa = await makeKeyPair({ commonName: name, days: 90 })
    const gm = makeGmKeyPair({ commonName: name, days: 90 })
    const pgp = await makePgpKeyPair({
      name,
      email: `${name}@example.test`,
      at: new Date(Date.now() - 60_000),
      days: 90,
    })
    secret(`${name}.key`, rsa.privateKeyPem)
    secret(`${name}.sm2.key`, gm.privateKeyPem)
    secret(`${name}.asc`, pgp.secretKey)
    writeFileSync(at(`${name}.crt`), rsa.certificatePem)
    writeFileSync(at(`${name}.sm2.crt`), gm.certificatePem)
    writeFileSync(at(`${name}.pub.asc`), pgp.publicKey)
    fingerprints.set(name, pgp.fingerprint)
  }
}, 60_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

type Document = Readonly<Record<string, unknown>>
interface Sides {
  readonly own: string
  readonly peer: string
}
const toBank: Sides = { own: 'us', peer: 'bank' }
const atBank: Sides = { own: 'bank', peer: 'us' }

const certified = (scheme: string, { own, peer }: Sides, more: Document, kind = ''): Document => ({
  scheme,
  signing: { keyFile: at(`${own}${kind}.key`), certificateFile: at(`${own}${kind}.crt`) },
  recipientCertificateFile: at(`${peer}${kind}.crt`),
  trustedSignerFiles: [at(`${peer}${kind}.crt`)],
  ...more,
})
const cms = (sides: Sides, more: Document = {}): Document => certified('cms', sides, more)
const gm = (sides: Sides, more: Document = {}): Document => certified('gm', sides, more, '.sm2')
const publicKey = (name: string): Document => ({
  keyFile: at(`${name}.pub.asc`),
  fingerprint: fingerprints.get(name),
})
const pgp = ({ own, peer }: Sides, more: Document = {}): Document => ({
  scheme: 'pgp',
  signing: { keyFile: at(`${own}.asc`) },
  recipient: publicKey(peer),
  trustedSigners: [publicKey(peer)],
  ...more,
})
const none = (_sides: Sides, more: Document = {}): Document => ({ scheme: 'none', ...more })

const opened = (document: Document): Promise<Envelope> =>
  openAgreedEnvelope(envelopeTerms(envelopeSchema.parse(document)), { scratchFolder })

async function journey(ours: Document, theirs: Document) {
  const [us, bank] = [await opened(ours), await opened(theirs)]
  const sealed = await bytesOf(us.seal(sourceOf(content, 10_007)))
  const found = await bank.open(sourceOf(sealed, 4099)(), new Date())
  const same = (await bytesOf(found.content())).equals(content)
  await found.discard()
  return { same, sealed, keys: found.keys, sealKeys: us.sealKeys }
}

const both = (steps: readonly string[]): Document => ({ steps: { outward: steps, inward: steps } })
const families = { cms, gm, pgp, none } as const

describe('what an agreement orders', () => {
  it.each([
    ['cms', {}],
    ['cms', { cipher: 'aes-256-cbc', keyTransport: 'pkcs1', digest: 'sha512' }],
    ['cms', both(['gzip', 'sign', 'encrypt', 'base64'])],
    ['cms', both(['sign', 'zlib', 'encrypt'])],
    ['cms', both(['encrypt', 'sign'])],
    ['cms', both(['sign', 'base64'])],
    ['cms', both(['base64', 'encrypt'])],
    ['gm', {}],
    [
      'gm',
      { layout: 'detached-sm4', keyTransport: 'c1c3c2', userId: 'A', peerUserId: 'A', signatureShape: 'raw' },
    ],
    ['gm', { layout: 'gmt0010-signed-enveloped', ...both(['zlib', 'sign', 'encrypt']) }],
    ['gm', both(['sign', 'gzip', 'base64'])],
    ['pgp', { armored: true }],
    ['pgp', both(['gzip', 'sign', 'encrypt', 'base64'])],
    ['pgp', both(['sign'])],
    ['none', {}],
    ['none', both(['gzip', 'base64'])],
  ] as const)('%s %j is what the bank opens', async (family, more) => {
    const make = families[family]
    expect((await journey(make(toBank, more), make(atBank, more))).same).toBe(true)
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('may differ by direction: the steps outward of one side are those inward of the other', async () => {
    const out = ['gzip', 'sign', 'encrypt']
    const back = ['sign', 'encrypt', 'base64']
    const ours = cms(toBank, { steps: { outward: out, inward: back } })
    const theirs = cms(atBank, { steps: { outward: back, inward: out } })
    expect((await journey(ours, theirs)).same).toBe(true)
    expect((await journey(theirs, ours)).same).toBe(true)
    await expect(journey(ours, ours)).rejects.toThrow(EnvelopeRefused)
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('is told by the short names of the keys, and of none of what they hold', async () => {
    for (const make of [cms, gm, pgp]) {
      const { keys, sealKeys } = await journey(make(toBank), make(atBank))
      expect(sealKeys).toEqual({
        signedBy: expect.stringMatching(/^(sha256|pgp):[0-9a-f]{16}$/),
        sealedFor: expect.stringMatching(/^(sha256|pgp):[0-9a-f]{16}$/),
      })
      expect(keys).toEqual({ signedBy: sealKeys?.signedBy, openedBy: sealKeys?.sealedFor })
    }
  })

  it('opens and trusts by any of several keys while they are rotated, and by no other', async () => {
    const overlap = {
      opening: [pairOf('us'), pairOf('us-next')],
      trustedSignerFiles: [at('bank.crt'), at('bank-next.crt')],
    }
    for (const own of ['bank', 'bank-next'])
      for (const peer of ['us', 'us-next'])
        expect((await journey(cms({ own, peer }), cms(toBank, overlap))).same).toBe(true)
    await expect(journey(cms({ own: 'stranger', peer: 'us' }), cms(toBank, overlap))).rejects.toMatchObject({
      code: 'UNKNOWN_SIGNER',
    })
    await expect(journey(cms({ own: 'bank', peer: 'stranger' }), cms(toBank, overlap))).rejects.toMatchObject(
      { code: 'WRONG_RECIPIENT' },
    )
    const pgpOverlap = {
      opening: [{ keyFile: at('us.asc') }, { keyFile: at('us-next.asc') }],
      trustedSigners: [publicKey('bank'), publicKey('bank-next')],
    }
    const { same, keys } = await journey(pgp({ own: 'bank-next', peer: 'us-next' }), pgp(toBank, pgpOverlap))
    expect({ same, openedBy: keys?.openedBy }).toEqual({
      same: true,
      openedBy: `pgp:${fingerprints.get('us-next')?.slice(0, 16).toLowerCase()}`,
    })
  })

  it('tells when each key ends, by its place in the document', async () => {
    for (const document of [cms(toBank), gm(toBank), pgp(toBank)]) {
      const keys = keysOf({ envelope: envelopeSchema.parse(document) })
      expect(keys.map(({ name }) => name)).toEqual(['signing', 'recipient', 'trusted-1'])
      for (const key of keys) expect((await key.read()).end?.getTime()).toBeGreaterThan(Date.now())
    }
  })

  it('opens what shrank beyond all proportion once its signature was verified, and not before', async () => {
    const zeros = sourceOf(Buffer.alloc(40 * 1024 * 1024), 1024 * 1024)
    const there = async (make: typeof cms, steps: readonly string[]): Promise<number> => {
      const [us, bank] = [await opened(make(toBank, both(steps))), await opened(make(atBank, both(steps)))]
      const found = await bank.open(us.seal(zeros), new Date())
      await found.discard()
      return found.sizeBytes
    }
    expect(await there(cms, ['gzip', 'sign', 'encrypt'])).toBe(40 * 1024 * 1024)
    await expect(there(none, ['gzip'])).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  it('limits content either way, also inside what was compressed', async () => {
    const limited = { ...both(['gzip', 'sign', 'encrypt']), maxContentBytes: 5000 }
    const free = both(['gzip', 'sign', 'encrypt'])
    await expect(journey(cms(toBank, limited), cms(atBank, free))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    await expect(journey(cms(toBank, free), cms(atBank, limited))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(leftInScratch(scratchFolder)).toEqual([])
    expect(readdirSync(scratchFolder)).toEqual([])
  })
})

const pairOf = (name: string): Document => ({
  keyFile: at(`${name}.key`),
  certificateFile: at(`${name}.crt`),
})

describe('documents', () => {
  it('of the first kind stay valid, with the suffix that they had', () => {
    const old = {
      scheme: 'cms',
      signingKeyFile: '/k',
      signingCertificateFile: '/c',
      recipientCertificateFile: '/b',
      trustedSignerFiles: ['/b'],
    }
    expect(envelopeSuffix(envelopeSchema.parse(old))).toBe('.p7m')
    expect(envelopeTerms(envelopeSchema.parse(old))).toEqual({
      scheme: 'cms',
      signing: { kind: 'pem', keyPath: '/k', certificatePath: '/c' },
      recipientPath: '/b',
      trustedSignerPaths: ['/b'],
    })
    expect(envelopeSuffix(envelopeSchema.parse({ scheme: 'none' }))).toBe('')
  })

  it.each([
    ['compressing after encrypting', () => cms(toBank, both(['sign', 'encrypt', 'gzip'])), 'compress first'],
    ['an unsigned 国密 file', () => gm(toBank, both(['encrypt'])), 'must sign'],
    [
      'CBC apart from its signature',
      () => cms(toBank, { cipher: 'aes-256-cbc', ...both(['encrypt', 'sign']) }),
      'aes-256-gcm',
    ],
    ['two signing keys', () => cms(toBank, { signingKeyFile: '/k' }), 'say the signing key once'],
    ['no signing key', () => cms(toBank, { signing: undefined }), 'say the signing key once'],
    [
      'revocation lists without roots',
      () => cms(toBank, { revocationListFiles: ['/crl'] }),
      'need the roots',
    ],
    [
      'attributes in a layout without',
      () => gm(toBank, { layout: 'detached-sm4', signs: 'attributes' }),
      'no signed attributes',
    ],
    ['signing without an envelope', () => none(toBank, both(['sign'])), 'neither signs nor encrypts'],
    ['a passphrase in the text', () => cms(toBank, { passphrase: 'secret' }), 'passphrase'],
    [
      'a pinned key without fingerprint',
      () => pgp(toBank, { recipient: { keyFile: '/b', fingerprint: 'abc' } }),
      '40 hex digits',
    ],
  ])('that order %s are refused with a sentence', (_title, document, sentence) => {
    const read = envelopeSchema.safeParse(document())
    expect(read.success).toBe(false)
    expect(read.error?.issues.map(({ message }) => message).join('; ')).toContain(sentence)
  })
})
