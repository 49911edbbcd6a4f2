import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import {
  AT,
  bytesOf,
  inPieces,
  leftInScratch,
  makeParty,
  ownKeys,
  type Party,
  peerKeys,
  sourceOf,
} from './parties.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-openssl-'))
const scratchFolder = join(folder, 'scratch')
const fileAt = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const openssl = (...parts: readonly string[]): Buffer => {
  const words = parts.flatMap((part) => part.split(' '))
  return execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e9 })
}

const missing = (): string => {
  try {
    openssl('version')
    return ''
  } catch {
    return ' (left out: the openssl command is not installed)'
  }
}

const savePem = (name: string, party: Party): void => {
  const certificate = party.certificate.toString('base64').replace(/.{64}/g, '$&\n')
  writeFileSync(
    fileAt(`${name}.crt`),
    `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  )
  writeFileSync(fileAt(`${name}.key`), party.key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}

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

describe.skipIf(missing() !== '')(`CMS of the openssl command${missing()}`, () => {
  beforeAll(() => {
    savePem('us', us)
    savePem('bank', bank)
    writeFileSync(fileAt('content'), content)
  })

  it.each(agreements)('opens what we seal ($cipher, $keyTransport)', async (agreed) => {
    const ours = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), scratchFolder, now, ...agreed })
    writeFileSync(fileAt('sealed'), await bytesOf(ours.seal(sourceOf(content, 10_000))))
    openssl('cms -decrypt -binary -inform DER -in sealed -inkey bank.key -recip bank.crt -out signed')
    openssl(
      `cms -verify -binary -inform DER -in signed -CAfile us.crt -purpose any -attime ${unixSeconds} -out out`,
    )
    expect(readFileSync(fileAt('out')).equals(content)).toBe(true)
  })

  it.each(signings)('is opened by us when signed $title', async ({ sign }) => {
    openssl(
      `cms -sign -binary -nodetach -in content -signer bank.crt -inkey bank.key -outform DER -out signed ${sign}`.trim(),
    )
    const oaep = '-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256'
    openssl(`cms -encrypt -binary -in signed -aes-256-gcm -outform DER -out sealed -recip us.crt ${oaep}`)
    await expectOpened({ cipher: 'aes-256-gcm', keyTransport: 'oaep-sha256' })
  })

  it.each(encryptions)('is opened by us when encrypted with $title', async ({ encrypt, recipient }) => {
    openssl(
      'cms -sign -binary -nodetach -stream -in content -signer bank.crt -inkey bank.key -outform DER -out signed',
    )
    openssl(`cms -encrypt -binary -in signed -outform DER -out sealed ${encrypt} ${recipient}`)
    const cipher = encrypt.includes('gcm') ? 'aes-256-gcm' : 'aes-256-cbc'
    await expectOpened({ cipher, keyTransport: 'pkcs1' })
  })

  it.each(refusals)('is refused by us with $title', async ({ sign, encrypt, outcome }) => {
    openssl(
      `cms -sign -binary -nodetach -in content -signer bank.crt -inkey bank.key -outform DER -out signed ${sign}`,
    )
    openssl(`cms -encrypt -binary -in signed -outform DER -out sealed ${encrypt} -recip us.crt`)
    const agreed = { cipher: 'aes-256-cbc', keyTransport: 'pkcs1' } as const
    const ours = createCmsEnvelope({
      own: ownKeys(us),
      peer: peerKeys(bank, us),
      scratchFolder,
      now,
      ...agreed,
    })
    const opening = ours.open(inPieces(readFileSync(fileAt('sealed')), 5000), AT)
    await expect(opening).rejects.toMatchObject({ code: outcome })
    expect(leftInScratch(scratchFolder)).toEqual([])
  })
})

async function expectOpened(agreed: (typeof agreements)[number]): Promise<void> {
  const ours = createCmsEnvelope({ own: ownKeys(us), peer: peerKeys(bank), scratchFolder, now, ...agreed })
  const sealed = readFileSync(fileAt('sealed'))
  for (const pieceBytes of [sealed.length, 4099, 17]) {
    const opened = await ours.open(inPieces(sealed, pieceBytes), AT)
    expect((await bytesOf(opened.content())).equals(content)).toBe(true)
    await opened.discard()
  }
  expect(leftInScratch(scratchFolder)).toEqual([])
}
