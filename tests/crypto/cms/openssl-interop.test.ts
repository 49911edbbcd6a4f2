import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { startOpenssl } from '../../support/openssl.ts'
import { AT, bytesOf, inPieces, leftInScratch, makeParty, ownKeys, peerKeys, sourceOf } from './parties.ts'

const openssl = startOpenssl()
const scratchFolder = join(openssl.folder, 'scratch')
afterAll(() => openssl.end())

const us = makeParty({ commonName: 'huida' })
const bank = makeParty()
const content = randomBytes(300_003)
const now = () => AT
const unixSeconds = Math.floor(AT.getTime() / 1000)

const ciphers = ['aes-256-gcm', 'aes-256-cbc'] as const
const transports = ['oaep-sha256', 'pkcs1'] as const
const agreements = ciphers.flatMap((cipher) => transports.map((keyTransport) => ({ cipher, keyTransport })))

const signings = [
  { title: 'in DER', sign: '' },
  { title: 'streamed as BER', sign: '-stream' },
  { title: 'with SHA-512', sign: '-md sha512' },
  { title: 'with SHA-384 and PSS', sign: '-md sha384 -keyopt rsa_padding_mode:pss' },
  { title: 'with PSS', sign: '-keyopt rsa_padding_mode:pss' },
  { title: 'naming the signer by key identifier', sign: '-keyid' },
  { title: 'without certificates', sign: '-nocerts' },
]

const encryptions = [
  { title: 'CBC in DER', encrypt: '-aes-256-cbc', recipient: '-recip us.crt' },
  { title: 'CBC streamed as BER', encrypt: '-aes-256-cbc -stream', recipient: '-recip us.crt' },
  { title: 'GCM streamed as BER', encrypt: '-aes-256-gcm -stream', recipient: '-recip us.crt' },
  {
    title: 'CBC for several, by key identifier',
    encrypt: '-aes-256-cbc -keyid',
    recipient: '-recip bank.crt -recip us.crt',
  },
]

const refusals = [
  { title: 'SHA-1', sign: '-md sha1', encrypt: '-aes-256-cbc', outcome: 'WEAK_ALGORITHM' },
  { title: 'MD5', sign: '-md md5', encrypt: '-aes-256-cbc', outcome: 'WEAK_ALGORITHM' },
  { title: 'no signed attributes', sign: '-noattr', encrypt: '-aes-256-cbc', outcome: 'MALFORMED' },
  {
    title: 'two signers',
    sign: '-signer us.crt -inkey us.key',
    encrypt: '-aes-256-cbc',
    outcome: 'SEVERAL_SIGNERS',
  },
  { title: 'triple DES', sign: '-stream', encrypt: '-des3', outcome: 'WEAK_ALGORITHM' },
  { title: 'AES-128', sign: '-stream', encrypt: '-aes-128-cbc', outcome: 'WEAK_ALGORITHM' },
] as const

describe('CMS of the openssl command', () => {
  beforeAll(() => {
    openssl.save('us', us)
    openssl.save('bank', bank)
    openssl.write('content', content)
  })

  it.each(agreements)('opens what we seal ($cipher, $keyTransport)', async (agreed) => {
    const ours = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), scratchFolder, now, ...agreed })
    openssl.write('sealed', await bytesOf(ours.seal(sourceOf(content, 10_000))))
    openssl.run('cms -decrypt -binary -inform DER -in sealed -inkey bank.key -recip bank.crt -out signed')
    openssl.run(
      `cms -verify -binary -inform DER -in signed -CAfile us.crt -purpose any -attime ${unixSeconds} -out out`,
    )
    expect(openssl.read('out').equals(content)).toBe(true)
  })

  it.each(signings)('is opened by us when signed $title', async ({ sign }) => {
    openssl.run(
      `cms -sign -binary -nodetach -in content -signer bank.crt -inkey bank.key -outform DER -out signed ${sign}`.trim(),
    )
    const oaep = '-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256'
    openssl.run(`cms -encrypt -binary -in signed -aes-256-gcm -outform DER -out sealed -recip us.crt ${oaep}`)
    await expectOpened({ cipher: 'aes-256-gcm', keyTransport: 'oaep-sha256' })
  })

  it.each(encryptions)('is opened by us when encrypted with $title', async ({ encrypt, recipient }) => {
    openssl.run(
      'cms -sign -binary -nodetach -stream -in content -signer bank.crt -inkey bank.key -outform DER -out signed',
    )
    openssl.run(`cms -encrypt -binary -in signed -outform DER -out sealed ${encrypt} ${recipient}`)
    const cipher = encrypt.includes('gcm') ? 'aes-256-gcm' : 'aes-256-cbc'
    await expectOpened({ cipher, keyTransport: 'pkcs1' })
  })

  it.each(refusals)('is refused by us with $title', async ({ sign, encrypt, outcome }) => {
    openssl.run(
      `cms -sign -binary -nodetach -in content -signer bank.crt -inkey bank.key -outform DER -out signed ${sign}`,
    )
    openssl.run(`cms -encrypt -binary -in signed -outform DER -out sealed ${encrypt} -recip us.crt`)
    const agreed = { cipher: 'aes-256-cbc', keyTransport: 'pkcs1' } as const
    const ours = createCmsEnvelope({
      own: ownKeys(us),
      peer: peerKeys(bank, us),
      scratchFolder,
      now,
      ...agreed,
    })
    const opening = ours.open(inPieces(openssl.read('sealed'), 5000), AT)
    await expect(opening).rejects.toMatchObject({ code: outcome })
    expect(leftInScratch(scratchFolder)).toEqual([])
  })
})

async function expectOpened(agreed: (typeof agreements)[number]): Promise<void> {
  const ours = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), scratchFolder, now, ...agreed })
  const sealed = openssl.read('sealed')
  for (const pieceBytes of [sealed.length, 4099, 17]) {
    const opened = await ours.open(inPieces(sealed, pieceBytes), AT)
    expect((await bytesOf(opened.content())).equals(content)).toBe(true)
    await opened.discard()
  }
  expect(leftInScratch(scratchFolder)).toEqual([])
}
