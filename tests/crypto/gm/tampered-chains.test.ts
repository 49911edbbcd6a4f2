import { generateKeyPairSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { OID } from '../../../crypto/der/oids.ts'
import type { EnvelopeRefusal } from '../../../crypto/envelope.ts'
import { verifyDetached, verifyGmDetachedMessage } from '../../../crypto/gm/detached-signature.ts'
import { createGmEnvelope, type GmOptions } from '../../../crypto/gm/gm-envelope.ts'
import { DEFAULT_USER_ID, signSm2 } from '../../../crypto/gm/sm2-signature.ts'
import { type AuthorityTerms, bankAuthorities } from '../../../crypto/x509/authorities.ts'
import { pem } from '../../support/pem.ts'
import { flipped } from '../cms/messages.ts'
import { AT, bytesOf, inPieces, leftInScratch, ownKeys, peerKeys, sourceOf } from '../cms/parties.ts'
import {
  criticalExtension,
  type GmIssuer,
  issued,
  issuedSm2,
  revocationList,
  USES,
} from '../x509/certificates.ts'
import { type GmWishes, gmEnvelopeOf, gmSignedAndEnveloped, gmSignedMessage } from './gm-messages.ts'
import { codeOf, gmOutcomeOf, layouts } from './gm-parties.ts'
import { content, scratchFolder, us } from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const day = (date: string) => new Date(`${date}T00:00:00Z`)
const root = issuedSm2({ name: 'SM2 Root CA', isAuthority: true })
const issuing = issuedSm2({
  name: 'SM2 Issuing CA',
  isAuthority: true,
  pathLength: 0,
  issuer: root,
  serial: 2,
})
const BANK_USES = USES.sign | USES.encipher
const holder = (wishes: Partial<Parameters<typeof issuedSm2>[0]> = {}) =>
  issuedSm2({ name: '测试银行', issuer: issuing, serial: 100, uses: BANK_USES, ...wishes })
const bank = holder()
const renewed = holder({ serial: 101 })
const neighbour = holder({ name: 'Other Bank', serial: 102 })
const rsaRoot = issued({ name: 'RSA Root CA', isAuthority: true })
const list = (wishes: Partial<Parameters<typeof revocationList>[0]> = {}) =>
  revocationList({ issuer: issuing, ...wishes })

/** What differs from the right chain: who signed, what the message brings, what is agreed. */
interface Wishes {
  readonly signer?: GmIssuer
  readonly sent?: readonly { readonly certificate: Buffer }[]
  readonly agreed?: Partial<AuthorityTerms>
  readonly pinned?: GmIssuer
  readonly signs?: 'content' | 'attributes'
}

type ChainCase = readonly [title: string, wishes: () => Wishes, outcome: EnvelopeRefusal | 'opened']

const unlike = (wishes: Partial<Parameters<typeof issuedSm2>[0]>): GmIssuer =>
  issuedSm2({ name: 'SM2 Issuing CA', isAuthority: true, issuer: root, serial: 2, ...wishes })
/** A signer under an authority that differs from the right one in one thing. */
const under = (authority: GmIssuer): Wishes => ({ signer: holder({ issuer: authority }), sent: [authority] })
const lists = (...revocationLists: readonly Buffer[]): Wishes => ({ agreed: { revocationLists } })
const rooted = (wishes: Partial<Parameters<typeof issuedSm2>[0]>): Wishes => {
  const other = issuedSm2({ name: 'SM2 Root CA', isAuthority: true, ...wishes })
  return { signer: holder({ issuer: other }), sent: [], agreed: { roots: [other.certificate] } }
}

const cases: readonly ChainCase[] = [
  ['a chain that the message brings along', () => ({}), 'opened'],
  [
    'a chain that the agreement holds',
    () => ({ sent: [], agreed: { intermediates: [issuing.certificate] } }),
    'opened',
  ],
  ['the root in the message too, and strangers', () => ({ sent: [neighbour, root, issuing] }), 'opened'],
  ['a signer right under the root', () => ({ signer: holder({ issuer: root }), sent: [] }), 'opened'],
  ['two authorities between signer and root', fourLevels, 'opened'],
  ['no certificate in between', () => ({ sent: [] }), 'CHAIN_BROKEN'],
  [
    'another root of the same name',
    () => ({ agreed: { roots: [issuedSm2({ name: 'SM2 Root CA', isAuthority: true }).certificate] } }),
    'CHAIN_BROKEN',
  ],
  [
    'a root that only the message knows',
    () => ({
      sent: [issuing, root],
      agreed: { roots: [issuedSm2({ name: 'x', isAuthority: true }).certificate] },
    }),
    'CHAIN_BROKEN',
  ],
  ['another authority of the same name', () => ({ sent: [unlike({ pathLength: 0 })] }), 'CHAIN_BROKEN'],
  [
    'a pinned certificate that it signed itself',
    () => ({ signer: issuedSm2({ name: 'self' }) }),
    'CHAIN_BROKEN',
  ],
  [
    'an authority that is none',
    () => under(unlike({ isAuthority: false, uses: USES.authority })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'a signer issued by another signer',
    () => ({ signer: holder({ name: 'x', issuer: bank }), sent: [bank, issuing] }),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority that may not sign certificates',
    () => under(unlike({ uses: USES.lists })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority that has run out',
    () => under(unlike({ notAfter: day('2026-05-01') })),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'an authority that is not valid yet',
    () => under(unlike({ notBefore: day('2026-07-01') })),
    'CERTIFICATE_NOT_VALID',
  ],
  ['a root that has run out', () => rooted({ notAfter: day('2026-05-01') }), 'CERTIFICATE_NOT_VALID'],
  ['a root that is not valid yet', () => rooted({ notBefore: day('2026-07-01') }), 'CERTIFICATE_NOT_VALID'],
  [
    'a signer that has run out',
    () => ({ signer: holder({ notAfter: day('2026-05-01') }) }),
    'CERTIFICATE_NOT_VALID',
  ],
  [
    'a signer that is not valid yet',
    () => ({ signer: holder({ notBefore: day('2026-07-01') }) }),
    'CERTIFICATE_NOT_VALID',
  ],
  ['a chain longer than an authority allows', tooLong, 'CERTIFICATE_NOT_VALID'],
  [
    'a critical extension that nobody knows',
    () => under(unlike({ extension: criticalExtension('2.5.29.30') })),
    'CERTIFICATE_NOT_VALID',
  ],

  ['a signer that was signed under the empty id', () => ({ signer: holder({ userId: '' }) }), 'CHAIN_BROKEN'],
  ['an authority that was signed under the empty id', () => under(unlike({ userId: '' })), 'CHAIN_BROKEN'],
  [
    'an authority that signs under an id of its own',
    () => ({ signer: holder({ userId: 'SM2 CA' }) }),
    'CHAIN_BROKEN',
  ],
  ['r and s side by side in a certificate', () => ({ signer: holder({ shape: 'raw' }) }), 'CHAIN_BROKEN'],
  ['a certificate altered under its signature', () => ({ signer: altered(bank) }), 'CHAIN_BROKEN'],
  ['an authority whose point is not on the curve', () => ({ sent: [offCurve(issuing)] }), 'CHAIN_BROKEN'],
  [
    'a certificate that names ECDSA',
    () => ({ signer: holder({ algorithmOid: OID.ecdsaSha256 }) }),
    'WEAK_ALGORITHM',
  ],
  [
    'a certificate that names SM2 with SHA-1',
    () => ({ signer: holder({ algorithmOid: '1.2.156.10197.1.502' }) }),
    'WEAK_ALGORITHM',
  ],
  [
    'a root of RSA',
    () => ({ signer: holder({ issuer: rsaRoot }), sent: [], agreed: { roots: [rsaRoot.certificate] } }),
    'WEAK_ALGORITHM',
  ],
  ['an authority of RSA under an SM2 root', rsaInBetween, 'WEAK_ALGORITHM'],

  [
    'a renewed certificate where the name is agreed',
    () => ({ ...standIn(renewed), signs: 'attributes' }),
    'opened',
  ],
  ['a renewed certificate where the content itself is signed', () => standIn(renewed), 'UNKNOWN_SIGNER'],
  [
    'a neighbour where the name of the bank is agreed',
    () => ({ ...standIn(neighbour), signs: 'attributes' }),
    'UNKNOWN_SIGNER',
  ],

  ['an empty revocation list', () => lists(list()), 'opened'],
  ['a revocation list in PEM that names others', () => lists(asPem(list({ revoked: [99, 101] }))), 'opened'],
  ['a revoked signer', () => lists(list({ revoked: [99, 100] })), 'CERTIFICATE_REVOKED'],
  [
    'a revoked signer in an old list, beside a new one',
    () => lists(list(), list({ revoked: [100], nextUpdate: day('2026-05-25') })),
    'CERTIFICATE_REVOKED',
  ],
  ['a revoked authority', () => lists(list(), list({ issuer: root, revoked: [2] })), 'CERTIFICATE_REVOKED'],
  ['a list that has run out', () => lists(list({ nextUpdate: day('2026-06-01') })), 'REVOCATION_LIST_STALE'],
  ['a list of next week', () => lists(list({ thisUpdate: day('2026-06-08') })), 'REVOCATION_LIST_STALE'],
  ['a list without an end', () => lists(list({ nextUpdate: 'none' })), 'REVOCATION_LIST_STALE'],
  ['a list of another authority only', () => lists(list({ issuer: root })), 'REVOCATION_LIST_STALE'],
  ['lists agreed, but none there', () => lists(), 'REVOCATION_LIST_STALE'],
  ['a list that another issuer signed', () => lists(list({ signer: root.key })), 'REVOCATION_LIST_NOT_VALID'],
  ['a list that the signer signed', () => lists(list({ signer: bank.key })), 'REVOCATION_LIST_NOT_VALID'],
  ['a list signed under the empty id', () => lists(list({ userId: '' })), 'REVOCATION_LIST_NOT_VALID'],
  ['a list with r and s side by side', () => lists(list({ shape: 'raw' })), 'REVOCATION_LIST_NOT_VALID'],
  ['a list that RSA signed', () => lists(list({ signer: rsaRoot.key })), 'WEAK_ALGORITHM'],
  [
    'a list of changes only',
    () => lists(list({ extension: criticalExtension('2.5.29.27') })),
    'REVOCATION_LIST_NOT_VALID',
  ],
  ['an authority that may not sign lists', listOfNone, 'REVOCATION_LIST_NOT_VALID'],
]

const own = ownKeys(us)
const authoritiesOf = (agreed: Partial<AuthorityTerms> = {}) =>
  bankAuthorities({ roots: [root.certificate], ...agreed })

/** The layouts that bring certificates along. */
const messages: Readonly<Record<string, (signer: GmIssuer, wishes: GmWishes) => Promise<Buffer> | Buffer>> = {
  'gmt0010-sign-then-encrypt': (signer, wishes) => gmEnvelopeOf(gmSignedMessage(content, signer, wishes), us),
  'gmt0010-signed-enveloped': (signer, wishes) => gmSignedAndEnveloped(content, signer, us, wishes),
  'gmt0010-signed': (signer, wishes) => gmSignedMessage(content, signer, wishes),
}

async function outcomeOf(layout: NonNullable<GmOptions['layout']>, wishes: Wishes): Promise<string> {
  const { signer = bank, sent = [issuing], agreed, signs = 'content' } = wishes
  const certificates = Buffer.concat([signer, ...sent].map(({ certificate }) => certificate))
  const message = await messages[layout]?.(signer, { certificates, signs })
  const peer = peerKeys(wishes.pinned ?? signer)
  const options = { scratchFolder, layout, signs, authorities: authoritiesOf(agreed) }
  return gmOutcomeOf(message ?? Buffer.alloc(0), content, { own, peer, options })
}

describe.each(['gmt0010-sign-then-encrypt', 'gmt0010-signed-enveloped', 'gmt0010-signed'] as const)(
  'F71: an SM2 signer under authorities, %s',
  (layout) => {
    for (const [title, make, outcome] of cases) {
      const wishes = make()
      if (wishes.signs === 'attributes' && layout === 'gmt0010-signed-enveloped') continue
      it(`${title}: ${outcome}`, async () => {
        expect(await outcomeOf(layout, wishes)).toBe(outcome)
        expect(leftInScratch(scratchFolder)).toEqual([])
      })
    }
  },
)

describe('F71: an agreement whose chain holds for a while', () => {
  const agreed = {
    intermediates: [issuing.certificate],
    revocationLists: [
      list(),
      list({ revoked: [100], thisUpdate: day('2026-08-01'), nextUpdate: day('2026-08-02') }),
    ],
  }
  const quiet = {
    ...agreed,
    revocationLists: [list(), list({ thisUpdate: day('2026-08-01'), nextUpdate: day('2027-12-31') })],
  }

  it.each(layouts)('is judged at every opening, not once when it is made: %s', async (layout) => {
    const sealer = createGmEnvelope(ownKeys(bank), peerKeys(us), { scratchFolder, layout, now: () => AT })
    const sealed = await bytesOf(sealer.seal(sourceOf(content)))
    const envelope = createGmEnvelope(own, peerKeys(bank), {
      scratchFolder,
      layout,
      authorities: authoritiesOf(quiet),
    })
    const openAt = async (at: Date): Promise<void> =>
      (await envelope.open(inPieces(sealed, 777), at)).discard()
    await openAt(AT)
    await expect(openAt(day('2026-07-15'))).rejects.toMatchObject({ code: 'REVOCATION_LIST_STALE' })
    await openAt(day('2026-08-15'))
    await expect(openAt(day('2027-02-01'))).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_VALID' })
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it.each(layouts)('seals for nobody whom the authorities do not vouch for: %s', async (layout) => {
    const sealing = async (terms: Partial<AuthorityTerms>, at = AT, recipient = bank): Promise<string> => {
      const options = { scratchFolder, layout, authorities: authoritiesOf(terms), now: () => at }
      try {
        await bytesOf(createGmEnvelope(own, peerKeys(recipient), options).seal(sourceOf(content)))
        return 'sealed'
      } catch (error) {
        return codeOf(() => {
          throw error
        })
      }
    }
    const encrypts = layout !== 'gmt0010-signed'
    expect(await sealing(quiet)).toBe('sealed')
    expect(await sealing({})).toBe(encrypts ? 'CHAIN_BROKEN' : 'sealed')
    expect(await sealing(agreed)).toBe(encrypts ? 'CERTIFICATE_REVOKED' : 'sealed')
    expect(await sealing(quiet, day('2026-07-15'))).toBe(encrypts ? 'REVOCATION_LIST_STALE' : 'sealed')
    expect(await sealing(quiet, AT, issuedSm2({ name: 'x', uses: BANK_USES }))).toBe(
      encrypts ? 'CHAIN_BROKEN' : 'sealed',
    )
  })

  it('holds for a signature beside a file, bare and as a message', async () => {
    const message = gmSignedMessage(content, bank, {
      content: () => undefined,
      certificates: Buffer.concat([bank.certificate, issuing.certificate]),
    })
    const form = { userId: DEFAULT_USER_ID, shape: 'raw' } as const
    const bare = signSm2(content, bank.pair, form).toString('hex')
    const trust = (terms: Partial<AuthorityTerms>, at = AT) => ({
      trustedSigners: [bank.certificate],
      at,
      authorities: authoritiesOf(terms),
    })
    const beside = (...by: Parameters<typeof trust>) =>
      verifyDetached(inPieces(content, 99), bare, trust(...by))
    const asMessage = (...by: Parameters<typeof trust>) =>
      verifyGmDetachedMessage(inPieces(content, 99), message, trust(...by))
    await beside(quiet)
    await asMessage({})
    await expect(beside({})).rejects.toMatchObject({ code: 'CHAIN_BROKEN' })
    await expect(beside(quiet, day('2026-07-15'))).rejects.toMatchObject({ code: 'REVOCATION_LIST_STALE' })
    await expect(asMessage({ revocationLists: [list({ revoked: [100] })] })).rejects.toMatchObject({
      code: 'CERTIFICATE_REVOKED',
    })
  })
})

function standIn(signer: GmIssuer): Wishes {
  return { signer, pinned: bank, agreed: { standInsFor: [bank.certificate] } }
}

function fourLevels(): Wishes {
  const policy = issuedSm2({ name: 'SM2 Policy CA', isAuthority: true, pathLength: 1, issuer: root })
  const below = issuedSm2({ name: 'SM2 Lower CA', isAuthority: true, pathLength: 0, issuer: policy })
  return { signer: holder({ issuer: below }), sent: [below, policy] }
}

function tooLong(): Wishes {
  const below = issuedSm2({ name: 'SM2 Lower CA', isAuthority: true, issuer: issuing })
  return { signer: holder({ issuer: below }), sent: [below, issuing] }
}

function rsaInBetween(): Wishes {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const between = issued({ name: 'RSA Issuing CA', isAuthority: true, issuer: root, key })
  return { signer: holder({ issuer: between }), sent: [between] }
}

function listOfNone(): Wishes {
  const silent = unlike({ uses: USES.certificates })
  return { ...under(silent), ...lists(revocationList({ issuer: silent })) }
}

/** One bit of the signature of the certificate; the certificate is pinned as it is. */
function altered(party: GmIssuer): GmIssuer {
  return { ...party, certificate: flipped(party.certificate, -5) }
}

function offCurve(party: GmIssuer): { readonly certificate: Buffer } {
  const at = party.certificate.indexOf(party.pair.publicKey.point)
  return { certificate: flipped(party.certificate, at + 40) }
}

function asPem(bytes: Buffer): Buffer {
  return Buffer.from(pem('X509 CRL', bytes))
}
