import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import forge from 'node-forge'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type KeyPairPaths,
  loadCertificate,
  loadOwnKeys,
  loadPeerKeys,
  makeKeyPair,
  makeSshKeyPair,
} from '../../crypto/keyring.ts'
import { KeyRefused } from '../../crypto/secret-file.ts'
import { selfSignedCertificate } from '../../crypto/self-signed-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-keyring-'))
afterAll(() => rmSync(folder, { recursive: true }))

const passphrase = 'correct horse 惠达'
const pair = await makeKeyPair({ commonName: '惠达 huida', days: 30 })
const other = await makeKeyPair({ commonName: 'bank', days: 30 })

const save = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, 0o600)
  return path
}

const refusalOf = async (work: Promise<unknown>): Promise<KeyRefused> => {
  const outcome = await work.catch((error: unknown) => error)
  if (outcome instanceof KeyRefused) return outcome
  throw new Error('the keys were not refused with KeyRefused')
}

const pem = (keyPath: string, certificatePath: string): KeyPairPaths => ({
  kind: 'pem',
  keyPath,
  certificatePath,
})
const codeOf = async (signing: KeyPairPaths): Promise<string> =>
  (await refusalOf(loadOwnKeys({ signing }))).code

const keyPath = join(folder, 'us.key')
const certificatePath = join(folder, 'us.crt')
const passphrasePath = join(folder, 'passphrase')

beforeAll(() => {
  save('us.key', pair.privateKeyPem)
  save('us.crt', pair.certificatePem)
  save('us.der', pair.certificate)
  save('bank.crt', other.certificatePem)
  save('passphrase', `${passphrase}\n`)
  const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
  save('us.encrypted.key', pair.key.export(encrypted))
})

describe('the keyring', () => {
  it('loads a PEM key with its certificate, plain or behind a passphrase', async () => {
    const plain = await loadOwnKeys({ signing: pem(keyPath, certificatePath) })
    const signing = { ...pem(join(folder, 'us.encrypted.key'), join(folder, 'us.der')), passphrasePath }
    const encrypted = await loadOwnKeys({ signing, opening: [pem(keyPath, certificatePath), signing] })
    expect(plain.signingKey.equals(pair.key)).toBe(true)
    expect(plain.signingCertificate.equals(pair.certificate)).toBe(true)
    expect(plain.openingKeys).toHaveLength(1)
    expect(encrypted.signingKey.equals(pair.key)).toBe(true)
    expect(encrypted.openingKeys).toHaveLength(2)
  })

  it('loads the certificates of a bank as PEM and DER', async () => {
    const trustedSignerPaths = [join(folder, 'us.der'), join(folder, 'us.crt')]
    const peer = await loadPeerKeys({
      recipientCertificatePath: join(folder, 'bank.crt'),
      trustedSignerPaths,
    })
    expect(peer.recipientCertificate.equals(other.certificate)).toBe(true)
    expect(peer.trustedSigners.map((signer) => signer.equals(pair.certificate))).toEqual([true, true])
    await expect(
      loadPeerKeys({ recipientCertificatePath: join(folder, 'bank.crt'), trustedSignerPaths: [] }),
    ).rejects.toThrow(/at least one/)
  })
})

describe('a key that cannot be used', () => {
  it('is refused for what is wrong with it', async () => {
    const weakKey = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const validity = { notBefore: new Date(0), notAfter: new Date('2040-01-01') }
    const weak = selfSignedCertificate({
      privateKey: weakKey,
      commonName: 'weak',
      keyUsages: [],
      ...validity,
    })
    save('weak.key', weakKey.export({ type: 'pkcs8', format: 'pem' }))
    save('weak.crt', weak)
    save('wrong.passphrase', 'wrong\n')
    const encrypted = join(folder, 'us.encrypted.key')
    expect(await codeOf(pem(join(folder, 'none'), certificatePath))).toBe('UNREADABLE')
    expect(await codeOf(pem(folder, certificatePath))).toBe('UNREADABLE')
    expect(await codeOf(pem(certificatePath, certificatePath))).toBe('NOT_A_KEY')
    expect(await codeOf(pem(keyPath, keyPath))).toBe('NOT_A_CERTIFICATE')
    expect(await codeOf(pem(keyPath, join(folder, 'bank.crt')))).toBe('KEY_AND_CERTIFICATE_DIFFER')
    expect(await codeOf(pem(encrypted, certificatePath))).toBe('PASSPHRASE_MISSING')
    const wrong = { ...pem(encrypted, certificatePath), passphrasePath: join(folder, 'wrong.passphrase') }
    expect(await codeOf(wrong)).toBe('WRONG_PASSPHRASE')
    expect(await codeOf(pem(join(folder, 'weak.key'), join(folder, 'weak.crt')))).toBe('WEAK_KEY')
    expect(() => loadCertificate(join(folder, 'weak.crt'))).toThrow(/1024 bits/)
    expect(await codeOf(pem(save('large.key', Buffer.alloc(2 ** 20 + 1)), certificatePath))).toBe('TOO_LARGE')
  })

  it('is refused when other accounts may read it or its passphrase', async () => {
    const open = save('open.key', pair.privateKeyPem)
    chmodSync(open, 0o644)
    expect(await codeOf(pem(open, certificatePath))).toBe('OPEN_PERMISSIONS')
    const openPassphrase = save('open.passphrase', passphrase)
    chmodSync(openPassphrase, 0o640)
    const encrypted = {
      ...pem(join(folder, 'us.encrypted.key'), certificatePath),
      passphrasePath: openPassphrase,
    }
    expect(await codeOf(encrypted)).toBe('OPEN_PERMISSIONS')
  })

  it('never shows itself or a passphrase in its refusal', async () => {
    const damaged = save('damaged.key', pair.privateKeyPem.replace(/\n.{64}\n/, '\n'))
    const wrong = {
      ...pem(join(folder, 'us.encrypted.key'), certificatePath),
      passphrasePath: save('w', 'sesame'),
    }
    for (const signing of [pem(damaged, certificatePath), wrong]) {
      const { message, stack } = await refusalOf(loadOwnKeys({ signing }))
      for (const secret of [
        ...pair.privateKeyPem.split('\n').filter((line) => line.length > 60),
        'sesame',
        passphrase,
      ]) {
        expect(`${message} ${stack}`).not.toContain(secret)
      }
    }
  })
})

