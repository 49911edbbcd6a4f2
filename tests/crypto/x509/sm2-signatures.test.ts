import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificateFacts } from '../../../crypto/cms/certificate-facts.ts'
import { DEFAULT_USER_ID } from '../../../crypto/gm/sm2-signature.ts'
import { bankAuthorities } from '../../../crypto/x509/authorities.ts'
import { isIssuedBy } from '../../../crypto/x509/chain.ts'
import { pem } from '../../support/pem.ts'
import { AT } from '../cms/parties.ts'
import { codeOf } from '../gm/gm-parties.ts'
import { issuedSm2, revocationList } from './certificates.ts'

const root = issuedSm2({ name: 'SM2 Root CA', isAuthority: true })
const issuing = issuedSm2({ name: 'SM2 Issuing CA', isAuthority: true, issuer: root, serial: 2 })
const bank = issuedSm2({ name: 'bank', issuer: issuing, serial: 100 })
const list = revocationList({ issuer: issuing, revoked: [7] })
/** The same authorities as somebody makes them who leaves the id empty. */
const emptyIdRoot = issuedSm2({ name: 'SM2 Root CA', key: root.key, isAuthority: true, userId: '' })
const emptyIdIssuing = issuedSm2({ name: 'SM2 Issuing CA', isAuthority: true, issuer: root, userId: '' })

const vouched = (chain: { signer: Buffer; root: Buffer; between: Buffer }): string =>
  codeOf(() =>
    bankAuthorities({ roots: [chain.root], intermediates: [chain.between], revocationLists: [list] }).vouch(
      certificateFacts(chain.signer),
      [],
      AT,
    ),
  )
const right = { signer: bank.certificate, root: root.certificate, between: issuing.certificate }

describe('an SM2 chain over the default user id', () => {
  it('holds by our check and at no step by that of node:crypto', () => {
    expect(vouched(right)).toBe('accepted')
    for (const [holder, issuer] of [
      [bank, issuing],
      [issuing, root],
      [root, root],
    ] as const) {
      expect(isIssuedBy(certificateFacts(holder.certificate), certificateFacts(issuer.certificate))).toBe(
        true,
      )
      expect(verifiedByNode(holder.certificate, issuer.certificate)).toBe(false)
    }
  })

  it('does not hold by our check where node:crypto would believe it', () => {
    expect(verifiedByNode(emptyIdIssuing.certificate, root.certificate)).toBe(true)
    expect(verifiedByNode(emptyIdRoot.certificate, root.certificate)).toBe(true)
    const forged = issuedSm2({ name: 'bank', issuer: emptyIdIssuing })
    expect(vouched({ ...right, signer: forged.certificate, between: emptyIdIssuing.certificate })).toBe(
      'CHAIN_BROKEN',
    )
    expect(isIssuedBy(certificateFacts(emptyIdRoot.certificate), certificateFacts(root.certificate))).toBe(
      false,
    )
  })

  it('trusts a root because it is pinned, whatever id its own signature is over', () => {
    expect(vouched({ ...right, root: emptyIdRoot.certificate })).toBe('accepted')
  })
})

const folder = mkdtempSync(join(tmpdir(), 'huida-sm2-chain-'))
afterAll(() => rmSync(folder, { recursive: true }))

const missing = (): string => {
  try {
    openssl('genpkey -algorithm SM2 -out probe.key')
    return ''
  } catch {
    return ' (left out: the openssl command is not installed or knows no SM2)'
  }
}

describe.skipIf(missing() !== '')(`the openssl command over the same chain${missing()}`, () => {
  const told = `-vfyopt distid:${DEFAULT_USER_ID}`

  beforeAll(() => {
    const files = { root, issuing, bank, emptyIdIssuing, direct: issuedSm2({ name: 'direct', issuer: root }) }
    for (const [name, { certificate }] of Object.entries(files))
      writeFileSync(join(folder, `${name}.crt`), pem('CERTIFICATE', certificate))
    writeFileSync(join(folder, 'list.crl'), pem('X509 CRL', list))
  })

  it('reads the certificates and the list', () => {
    expect(openssl('x509 -in issuing.crt -noout -text')).toContain('SM2-with-SM3')
    expect(openssl('crl -in list.crl -noout -text')).toContain('Serial Number: 07')
  })

  it('agrees on one step once it is told the id, and takes the empty id unless told', () => {
    expect(verdict(`verify -CAfile root.crt ${told} direct.crt`)).toBe('verified')
    expect(verdict('verify -CAfile root.crt direct.crt')).toBe('refused')
    expect(verdict('verify -CAfile root.crt emptyIdIssuing.crt')).toBe('verified')
    expect(verdict(`verify -CAfile root.crt ${told} emptyIdIssuing.crt`)).toBe('refused')
  })

  it('refuses the whole chain unless told, which holds by our check', () => {
    expect(verdict('verify -CAfile root.crt -untrusted issuing.crt bank.crt')).toBe('refused')
    expect(vouched(right)).toBe('accepted')
  })

  function verdict(command: string): string {
    const [verb = '', ...rest] = command.split(' ')
    try {
      openssl([verb, '-attime', String(AT.getTime() / 1000), ...rest].join(' '))
      return 'verified'
    } catch {
      return 'refused'
    }
  }
})

function openssl(command: string): string {
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  return execFileSync('openssl', command.split(' '), { cwd: folder, stdio: [...stdio] }).toString()
}

function verifiedByNode(certificate: Buffer, issuer: Buffer): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(issuer).publicKey)
}
