import { generateKeyPairSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { derSequence } from '../../../crypto/der/der-writer.ts'
import { type EnvelopeRefusal, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { type AuthorityTerms, bankAuthorities } from '../../../crypto/x509/authorities.ts'
import { readRevocationList } from '../../../crypto/x509/revocation-list.ts'
import { pem } from '../../support/pem.ts'
import { envelopeOf, flipped, signedMessage } from '../cms/messages.ts'
import { leftInScratch, type Party, peerKeys } from '../cms/parties.ts'
import { agreement, content, outcomeOf, scratchFolder, us } from '../cms/tampering.ts'
import { criticalExtension, type Issuer, issued, revocationList, USES } from './certificates.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true, force: true }))

const root = issued({ name: 'Test Root CA', isAuthority: true })
const issuing = issued({ name: 'Test Issuing CA', isAuthority: true, pathLength: 0, issuer: root, serial: 2 })
const bank = issued({ name: '测试银行', issuer: issuing, serial: 100 })
const renewed = issued({ name: '测试银行', issuer: issuing, serial: 101 })
const neighbour = issued({ name: 'Other Bank', issuer: issuing, serial: 102 })
const terms: AuthorityTerms = { roots: [root.certificate] }
const list = (wishes: Partial<Parameters<typeof revocationList>[0]> = {}) =>
  revocationList({ issuer: issuing, ...wishes })

/** How opening ends for a file that `signer` signed and that brings some certificates along. */
async function outcome(
  signer: Party,
  sent: readonly Issuer[],
  changed: Partial<AuthorityTerms> = {},
  pinned: readonly Party[] = [signer],
): Promise<string> {
  const certificates = Buffer.concat([signer, ...sent].map(({ certificate }) => certificate))
  const [first = signer, ...others] = pinned
  const message = await envelopeOf(signedMessage(content, signer, { certificates }), us)
  const peer = peerKeys(first, ...others)
  const authorities = bankAuthorities({ ...terms, ...changed })
  return outcomeOf(message, { ...agreement, peer, authorities })
}

type Case = readonly [title: string, run: () => Promise<string>, outcome: EnvelopeRefusal | 'opened']

const unlike = (wishes: Partial<Parameters<typeof issued>[0]>): Issuer =>
  issued({ name: 'Test Issuing CA', isAuthority: true, issuer: root, serial: 2, ...wishes })
/** A signer under an authority that differs from the right one in one thing. */
const under = (authority: Issuer): Promise<string> =>
  outcome(issued({ name: 'x', issuer: authority }), [authority])

const cases: readonly Case[] = [
  ['a chain that the message brings along', () => outcome(bank, [issuing]), 'opened'],
  [
    'a chain that the agreement holds',
    () => outcome(bank, [], { intermediates: [issuing.certificate] }),
    'opened',
  ],
  ['the root in the message too', () => outcome(bank, [issuing, root]), 'opened'],
  ['strangers among the certificates', () => outcome(bank, [neighbour, issuing, renewed]), 'opened'],
  ['a signer right under the root', () => outcome(issued({ name: 'x', issuer: root }), []), 'opened'],
  ['a bank that is its own root', () => ownRoot(), 'opened'],
  ['no certificate in between', () => outcome(bank, []), 'CHAIN_BROKEN'],
  [
    'a root that only the message knows',
    () =>
      outcome(bank, [issuing, root], { roots: [issued({ name: 'Else', isAuthority: true }).certificate] }),
    'CHAIN_BROKEN',
  ],
  [
    'another root of the same name',
    () =>
      outcome(bank, [issuing], { roots: [issued({ name: 'Test Root CA', isAuthority: true }).certificate] }),
    'CHAIN_BROKEN',
  ],
  ['another authority of the same name', () => outcome(bank, [unlike({ pathLength: 0 })]), 'CHAIN_BROKEN'],
  [
    'a pinned certificate of nobody known',
    () => outcome(issued({ name: 'self' }), [issuing]),
    'CHAIN_BROKEN',
  ],
  [
    'an authority that is none',
    () => under(unlike({ isAuthority: false, uses: USES.authority })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'a signer issued by another signer',
    () => outcome(issued({ name: 'x', issuer: bank }), [bank, issuing]),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority that may not sign certificates',
    () => under(unlike({ uses: USES.lists })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority that has run out',
    () => under(unlike({ notAfter: new Date('2026-05-01T00:00:00Z') })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority that is not valid yet',
    () => under(unlike({ notBefore: new Date('2026-07-01T00:00:00Z') })),
    'CERTIFICATE_NOT_VALID',
  ],
  ['a root that has run out', () => expiredRoot(), 'CERTIFICATE_NOT_VALID'],
  ['a chain longer than an authority allows', () => tooLong(), 'CERTIFICATE_NOT_VALID'],
  [
    'a critical extension that nobody knows',
    () => under(unlike({ extension: criticalExtension('2.5.29.30') })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority whose certificate is signed with SHA-1',
    () => under(unlike({ digest: 'sha1' })),
    'WEAK_ALGORITHM',
  ],
  [
    'a signer whose certificate is signed with SHA-1',
    () => outcome(issued({ name: 'x', issuer: issuing, digest: 'sha1' }), [issuing]),
    'WEAK_ALGORITHM',
  ],
  [
    'an authority of RSA-1024',
    () => under(unlike({ key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey })),
    'WEAK_ALGORITHM',
  ],
  [
    'an authority with an SM2 key',
    () => under(unlike({ key: generateKeyPairSync('ec', { namedCurve: 'SM2' }).privateKey })),
    'WEAK_ALGORITHM',
  ],
  ['a certificate altered under its signature', () => outcome(altered(bank), [issuing]), 'CHAIN_BROKEN'],
  ['authorities in a ring', () => ring(), 'CHAIN_BROKEN'],
  [
    'a renewed certificate that is not pinned',
    () => outcome(renewed, [issuing], {}, [bank]),
    'UNKNOWN_SIGNER',
  ],
  [
    'a renewed certificate where the name is agreed',
    () => outcome(renewed, [issuing], { standInsFor: [bank.certificate] }, [bank]),
    'opened',
  ],
  [
    'a neighbour where the name of the bank is agreed',
    () => outcome(neighbour, [issuing], { standInsFor: [bank.certificate] }, [bank]),
    'UNKNOWN_SIGNER',
  ],
  [
    'the name of the bank from another root',
    () => outcome(issued({ name: '测试银行' }), [issuing], { standInsFor: [bank.certificate] }, [bank]),
    'CHAIN_BROKEN',
  ],

  ['an empty revocation list', () => outcome(bank, [issuing], { revocationLists: [list()] }), 'opened'],
  [
    'a revocation list in PEM',
    () => outcome(bank, [issuing], { revocationLists: [Buffer.from(pem('X509 CRL', list()))] }),
    'opened',
  ],
  [
    'a revocation list that names others',
    () => outcome(bank, [issuing], { revocationLists: [list({ revoked: [99, 101] })] }),
    'opened',
  ],
  [
    'a revoked signer',
    () => outcome(bank, [issuing], { revocationLists: [list({ revoked: [99, 100] })] }),
    'CERTIFICATE_REVOKED',
  ],
  [
    'a revoked signer in an old list, beside a new one',
    () =>
      outcome(bank, [issuing], {
        revocationLists: [list(), list({ revoked: [100], nextUpdate: new Date('2026-05-25T00:00:00Z') })],
      }),
    'CERTIFICATE_REVOKED',
  ],
  [
    'a revoked authority',
    () => outcome(bank, [issuing], { revocationLists: [list(), list({ issuer: root, revoked: [2] })] }),
    'CERTIFICATE_REVOKED',
  ],
  [
    'a list that has run out',
    () =>
      outcome(bank, [issuing], { revocationLists: [list({ nextUpdate: new Date('2026-06-01T07:00:00Z') })] }),
    'REVOCATION_LIST_STALE',
  ],
  [
    'a list of next week',
    () =>
      outcome(bank, [issuing], { revocationLists: [list({ thisUpdate: new Date('2026-06-08T00:00:00Z') })] }),
    'REVOCATION_LIST_STALE',
  ],
  [
    'a list without an end',
    () => outcome(bank, [issuing], { revocationLists: [list({ nextUpdate: 'none' })] }),
    'REVOCATION_LIST_STALE',
  ],
  [
    'a list of another authority only',
    () => outcome(bank, [issuing], { revocationLists: [list({ issuer: root })] }),
    'REVOCATION_LIST_STALE',
  ],
  [
    'lists agreed, but none there',
    () => outcome(bank, [issuing], { revocationLists: [] }),
    'REVOCATION_LIST_STALE',
  ],
  [
    'a forged list',
    () => outcome(bank, [issuing], { revocationLists: [list({ signer: neighbour.key })] }),
    'REVOCATION_LIST_NOT_VALID',
  ],
  [
    'a list of changes only',
    () =>
      outcome(bank, [issuing], { revocationLists: [list({ extension: criticalExtension('2.5.29.27') })] }),
    'REVOCATION_LIST_NOT_VALID',
  ],
  ['an authority that may not sign lists', () => listOfNone(), 'REVOCATION_LIST_NOT_VALID'],
]

describe('F71: a signer under authorities', () => {
  for (const [title, run, expected] of cases) {
    it(`${title}: ${expected}`, async () => {
      expect(await run()).toBe(expected)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

describe('a revocation list', () => {
  it('of a hundred thousand entries is read whole', () => {
    const revoked = Array.from({ length: 100_000 }, (_, index) => index + 1000)
    expect(readRevocationList(list({ revoked })).revoked.size).toBe(100_000)
  })

  it.each([
    ['text', Buffer.from('no list at all')],
    ['nothing', Buffer.alloc(0)],
    ['a certificate', bank.certificate],
    ['a list that is cut', list().subarray(0, -10)],
    ['a list with bytes behind it', Buffer.concat([list(), Buffer.of(0)])],
    ['an empty structure', derSequence()],
  ])('is refused when it is %s', (_title, bytes) => {
    const making = () => bankAuthorities({ ...terms, revocationLists: [bytes] })
    expect(making).toThrow(EnvelopeRefused)
    expect(making).toThrow(/revocation list/)
  })
})

function ownRoot(): Promise<string> {
  const self = issued({ name: 'self' })
  return outcome(self, [], { roots: [self.certificate] })
}

function expiredRoot(): Promise<string> {
  const old = issued({ name: 'Old Root', isAuthority: true, notAfter: new Date('2026-05-01T00:00:00Z') })
  return outcome(issued({ name: 'x', issuer: old }), [], { roots: [old.certificate] })
}

function tooLong(): Promise<string> {
  const below = issued({ name: 'Lower CA', isAuthority: true, issuer: issuing })
  return outcome(issued({ name: 'x', issuer: below }), [below, issuing])
}

function ring(): Promise<string> {
  const first = issued({ name: 'Ring A', isAuthority: true })
  const second = issued({ name: 'Ring B', isAuthority: true, issuer: first })
  const third = issued({ name: 'Ring A', isAuthority: true, key: first.key, issuer: second })
  return outcome(issued({ name: 'x', issuer: second }), [second, third, first])
}

function listOfNone(): Promise<string> {
  const silent = unlike({ uses: USES.certificates })
  const signer = issued({ name: 'x', issuer: silent })
  return outcome(signer, [silent], { revocationLists: [revocationList({ issuer: silent })] })
}

/** One bit of the signature of the certificate; the certificate is pinned as it is. */
function altered(party: Issuer): Issuer {
  return { ...party, certificate: flipped(party.certificate, -5) }
}
