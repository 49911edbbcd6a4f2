import { execFileSync } from 'node:child_process'
import { randomBytes, X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gmCertificateFacts } from '../../../crypto/gm/gm-certificate.ts'
import { loadGmCertifiedKey, makeGmKeyPair } from '../../../crypto/gm/gm-keyring.ts'
import { decryptSm2, encryptSm2 } from '../../../crypto/gm/sm2-encryption.ts'
import { readSm2PrivateKey } from '../../../crypto/gm/sm2-key-file.ts'
import { makeSm2Key } from '../../../crypto/gm/sm2-keys.ts'
import { DEFAULT_USER_ID, signSm2, verifySm2 } from '../../../crypto/gm/sm2-signature.ts'
import { isIssuedBy } from '../../../crypto/x509/chain.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-gm-openssl-'))
const fileAt = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const openssl = (command: string): Buffer =>
  execFileSync('openssl', command.split(' '), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })

const missing = (): string => {
  try {
    openssl('genpkey -algorithm SM2 -out probe.key')
    return ''
  } catch {
    return ' (left out: the openssl command is not installed or knows no SM2)'
  }
}

const ids = [DEFAULT_USER_ID, 'N002432300000000', 'short']
const message = randomBytes(1000)

describe.skipIf(missing() !== '')(`SM2 of the openssl command${missing()}`, () => {
  const ours = makeSm2Key()

  beforeAll(() => {
    writeFileSync(fileAt('message'), message)
    writeFileSync(fileAt('ours.key'), ours.key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    openssl('pkey -in ours.key -pubout -out ours.pub')
    openssl('genpkey -algorithm SM2 -out theirs.key')
    chmodSync(fileAt('theirs.key'), 0o600)
    openssl(
      `req -new -x509 -key theirs.key -subj /CN=theirs -sm3 -sigopt distid:${DEFAULT_USER_ID} -days 30 -out theirs.crt`,
    )
  })

  it.each(ids)('verifies what we sign and signs what we verify, under the id %s', (userId) => {
    const form = { userId, shape: 'der' } as const
    writeFileSync(fileAt('ours.sig'), signSm2(message, ours, form))
    const options = `-rawin -digest sm3 -pkeyopt distid:${userId}`
    openssl(`pkeyutl -verify -pubin -inkey ours.pub -in message -sigfile ours.sig ${options}`)
    openssl(`pkeyutl -sign -inkey theirs.key -in message -out theirs.sig ${options}`)
    const theirs = readSm2PrivateKey(readFileSync(fileAt('theirs.key'))).publicKey
    expect(verifySm2(message, readFileSync(fileAt('theirs.sig')), theirs, form)).toBe(true)
    expect(verifySm2(message, readFileSync(fileAt('theirs.sig')), theirs, { ...form, userId: 'other' })).toBe(
      false,
    )
  })

  it('opens what we encrypt and encrypts what we open', () => {
    const secret = randomBytes(16)
    writeFileSync(fileAt('secret'), secret)
    writeFileSync(fileAt('sealed'), encryptSm2(secret, ours.publicKey, 'asn1'))
    expect(openssl('pkeyutl -decrypt -inkey ours.key -in sealed').equals(secret)).toBe(true)
    openssl('pkeyutl -encrypt -pubin -inkey ours.pub -in secret -out sealed')
    expect(decryptSm2(readFileSync(fileAt('sealed')), ours, 'asn1').equals(secret)).toBe(true)
  })

  it('reads our keys and certificates, and we read its keys, encrypted and in PKCS#12', () => {
    const made = makeGmKeyPair({ commonName: 'huida', days: 30 })
    writeFileSync(fileAt('made.crt'), made.certificatePem)
    expect(openssl('x509 -in made.crt -noout -subject').toString()).toContain('huida')
    expect(openssl('x509 -in made.crt -noout -text').toString()).toContain('SM2-with-SM3')
    const certificate = Buffer.from(new X509Certificate(readFileSync(fileAt('theirs.crt'))).raw)
    const theirs = gmCertificateFacts(certificate)
    expect(isIssuedBy(theirs, theirs)).toBe(true)
    expect(isIssuedBy(gmCertificateFacts(made.certificate), theirs)).toBe(false)
    writeFileSync(fileAt('pass'), 'secret\n', { mode: 0o600 })
    openssl('pkcs8 -topk8 -in theirs.key -passout file:pass -out encrypted.key')
    openssl('pkcs12 -export -inkey theirs.key -in theirs.crt -passout file:pass -out theirs.p12')
    for (const name of ['encrypted.key', 'theirs.p12']) chmodSync(fileAt(name), 0o600)
    const fromPem = loadGmCertifiedKey({
      kind: 'pem',
      keyPath: fileAt('encrypted.key'),
      certificatePath: fileAt('theirs.crt'),
      passphrasePath: fileAt('pass'),
    })
    const fromPkcs12 = loadGmCertifiedKey({
      kind: 'pkcs12',
      path: fileAt('theirs.p12'),
      passphrasePath: fileAt('pass'),
    })
    expect(fromPkcs12.certificate.equals(fromPem.certificate)).toBe(true)
    expect(fromPkcs12.key.equals(fromPem.key)).toBe(true)
  })
})
