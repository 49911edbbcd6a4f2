import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openEnveloped } from '../../../crypto/cms/enveloped-data-reader.ts'
import { readSigned } from '../../../crypto/cms/signed-data-reader.ts'
import { gmCertificateFacts } from '../../../crypto/gm/gm-certificate.ts'
import { gmEncryption } from '../../../crypto/gm/gm-encryption.ts'
import { GM_OID } from '../../../crypto/gm/gm-oids.ts'
import { type GmSigningTerms, gmSigning } from '../../../crypto/gm/gm-signing.ts'
import { openSignedAndEnveloped } from '../../../crypto/gm/signed-and-enveloped.ts'
import { sm2PrivateKey } from '../../../crypto/gm/sm2-keys.ts'
import { bankAuthorities } from '../../../crypto/x509/authorities.ts'
import { isIssuedBy } from '../../../crypto/x509/chain.ts'
import { flipped } from '../cms/messages.ts'
import { bytesOf, inPieces } from '../cms/parties.ts'
import { certificateIn, cfcaContent, cfcaSigned, samples } from './fixtures.ts'

const cfcaSigner = certificateIn(cfcaSigned, 0x189)
const cfcaTrust = {
  trustedSigners: [gmCertificateFacts(cfcaSigner)],
  at: new Date('2025-06-01T00:00:00Z'),
}

async function readCfca(message: Buffer, terms: GmSigningTerms = {}, pieceBytes = message.length) {
  const taken: Buffer[] = []
  const take = async (chunk: Buffer): Promise<void> => {
    taken.push(Buffer.from(chunk))
  }
  const reading = { take, maxContentBytes: 1000, family: gmSigning(terms) }
  await readSigned(inPieces(message, pieceBytes), cfcaTrust, reading)
  return Buffer.concat(taken)
}

describe('the message that the kit of CFCA signed', () => {
  it('verifies, fed whole, in odd pieces and byte by byte', async () => {
    for (const pieceBytes of [cfcaSigned.length, 1, 7, 100])
      expect((await readCfca(cfcaSigned, {}, pieceBytes)).equals(cfcaContent)).toBe(true)
  })

  it('does not verify with one byte of its content or of its signature altered', async () => {
    const inContent = cfcaSigned.indexOf(cfcaContent) + 3
    await expect(readCfca(flipped(cfcaSigned, inContent))).rejects.toMatchObject({ code: 'BAD_SIGNATURE' })
    await expect(readCfca(flipped(cfcaSigned, -1))).rejects.toMatchObject({ code: 'BAD_SIGNATURE' })
  })

  it('is refused under any other term of the agreement than those that it was written with', async () => {
    const refusal = (terms: GmSigningTerms) =>
      readCfca(cfcaSigned, terms).then(
        () => 'opened',
        (error: { code?: string }) => error.code,
      )
    expect(await refusal({ signs: 'attributes' })).toBe('MALFORMED')
    expect(await refusal({ contentTypes: 'pkcs7' })).toBe('NOT_SIGNED')
    expect(await refusal({ userId: '' })).toBe('BAD_SIGNATURE')
    expect(await refusal({ userId: 'ALICE123@YAHOO.COM' })).toBe('BAD_SIGNATURE')
    expect(await refusal({ signatureShape: 'raw' })).toBe('BAD_SIGNATURE_SHAPE')
  })
})

