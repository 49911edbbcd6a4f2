import { createCipheriv, generateKeyPairSync, pbkdf2Sync, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  contextTag,
  der,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSmallInteger,
  TAG,
} from '../../../crypto/der/der-writer.ts'
import { loadGmOwnKeys, loadGmPeerKeys, makeGmKeyPair } from '../../../crypto/gm/gm-keyring.ts'
import { GM_OID } from '../../../crypto/gm/gm-oids.ts'
import { octetsOfScalar } from '../../../crypto/gm/sm2-curve.ts'
import { readSm2PrivateKey } from '../../../crypto/gm/sm2-key-file.ts'
import {
  makeSm2Key,
  sm2PrivateKey,
  sm2PrivateKeyOf,
  sm2PublicKey,
  sm2ScalarOf,
} from '../../../crypto/gm/sm2-keys.ts'
import { flipped } from '../cms/messages.ts'
import { vectors } from './fixtures.ts'
import { codeOf, makeGmParty } from './gm-parties.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-sm2-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { scalar, point } = vectors.sm2
const curve = derSequence(derOid(GM_OID.ecPublicKey), derOid(GM_OID.sm2Curve))
const publicPart = (octets: Buffer) => der(contextTag(1), der(TAG.bitString, Buffer.of(0), octets))
const sec1 = (...more: readonly Buffer[]) => derSequence(derSmallInteger(1), derOctets(scalar), ...more)
const pkcs8 = (inner: Buffer) => derSequence(derSmallInteger(0), curve, derOctets(inner))
const pem = (label: string, encoded: Buffer) =>
  Buffer.from(
    `-----BEGIN ${label}-----\n${encoded.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`,
  )

/** PBES2 as GmSSL writes it. */
function gmEncrypted(
  encoded: Buffer,
  passphrase: string,
  wanted: { rounds?: number; cipher?: string; prf?: string } = {},
) {
  const [salt, iv, rounds] = [randomBytes(8), randomBytes(16), wanted.rounds ?? 65_536]
  const key = pbkdf2Sync(passphrase, salt, Math.min(rounds, 65_536), 16, 'sm3')
  const cipher = createCipheriv('sm4-cbc', key, iv)
  const roundsOctets = Buffer.alloc(4)
  roundsOctets.writeUInt32BE(rounds)
  const derivation = derSequence(
    derOctets(salt),
    der(TAG.integer, roundsOctets),
    derSmallInteger(16),
    derSequence(derOid(wanted.prf ?? GM_OID.hmacSm3), derNull()),
  )
  const scheme = derSequence(
    derSequence(derOid(GM_OID.pbkdf2), derivation),
    derSequence(derOid(wanted.cipher ?? GM_OID.sm4Cbc), derOctets(iv)),
  )
  const sealed = Buffer.concat([cipher.update(encoded), cipher.final()])
  return derSequence(derSequence(derOid(GM_OID.pbes2), scheme), derOctets(sealed))
}

describe('a private SM2 key', () => {
  const forms: readonly [string, Buffer][] = [
    ['PKCS#8 in DER', pkcs8(sec1(publicPart(point)))],
    ['PKCS#8 in PEM', pem('PRIVATE KEY', pkcs8(sec1(publicPart(point))))],
    ['PKCS#8 without a public key', pkcs8(sec1())],
    [
      'PKCS#8 naming its curve twice',
      pkcs8(sec1(der(contextTag(0), derOid(GM_OID.sm2Curve)), publicPart(point))),
    ],
    [
      'SEC1 in PEM after its parameters',
      Buffer.concat([
        pem('EC PARAMETERS', derOid(GM_OID.sm2Curve)),
        pem('EC PRIVATE KEY', sec1(der(contextTag(0), derOid(GM_OID.sm2Curve)), publicPart(point))),
      ]),
    ],
  ]

  it.each(forms)('is read from %s', (_, bytes) => {
    const key = readSm2PrivateKey(bytes)
    expect(key.publicKey.point).toEqual(point)
    expect(octetsOfScalar(sm2ScalarOf(key))).toEqual(scalar)
  })

  it.each([1, 2048, 65_536])('is read from the encrypted form of GmSSL with %i rounds', (rounds) => {
    for (const cipher of [GM_OID.sm4Cbc, GM_OID.sm4]) {
      const sealed = gmEncrypted(pkcs8(sec1()), '口令 pass', { rounds, cipher })
      expect(readSm2PrivateKey(sealed, '口令 pass').publicKey.point).toEqual(point)
      expect(readSm2PrivateKey(pem('ENCRYPTED PRIVATE KEY', sealed), '口令 pass').publicKey.point).toEqual(
        point,
      )
    }
  })

  it('is read from the encrypted form of openssl', () => {
    const sealed = sm2PrivateKey(scalar).key.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    })
    expect(readSm2PrivateKey(Buffer.from(sealed), 'x').publicKey.point).toEqual(point)
    expect(codeOf(() => readSm2PrivateKey(Buffer.from(sealed), 'y'))).toBe('WRONG_PASSPHRASE')
  })

  it('is refused with the reason when its passphrase is wrong, missing or takes too long to try', () => {
    const sealed = gmEncrypted(pkcs8(sec1()), 'right')
    expect(codeOf(() => readSm2PrivateKey(sealed, 'wrong'))).toBe('WRONG_PASSPHRASE')
    expect(codeOf(() => readSm2PrivateKey(sealed))).toBe('PASSPHRASE_MISSING')
    expect(codeOf(() => readSm2PrivateKey(pem('ENCRYPTED PRIVATE KEY', sealed)))).toBe('PASSPHRASE_MISSING')
    expect(
      codeOf(() => readSm2PrivateKey(gmEncrypted(pkcs8(sec1()), 'right', { rounds: 2_000_000 }), 'right')),
    ).toBe('NOT_A_KEY')
  })

  it('is refused when it is another kind of key or no key at all', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    for (const key of [other, rsa]) {
      expect(codeOf(() => readSm2PrivateKey(Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }))))).toBe(
        'NOT_A_KEY',
      )
      expect(codeOf(() => sm2PrivateKeyOf(key))).toBe('NOT_A_KEY')
    }
    for (const bytes of [Buffer.alloc(0), Buffer.from('key'), pkcs8(derOctets(scalar)), scalar])
      expect(codeOf(() => readSm2PrivateKey(bytes))).toBe('NOT_A_KEY')
  })

  it('is refused outside 1 to n-2 and with a public key that is not its own', () => {
    const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
    for (const value of [0n, order - 1n, order, order + 1n])
      expect(codeOf(() => sm2PrivateKey(octetsOfScalar(value)))).toBe('NOT_A_KEY')
    expect(sm2PrivateKey(octetsOfScalar(order - 2n)).publicKey.point).toHaveLength(65)
    const strange = pkcs8(sec1(publicPart(makeSm2Key().publicKey.point)))
    expect(codeOf(() => readSm2PrivateKey(strange))).toBe('NOT_A_KEY')
  })
})

