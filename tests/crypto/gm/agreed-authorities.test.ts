import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { type EnvelopeStep, usualSteps } from '../../../crypto/envelope-steps.ts'
import type { GmTerms } from '../../../crypto/envelope-terms.ts'
import { certificateKeyId } from '../../../crypto/key-id.ts'
import { AT, bytesOf, inPieces, leftInScratch, sourceOf } from '../cms/parties.ts'
import { type GmIssuer, issuedSm2, revocationList, USES } from '../x509/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-gm-agreed-'))
const scratchFolder = join(folder, 'scratch')
mkdirSync(scratchFolder)
afterAll(() => rmSync(folder, { recursive: true }))

/** The bank hangs on a root; we hang on none, for authorities of the agreement are the bank's. */
const root = issuedSm2({ name: 'SM2 Root CA', isAuthority: true })
const issuing = issuedSm2({ name: 'SM2 Issuing CA', isAuthority: true, issuer: root, serial: 2 })
const both = USES.sign | USES.encipher
const bank = issuedSm2({ name: 'bank', issuer: issuing, serial: 100, uses: both })
const stranger = issuedSm2({ name: 'bank', serial: 100, uses: both })
const us = issuedSm2({ name: 'huida', uses: both })
const content = Buffer.from('6222|王某|1200.00\n'.repeat(60))

const written = (name: string, bytes: Buffer | string): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes, { mode: 0o600 })
  return path
}
const certificateOf = (name: string, { certificate }: GmIssuer) => written(`${name}.cer`, certificate)
const keyOf = (name: string, party: GmIssuer) =>
  ({
    kind: 'pem',
    keyPath: written(`${name}.key`, party.key.export({ type: 'pkcs8', format: 'pem' })),
    certificatePath: certificateOf(name, party),
  }) as const
const list = (wishes: Partial<Parameters<typeof revocationList>[0]> = {}) =>
  revocationList({ issuer: issuing, ...wishes })

const hung = {
  rootPaths: [certificateOf('root', root)],
  intermediatePaths: [certificateOf('issuing', issuing)],
}
const ours: GmTerms = {
  scheme: 'gm',
  signing: keyOf('us', us),
  recipientPath: certificateOf('bank', bank),
  trustedSignerPaths: [certificateOf('bank', bank)],
  ...hung,
}
const theirs = (party: GmIssuer): GmTerms => ({
  scheme: 'gm',
  signing: keyOf('their', party),
  recipientPath: certificateOf('us', us),
  trustedSignerPaths: [certificateOf('us', us)],
})
const use = { scratchFolder, now: () => AT }

async function sealedBy(terms: GmTerms): Promise<Buffer> {
  return bytesOf((await openAgreedEnvelope(terms, use)).seal(sourceOf(content)))
}

async function outcomeOf(sealed: Buffer, terms: GmTerms, at = AT): Promise<string> {
  try {
    const opened = await (await openAgreedEnvelope(terms, use)).open(inPieces(sealed, 777), at)
    const same = (await bytesOf(opened.content())).equals(content)
    await opened.discard()
    return same ? `opened, signed by ${opened.keys?.signedBy}` : 'opened with other content'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

const signedOnly = (): { readonly steps: ReturnType<typeof usualSteps> } => {
  const sign: readonly EnvelopeStep[] = ['sign']
  return { steps: { outward: sign, inward: sign } }
}
const byBank = `opened, signed by ${certificateKeyId(bank.certificate)}`

describe.each([
  ['signed and encrypted', { steps: usualSteps('gm') }],
  ['signed alone', signedOnly()],
])('F71: an agreement on the Chinese family that pins roots, %s', (_title, steps) => {
  it('opens what a bank under the root sent, and seals for it', async () => {
    expect(await outcomeOf(await sealedBy({ ...theirs(bank), ...steps }), { ...ours, ...steps })).toBe(byBank)
    const sealed = await sealedBy({ ...ours, ...steps })
    expect(await outcomeOf(sealed, { ...theirs(bank), ...steps })).toMatch(/^opened, signed by/)
  })

  it('refuses a pinned bank that hangs on no root', async () => {
    const sealed = await sealedBy({ ...theirs(stranger), ...steps })
    const pinned = { ...ours, ...steps, trustedSignerPaths: [certificateOf('stranger', stranger)] }
    expect(await outcomeOf(sealed, pinned)).toBe('CHAIN_BROKEN')
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it('looks at revocation lists anew when their files change', async () => {
    const sealed = await sealedBy({ ...theirs(bank), ...steps })
    const revocationListPaths = [written('issuing.crl', list())]
    const envelope = await openAgreedEnvelope({ ...ours, ...steps, revocationListPaths }, use)
    await (await envelope.open(inPieces(sealed, 777), AT)).discard()
    written('issuing.crl', list({ revoked: [99, 100] }))
    await expect(envelope.open(inPieces(sealed, 777), AT)).rejects.toMatchObject({
      code: 'CERTIFICATE_REVOKED',
    })
    written('issuing.crl', list())
    await (await envelope.open(inPieces(sealed, 777), AT)).discard()
    const late = new Date('2026-07-15T00:00:00Z')
    await expect(envelope.open(inPieces(sealed, 777), late)).rejects.toMatchObject({
      code: 'REVOCATION_LIST_STALE',
    })
    expect(leftInScratch(scratchFolder)).toEqual([])
  })
})

describe('an agreement that only signs', () => {
  it('leaves the content readable, whatever layout it names for encryption', async () => {
    for (const layout of ['gmt0010-signed-enveloped', 'detached-sm4'] as const) {
      const sealed = await sealedBy({ ...theirs(bank), ...signedOnly(), options: { layout } })
      expect(sealed.includes(content)).toBe(true)
      expect(await outcomeOf(sealed, { ...ours, ...signedOnly(), options: { layout } })).toBe(byBank)
    }
    expect((await sealedBy(theirs(bank))).includes(content)).toBe(false)
  })
})