describe('the files that the kit of CFCA encrypted for a key identifier', () => {
  const family = (shape?: 'c1c3c2') =>
    gmEncryption(
      { data: GM_OID.data, envelopeType: GM_OID.envelopedData },
      { cipher: 'sm4-cbc-cfca', ...(shape === undefined ? {} : { keyTransport: shape }) },
    )
  const keysOf = (sample: (typeof samples.envelopedByKeyIdentifier)[number]) => [
    { key: sm2PrivateKey(sample.scalar).key, certificate: gmCertificateFacts(sample.certificate) },
  ]

  it('open, also where the identifier is only the digest of the point', async () => {
    expect(samples.envelopedByKeyIdentifier).toHaveLength(2)
    for (const sample of samples.envelopedByKeyIdentifier) {
      const opening = { keys: keysOf(sample), family: family() }
      for (const pieceBytes of [1000, 3, 1]) {
        const content = await bytesOf(openEnveloped(inPieces(sample.message, pieceBytes), opening))
        expect(content.equals(sample.plaintext)).toBe(true)
      }
    }
  })

  it('are refused where another arrangement of the content key or another cipher is agreed', async () => {
    const [sample] = samples.envelopedByKeyIdentifier
    if (sample === undefined) throw new Error('no sample')
    const opened = (chosen: ReturnType<typeof family>) =>
      bytesOf(openEnveloped(inPieces(sample.message, 50), { keys: keysOf(sample), family: chosen }))
    const standard = gmEncryption({ data: GM_OID.data, envelopeType: GM_OID.envelopedData })
    await expect(opened(family('c1c3c2'))).rejects.toMatchObject({ code: 'WRONG_ORDER' })
    await expect(opened(standard)).rejects.toMatchObject({ code: 'WEAK_ALGORITHM' })
  })
})

describe('the key that gmcert.org delivered', () => {
  const sample = samples.signedAndEnveloped
  const authority = certificateIn(sample.message, 0x1de)
  const trust = {
    // The authority signs with its certificate key, and the sample names its recipient without an issuer.
    trustedSigners: [{ ...gmCertificateFacts(authority), keyUsageBits: undefined }],
    at: new Date('2023-06-01T00:00:00Z'),
  }
  const facts = { ...gmCertificateFacts(sample.recipientCertificate), issuer: Buffer.of(0x30, 0) }
  const keys = [{ key: sm2PrivateKey(sample.recipientScalar).key, certificate: facts }]
  const types = { data: GM_OID.data, envelopeType: GM_OID.signedAndEnvelopedData }

  const open = async (message: Buffer) => {
    const taken: Buffer[] = []
    const take = async (chunk: Buffer): Promise<void> => {
      taken.push(Buffer.from(chunk))
    }
    const family = gmEncryption(types, { cipher: 'sm4-ecb-key-delivery' })
    const reading = { take, maxContentBytes: 1000, family: gmSigning() }
    await openSignedAndEnveloped(inPieces(message, 11), { keys, family }, trust, reading)
    return Buffer.concat(taken)
  }

  it('opens and verifies', async () => {
    const message = withNamedIssuer(sample.message)
    expect((await open(message)).equals(sample.plaintext)).toBe(true)
  })

  it('is refused with one byte of its ciphertext altered', async () => {
    const message = withNamedIssuer(sample.message)
    const at = message.indexOf(Buffer.from('8040ccd69502', 'hex')) + 20
    await expect(open(flipped(message, at))).rejects.toMatchObject({ code: 'BAD_SIGNATURE' })
  })

  it('came from an authority whose certificates verify by our check and never by that of node:crypto', () => {
    for (const certificate of [sample.recipientCertificate, sample.signingCertificateOfRecipient]) {
      const [holder, issuer] = [gmCertificateFacts(certificate), gmCertificateFacts(authority)]
      expect(isIssuedBy(holder, issuer)).toBe(true)
      expect(isIssuedBy(issuer, holder)).toBe(false)
      expect(isIssuedBy(gmCertificateFacts(flipped(certificate, 100)), issuer)).toBe(false)
      expect(new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey)).toBe(false)
      const vouch = (root: Buffer) => bankAuthorities({ roots: [root] }).vouch(holder, [], trust.at)
      expect(() => vouch(authority)).not.toThrow()
      expect(() => vouch(cfcaSigner)).toThrow(/no chain leads/)
    }
  })
})

/** The empty issuer of the sample is written as an element of tag 0, which no reader should take; as SEQUENCE it can be read. */
function withNamedIssuer(message: Buffer): Buffer {
  const at = message.indexOf(Buffer.from('300c00000208', 'hex'))
  if (at < 0) throw new RangeError('the sample has changed')
  const altered = Buffer.from(message)
  altered.writeUInt8(0x30, at + 2)
  return altered
}