describe('a public SM2 key', () => {
  it('is refused when it is not a point of the curve', () => {
    expect(codeOf(() => sm2PublicKey(flipped(point, 10)))).toBe('NOT_A_KEY')
    expect(codeOf(() => sm2PublicKey(Buffer.concat([Buffer.of(4), Buffer.alloc(64)])))).toBe('NOT_A_KEY')
    expect(codeOf(() => sm2PublicKey(point.subarray(1)))).toBe('NOT_A_KEY')
    expect(codeOf(() => sm2PublicKey(Buffer.of(0)))).toBe('NOT_A_KEY')
  })

  it('in a certificate is refused when it is not on the curve or not SM2', () => {
    const { certificate } = makeGmParty()
    const at = certificate.indexOf(Buffer.from('034200', 'hex')) + 10
    const save = (bytes: Buffer) => {
      writeFileSync(join(folder, 'bad.crt'), bytes)
      return {
        recipientCertificatePath: join(folder, 'bad.crt'),
        trustedSignerPaths: [join(folder, 'bad.crt')],
      }
    }
    expect(codeOf(() => loadGmPeerKeys(save(flipped(certificate, at))))).toBe('NOT_A_CERTIFICATE')
    expect(codeOf(() => loadGmPeerKeys({ ...save(certificate), trustedSignerPaths: [] }))).toBe(
      'NOT_A_CERTIFICATE',
    )
  })
})

describe('the keys of an agreement in files', () => {
  const save = (name: string, bytes: string | Buffer, mode = 0o600): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    chmodSync(path, mode)
    return path
  }

  it('are loaded: signing and opening key, bank certificates, in PEM and encrypted', () => {
    const [signing, opening] = [
      makeGmKeyPair({ commonName: 'sign', days: 3 }),
      makeGmKeyPair({ commonName: 'open', days: 3 }),
    ]
    const sealed = gmEncrypted(opening.key.export({ type: 'pkcs8', format: 'der' }), 'pass', { rounds: 100 })
    const own = loadGmOwnKeys({
      signing: {
        kind: 'pem',
        keyPath: save('s.key', signing.privateKeyPem),
        certificatePath: save('s.crt', signing.certificatePem, 0o644),
      },
      opening: [
        {
          kind: 'pem',
          keyPath: save('o.key', pem('ENCRYPTED PRIVATE KEY', sealed)),
          certificatePath: save('o.crt', opening.certificate, 0o644),
          passphrasePath: save('o.pass', 'pass\n'),
        },
      ],
    })
    expect(own.signingCertificate).toEqual(signing.certificate)
    expect(own.openingKeys.map(({ certificate }) => certificate)).toEqual([opening.certificate])
    const peer = loadGmPeerKeys({
      recipientCertificatePath: join(folder, 's.crt'),
      trustedSignerPaths: [join(folder, 'o.crt')],
    })
    expect(peer.trustedSigners).toEqual([opening.certificate])
  })

  it('are refused, naming the file, when key and certificate differ or others may read the key', () => {
    const [one, other] = [
      makeGmKeyPair({ commonName: 'one', days: 3 }),
      makeGmKeyPair({ commonName: 'two', days: 3 }),
    ]
    const keyPath = save('one.key', one.privateKeyPem)
    const certificatePath = save('two.crt', other.certificatePem, 0o644)
    const load = () => loadGmOwnKeys({ signing: { kind: 'pem', keyPath, certificatePath } })
    expect(codeOf(load)).toBe('KEY_AND_CERTIFICATE_DIFFER')
    expect(load).toThrow(/one\.key/)
    chmodSync(keyPath, 0o644)
    expect(codeOf(load)).toBe('OPEN_PERMISSIONS')
  })
})