describe('a PKCS#12 file', () => {
  const makePkcs12 = (password: string, count = 2048): Buffer => {
    const key = forge.pki.privateKeyFromPem(pair.privateKeyPem)
    const certificates = [other.certificatePem, pair.certificatePem].map((text) =>
      forge.pki.certificateFromPem(text),
    )
    const file = forge.pkcs12.toPkcs12Asn1(key, certificates, password, { algorithm: 'aes256', count })
    return Buffer.from(forge.asn1.toDer(file).getBytes(), 'latin1')
  }
  const passphrasePath = join(folder, 'p12.passphrase')
  const paths = (path: string): KeyPairPaths => ({ kind: 'pkcs12', path, passphrasePath })

  beforeAll(() => {
    save('p12.passphrase', 'changeit\n')
  })

  it('gives its key with the certificate that belongs to it', async () => {
    const own = await loadOwnKeys({ signing: paths(save('us.p12', makePkcs12('changeit'))) })
    expect(own.signingKey.equals(pair.key)).toBe(true)
    expect(own.signingCertificate.equals(pair.certificate)).toBe(true)
  })

  it('is refused with a wrong passphrase, too many rounds, or when it is something else', async () => {
    expect(await codeOf(paths(save('wrong.p12', makePkcs12('other'))))).toBe('WRONG_PASSPHRASE')
    const slow = await refusalOf(
      loadOwnKeys({ signing: paths(save('slow.p12', withRounds(makePkcs12('changeit')))) }),
    )
    expect(slow.message).toMatch(/more than 100000/)
    expect(await codeOf(paths(save('text.p12', 'not a file')))).toBe('NOT_A_KEY')
    expect(await codeOf(paths(save('cut.p12', makePkcs12('changeit').subarray(0, 500))))).toBe('NOT_A_KEY')
    expect(await codeOf(paths(save('certificate.p12', pair.certificate)))).toBe('NOT_A_KEY')
  })
})

/** Two bytes of rounds raised to three would change lengths, so the bytes before take part in the number. */
function withRounds(file: Buffer): Buffer {
  const at = file.indexOf(Buffer.of(0x04, 0x08))
  const rounds = file.indexOf(Buffer.of(0x02, 0x02, 0x08, 0x00), at)
  const salt = Buffer.concat([Buffer.of(0x04, 0x07), file.subarray(at + 2, at + 9)])
  const changed = Buffer.concat([salt, Buffer.of(0x02, 0x03, 0x7f, 0xff, 0xff)])
  return Buffer.concat([file.subarray(0, at), changed, file.subarray(rounds + 4)])
}

describe('new keys', () => {
  it('come with a certificate that says what they are for', () => {
    const certificate = new X509Certificate(pair.certificate)
    expect(certificate.subject).toBe('CN=惠达 huida')
    expect(certificate.ca).toBe(false)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(pair.privateKeyPem))).toBe(true)
    expect(new Date(certificate.validTo).getTime() - Date.now()).toBeGreaterThan(29 * 86_400_000)
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(new X509Certificate(pair.certificatePem).raw.equals(pair.certificate)).toBe(true)
  })

  it('for SSH load in the ssh2 library and are an Ed25519 pair', () => {
    for (const comment of ['', 'huida', 'demo bank 1', 'x'.repeat(33)]) {
      const ssh = makeSshKeyPair(comment)
      const parsed = ssh2.utils.parseKey(ssh.privateKeyPem)
      if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('ssh2 does not load the key')
      const blob = ssh.publicKeyLine.split(' ')[1] ?? ''
      expect(ssh.publicKeyLine).toMatch(/^ssh-ed25519 AAAA/)
      expect(parsed.getPublicSSH().toString('base64')).toBe(blob)
      const signature = parsed.sign(Buffer.from('challenge'))
      if (signature instanceof Error) throw signature
      expect(createPublicKey(parsed.getPublicPEM()).asymmetricKeyType).toBe('ed25519')
      expect(parsed.verify(Buffer.from('challenge'), signature)).toBe(true)
    }
    expect(() => makeSshKeyPair('two\nlines')).toThrow(RangeError)
  })

  it.skipIf(!hasSshKeygen())(
    `for SSH load in OpenSSH${hasSshKeygen() ? '' : ' (left out: no ssh-keygen)'}`,
    () => {
      const ssh = makeSshKeyPair('demo bank')
      const printed = execFileSync('ssh-keygen', ['-y', '-f', save('ssh.key', ssh.privateKeyPem)]).toString()
      expect(printed.trim()).toBe(ssh.publicKeyLine)
    },
  )
})

function hasSshKeygen(): boolean {
  try {
    execFileSync('ssh-keygen', ['-l', '-f', '/dev/null'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
  }
}
