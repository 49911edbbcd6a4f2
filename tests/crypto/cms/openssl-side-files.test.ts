import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { signCmsDetached, verifyCmsDetached } from '../../../crypto/cms/cms-side-file.ts'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { bankAuthorities } from '../../../crypto/x509/authorities.ts'
import { startOpenssl } from '../../support/openssl.ts'
import { AT, bytesOf, inPieces, makeParty, ownKeys, peerKeys, sourceOf } from './parties.ts'

const openssl = startOpenssl()
afterAll(() => openssl.end())

const content = randomBytes(200_003)
const unixSeconds = Math.floor(AT.getTime() / 1000)
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const parties = [
  { name: 'rsa', party: makeParty({ commonName: 'rsa' }) },
  { name: 'p256', party: makeParty({ commonName: 'p256', key: curve('P-256') }) },
  { name: 'p384', party: makeParty({ commonName: 'p384', key: curve('P-384') }) },
]
const trustedSigners = parties.map(({ party }) => party.certificate)
const checks = `-purpose any -attime ${unixSeconds}`

beforeAll(() => {
  for (const { name, party } of parties) openssl.save(name, party)
  openssl.write('content', content)
})

describe('side files of the openssl command', () => {
  const written = [
    { signer: 'rsa', options: '' },
    { signer: 'rsa', options: '-md sha384' },
    { signer: 'rsa', options: '-md sha512 -keyopt rsa_padding_mode:pss' },
    { signer: 'rsa', options: '-keyid -nocerts' },
    { signer: 'p256', options: '' },
    { signer: 'p256', options: '-md sha512' },
    { signer: 'p384', options: '-md sha384' },
  ]

  it.each(written)('are verified by us ($signer $options)', async ({ signer, options }) => {
    const sign = `cms -sign -binary -in content -signer ${signer}.crt -inkey ${signer}.key -outform DER -out side`
    openssl.run(sign, options)
    const read = await verifyCmsDetached(sourceOf(content, 70_000), openssl.read('side'), {
      trustedSigners,
      at: AT,
    })
    expect(read.sizeBytes).toBe(content.length)
  })

  it.each(['-noattr', '-md sha1', '-nodetach', '-stream -indef'])(
    'are refused by us with %s',
    async (options) => {
      openssl.run(
        'cms -sign -binary -in content -signer rsa.crt -inkey rsa.key -outform DER -out side',
        options,
      )
      const verifying = verifyCmsDetached(sourceOf(content, 70_000), openssl.read('side'), {
        trustedSigners,
        at: AT,
      })
      await expect(verifying).rejects.toBeInstanceOf(EnvelopeRefused)
    },
  )
})

describe('messages of one layer of the openssl command', () => {
  const us = makeParty({ commonName: 'huida' })
  const [{ party: bank } = { party: us }] = parties
  const opened = async (layers: 'sign' | 'encrypt'): Promise<Buffer> => {
    const keys = { own: ownKeys(us), peer: peerKeys(bank), scratchFolder: openssl.folder }
    const ours = createCmsEnvelope({ ...keys, layers, keyTransport: 'pkcs1' })
    const { content: bytes, discard } = await ours.open(inPieces(openssl.read('message'), 5000), AT)
    const all = await bytesOf(bytes())
    await discard()
    return all
  }

  it.each(['-nodetach', '-stream -indef -nodetach'])(
    'are opened by us when signed only (%s)',
    async (form) => {
      openssl.run(
        'cms -sign -binary -in content -signer rsa.crt -inkey rsa.key -outform DER -out message',
        form,
      )
      expect((await opened('sign')).equals(content)).toBe(true)
    },
  )

  it.each(['', '-stream'])('are opened by us when encrypted only (%s)', async (form) => {
    openssl.save('us', us)
    openssl.run(
      'cms -encrypt -binary -in content -aes-256-gcm -outform DER -out message',
      form,
      '-recip us.crt',
    )
    expect((await opened('encrypt')).equals(content)).toBe(true)
  })
})

