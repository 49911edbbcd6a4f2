import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import { createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { signCmsDetached } from '../../../crypto/cms/cms-side-file.ts'
import { loadPkcs11 } from '../../../crypto/pkcs11/pkcs11-module.ts'
import { tokenSession } from '../../../crypto/pkcs11/token-session.ts'
import { openTokenSigner } from '../../../crypto/pkcs11/token-signer.ts'
import { keySigner, type Signer } from '../../../crypto/signer.ts'
import { startOpenssl } from '../../support/openssl.ts'
import { startToken } from '../../support/softhsm.ts'
import { AT, bytesOf, inPieces, makeParty, ownKeys, type Party, peerKeys, sourceOf } from '../cms/parties.ts'

const token = startToken()
const openssl = startOpenssl()
afterAll(() => {
  token.end()
  openssl.end()
})

const party = (key: KeyObject): Party => makeParty({ key, commonName: 'huida' })
const ec = (namedCurve: string): Party => party(generateKeyPairSync('ec', { namedCurve }).privateKey)
const rsa = makeParty({ commonName: 'huida' })
const p256 = ec('P-256')
const p384 = ec('P-384')
const bank = makeParty()
const content = randomBytes(300_003)
const scratchFolder = join(openssl.folder, 'scratch')
const now = () => AT

const inToken = { rsa, p256, p384 }
Object.entries(inToken).forEach(([label, { key }], at) => {
  token.importKey(key, label, `0${at + 1}`)
})
openssl.write('content', content)
openssl.save('bank', bank)

const placeOf = (keyLabel: string) => ({
  modulePath: token.modulePath,
  tokenLabel: token.tokenLabel,
  keyLabel,
  pinPath: token.pinPath,
})
const signerFor = (label: keyof typeof inToken): Promise<Signer> =>
  openTokenSigner(placeOf(label), createPublicKey(inToken[label].key))

const forms = [
  { label: 'rsa', digest: 'sha256', padding: 'pkcs1' },
  { label: 'rsa', digest: 'sha512', padding: 'pkcs1' },
  { label: 'rsa', digest: 'sha256', padding: 'pss' },
  { label: 'rsa', digest: 'sha384', padding: 'pss' },
  { label: 'p256', digest: 'sha256', padding: 'pkcs1' },
  { label: 'p256', digest: 'sha512', padding: 'pkcs1' },
  { label: 'p384', digest: 'sha384', padding: 'pkcs1' },
] as const

describe.each(forms)('the $label key under $digest, RSA padded as $padding', ({ label, digest, padding }) => {
  const own = inToken[label]
  const keys = [
    { where: 'in a token', signer: () => signerFor(label) },
    { where: 'in this process', signer: async () => keySigner(own.key) },
  ]
  const verifies = (ending: string): void => {
    openssl.save('own', own)
    const at = `-attime ${Math.floor(AT.getTime() / 1000)}`
    openssl.run(`cms -verify -binary -inform DER -CAfile own.crt -purpose any ${at} ${ending} -out out`)
    expect(openssl.read('out').equals(content)).toBe(true)
  }

  it.each(keys)('signs messages $where that openssl verifies', async ({ signer }) => {
    const signing = { ...ownKeys(own), signingKey: await signer(), openingKeys: [] }
    const layers = 'sign'
    const agreed = {
      own: signing,
      peer: peerKeys(bank),
      scratchFolder,
      now,
      layers,
      digest,
      padding,
    } as const
    openssl.write('signed', await bytesOf(createCmsEnvelope(agreed).seal(sourceOf(content))))
    verifies('-in signed')
    const reader = createCmsEnvelope({ ...agreed, own: ownKeys(bank), peer: peerKeys(rsa, own) })
    const opened = await reader.open(inPieces(openssl.read('signed'), 50_000), AT)
    expect(opened.sizeBytes).toBe(content.length)
    await opened.discard()
  })

  it.each(keys)('signs side files $where that openssl verifies', async ({ signer }) => {
    const signing = { signingKey: await signer(), signingCertificate: own.certificate }
    const sideFile = await signCmsDetached(sourceOf(content), signing, { at: AT, digest, padding })
    openssl.write('content.p7s', sideFile)
    verifies('-in content.p7s -content content')
  })
})

describe('an agreement whose key is in a token', () => {
  it('seals for the bank, and the bank opens it', async () => {
    openssl.save('rsa', rsa)
    const certificatePath = join(openssl.folder, 'rsa.crt')
    const envelope = await openAgreedEnvelope(
      {
        scheme: 'cms',
        signingToken: { ...placeOf('rsa'), certificatePath },
        steps: { outward: ['sign', 'encrypt'], inward: ['sign'] },
        recipientPath: join(openssl.folder, 'bank.crt'),
        trustedSignerPaths: [join(openssl.folder, 'bank.crt')],
      },
      { scratchFolder, now },
    )
    expect(envelope.sealKeys?.signedBy).toMatch(/./)
    const sealed = await bytesOf(envelope.seal(sourceOf(content)))
    const theirs = createCmsEnvelope({ own: ownKeys(bank), peer: peerKeys(rsa), scratchFolder, now })
    const opened = await theirs.open(inPieces(sealed, 70_000), AT)
    expect((await bytesOf(opened.content())).equals(content)).toBe(true)
    await opened.discard()
  })

  it('is refused where nothing but the token could open', async () => {
    const certificatePath = join(openssl.folder, 'bank.crt')
    const terms = {
      scheme: 'cms',
      signingToken: { ...placeOf('rsa'), certificatePath: join(openssl.folder, 'rsa.crt') },
      recipientPath: certificatePath,
      trustedSignerPaths: [certificatePath],
    } as const
    await expect(openAgreedEnvelope(terms, { scratchFolder, now })).rejects.toMatchObject({
      name: 'KeyRefused',
      message: expect.stringContaining('a key to open with'),
    })
  })
})

describe('a token', () => {
  const form = { digest: 'sha256', padding: 'pkcs1' } as const
  const whole = async () => {
    const { library, names } = await loadPkcs11(token.modulePath)
    const slot = library.C_GetSlotList(true).find((one) => isOurs(library.C_GetTokenInfo(one).label))
    if (slot === undefined) throw new Error('the token is not there')
    return { library, names, slot }
  }
  const isOurs = (label: string): boolean => label.trimEnd() === token.tokenLabel
  const signs = async (signer: Signer): Promise<number> =>
    (await signer.sign(Buffer.from('attributes'), form)).length

  it('gets the digest of a message alone, however large the message is', async () => {
    const signature = (await signerFor('rsa')).sign(Buffer.alloc(5_000_000, 7), form)
    expect((await signature).length).toBe(256)
  })

  it('is entered again after it was taken out', async () => {
    const signer = await signerFor('rsa')
    const { library, slot } = await whole()
    library.C_CloseAllSessions(slot)
    expect(await signs(signer)).toBe(256)
  })

  it('is entered again after it forgot who is there', async () => {
    const signer = await signerFor('p256')
    const { library, names, slot } = await whole()
    const session = library.C_OpenSession(slot, names.CKF_SERIAL_SESSION)
    library.C_Logout(session)
    library.C_CloseSession(session)
    expect(await signs(signer)).toBeGreaterThan(60)
  })

  it('signs for many at once, one after the other', async () => {
    const signer = await signerFor('p384')
    const signatures = await Promise.all(Array.from({ length: 20 }, () => signs(signer)))
    expect(signatures).toHaveLength(20)
  })

  it('whose key is not that of the certificate is refused', async () => {
    const other = openTokenSigner(placeOf('rsa'), createPublicKey(bank.key))
    await expect(other).rejects.toMatchObject({ code: 'KEY_AND_CERTIFICATE_DIFFER' })
  })

  it.each([
    { title: 'without that key', wrong: { keyLabel: 'nobody' }, code: 'NOT_A_KEY' },
    { title: 'that is not there', wrong: { tokenLabel: 'elsewhere' }, code: 'TOKEN_UNAVAILABLE' },
    { title: 'without its library', wrong: { modulePath: '/nowhere.so' }, code: 'TOKEN_UNAVAILABLE' },
    { title: 'without a PIN file', wrong: { pinPath: '/nowhere' }, code: 'UNREADABLE' },
  ])('$title is refused', async ({ wrong, code }) => {
    const opening = openTokenSigner({ ...placeOf('rsa'), ...wrong }, createPublicKey(rsa.key))
    await expect(opening).rejects.toMatchObject({ name: 'KeyRefused', code })
  })

  it('whose PIN file others may read is refused', async () => {
    const pinPath = join(token.folder, 'open-pin')
    writeFileSync(pinPath, '246813')
    chmodSync(pinPath, 0o644)
    const opening = openTokenSigner({ ...placeOf('rsa'), pinPath }, createPublicKey(rsa.key))
    await expect(opening).rejects.toMatchObject({ code: 'OPEN_PERMISSIONS' })
  })

  it('is asked a wrong PIN once, so that it does not lock, and the PIN is in no message', async () => {
    const pinPath = join(token.folder, 'wrong-pin')
    writeFileSync(pinPath, '975310', { mode: 0o600 })
    const { library, names, slot } = await whole()
    const session = tokenSession({ ...placeOf('rsa'), pinPath })
    const use = () => session.withKey(async () => 'used')
    const isCountLow = () => (library.C_GetTokenInfo(slot).flags & names.CKF_USER_PIN_COUNT_LOW) !== 0
    library.C_CloseAllSessions(slot)
    await expect(use()).rejects.toMatchObject({
      code: 'WRONG_PIN',
      message: expect.not.stringContaining('975310'),
    })
    expect(isCountLow()).toBe(true)
    await signerFor('rsa')
    library.C_CloseAllSessions(slot)
    expect(isCountLow()).toBe(false)
    await expect(use()).rejects.toMatchObject({ code: 'WRONG_PIN' })
    expect(isCountLow()).toBe(false)
    writeFileSync(pinPath, '246813')
    expect(await use()).toBe('used')
  })
})
