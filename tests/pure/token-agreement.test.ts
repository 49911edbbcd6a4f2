import { describe, expect, it } from 'vitest'
import { envelopeSchema } from '../../gateway/banks/envelope-schema.ts'
import { envelopeTerms } from '../../gateway/banks/envelope-terms.ts'
import { keysOf } from '../../gateway/banks/key-expiry.ts'

const pkcs11 = { modulePath: 'maker.so', tokenLabel: 'huida', keyLabel: 'signing', pinFile: 'token.pin' }
const document = {
  scheme: 'cms',
  signing: { pkcs11, certificateFile: 'signing.crt' },
  opening: [{ keyFile: 'opening.key', certificateFile: 'opening.crt' }],
  recipientCertificateFile: 'bank.crt',
  trustedSignerFiles: ['bank.crt'],
  signaturePadding: 'pss',
}

describe('an agreement that signs with a token', () => {
  it('names library, token, key and PIN file, and the certificate beside them', () => {
    const terms = envelopeTerms(envelopeSchema.parse(document))
    expect(terms).toMatchObject({
      padding: 'pss',
      signingToken: {
        modulePath: 'maker.so',
        tokenLabel: 'huida',
        keyLabel: 'signing',
        pinPath: 'token.pin',
        certificatePath: 'signing.crt',
      },
    })
    expect(terms).not.toHaveProperty('signing')
  })

  it('has its certificate watched as any other', () => {
    const names = keysOf({ envelope: envelopeSchema.parse(document) }).map(({ name }) => name)
    expect(names).toContain('signing')
  })

  it.each([
    { title: 'a PIN in the document', signing: { ...document.signing, pkcs11: { ...pkcs11, pin: '1234' } } },
    { title: 'a key file besides', signing: { ...document.signing, keyFile: 'signing.key' } },
    { title: 'no certificate', signing: { pkcs11 } },
  ])('is refused with $title', ({ signing }) =>
    expect(envelopeSchema.safeParse({ ...document, signing }).success).toBe(false),
  )

  it('needs other keys to open what the bank encrypts, for the token only signs', () => {
    const { opening: _, ...without } = document
    const refused = envelopeSchema.safeParse(without)
    expect(refused.error?.issues.map(({ path }) => path)).toEqual([['opening']])
    const signedOnly = { outward: ['sign', 'encrypt'], inward: ['sign'] }
    expect(envelopeSchema.safeParse({ ...without, steps: signedOnly }).success).toBe(true)
  })

  it('may not be of the Chinese family, whose tokens speak another language', () => {
    const gm = { scheme: 'gm', signing: document.signing, opening: document.opening }
    const keys = { recipientCertificateFile: 'bank.crt', trustedSignerFiles: ['bank.crt'] }
    expect(envelopeSchema.safeParse({ ...gm, ...keys }).success).toBe(false)
  })
})