describe('what we signed is verified by the openssl command', () => {
  const digests = ['sha256', 'sha384', 'sha512'] as const
  const made = parties.flatMap((one) => digests.map((digest) => ({ ...one, digest })))

  it.each(made)('as a side file ($name, $digest)', async ({ name, party, digest }) => {
    openssl.write('side', await signCmsDetached(sourceOf(content, 9000), ownKeys(party), { at: AT, digest }))
    const verify = `cms -verify -binary -inform DER -in side -content content -CAfile ${name}.crt -out out`
    openssl.run(verify, checks)
    openssl.write('content2', Buffer.from('other'))
    expect(openssl.succeeds(verify.replace('-content content', '-content content2'), checks)).toBe(false)
  })

  it.each(parties)('as a message that is signed only ($name)', async ({ name, party }) => {
    const rsa = makeParty()
    const keys = { own: ownKeys(party), peer: peerKeys(rsa), scratchFolder: openssl.folder }
    const ours = createCmsEnvelope({ ...keys, layers: 'sign', now: () => AT })
    openssl.write('signed', await bytesOf(ours.seal(sourceOf(content, 9000))))
    openssl.run(`cms -verify -binary -inform DER -in signed -CAfile ${name}.crt -out out`, checks)
    expect(openssl.read('out').equals(content)).toBe(true)
  })
})

describe('an authority of the openssl command', () => {
  const config = `
[ca]
default_ca = issuing
[issuing]
database = index
serial = serial
certificate = issuing.crt
private_key = issuing.key
new_certs_dir = .
default_md = sha256
default_days = 300
default_crl_days = 20
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:true,pathlen:1
keyUsage = critical,keyCertSign,cRLSign
[signer]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
`
  const now = new Date()

  beforeAll(() => {
    openssl.write('ca.cnf', config)
    openssl.write('index', '')
    openssl.write('serial', '1000\n')
    const request = 'req -new -newkey rsa:2048 -noenc -config ca.cnf'
    openssl.write(
      'ca.cnf',
      `${config}[req]\ndistinguished_name = name\nprompt = no\n[name]\ncommonName = Test\n`,
    )
    openssl.run(
      `${request} -x509 -subj /CN=Root -extensions authority -days 300 -keyout root.key -out root.crt`,
    )
    openssl.run(`${request} -subj /CN=Issuing -keyout issuing.key -out issuing.csr`)
    const issue = 'x509 -req -days 300 -extfile ca.cnf'
    openssl.run(
      `${issue} -in issuing.csr -CA root.crt -CAkey root.key -extensions authority -out issuing.crt`,
    )
    openssl.run(`${request} -subj /CN=Bank -keyout bank.key -out bank.csr`)
    openssl.run('ca -batch -notext -config ca.cnf -extensions signer -in bank.csr -out bank.crt')
    for (const name of ['root', 'issuing', 'bank'])
      openssl.run(`x509 -in ${name}.crt -outform DER -out ${name}.der`)
  })

  const outcomeOf = async (crl: string, at: Date): Promise<string> => {
    openssl.run(
      'cms -sign -binary -in content -signer bank.crt -inkey bank.key -certfile issuing.crt -outform DER -out side',
    )
    const authorities = bankAuthorities({
      roots: [openssl.read('root.der')],
      revocationLists: [openssl.read(crl)],
    })
    const trust = { trustedSigners: [openssl.read('bank.der')], authorities, at }
    try {
      await verifyCmsDetached(sourceOf(content, 70_000), openssl.read('side'), trust)
      return 'verified'
    } catch (error) {
      if (error instanceof EnvelopeRefused) return error.code
      throw error
    }
  }

  it('stands behind a signer until it revokes it', async () => {
    openssl.run('ca -config ca.cnf -gencrl -out good.crl')
    const soon = new Date(now.getTime() + 3_600_000)
    expect(await outcomeOf('good.crl', soon)).toBe('verified')
    expect(await outcomeOf('good.crl', new Date(now.getTime() + 30 * 86_400_000))).toBe(
      'REVOCATION_LIST_STALE',
    )
    openssl.run('ca -config ca.cnf -revoke bank.crt')
    openssl.run('ca -config ca.cnf -gencrl -out revoked.crl')
    openssl.run('crl -in revoked.crl -outform DER -out revoked.der')
    expect(await outcomeOf('revoked.crl', soon)).toBe('CERTIFICATE_REVOKED')
    expect(await outcomeOf('revoked.der', soon)).toBe('CERTIFICATE_REVOKED')
  })
})
