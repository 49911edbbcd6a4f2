/** CMB and a company with keys of their own, and answers of the bank made by hand. */
import { randomBytes } from 'node:crypto'
import type { CmbAgreement } from '../../../crypto/gm/cmb-message.ts'
import { makeSm2Key } from '../../../crypto/gm/sm2-keys.ts'
import { type SignatureShape, signSm2 } from '../../../crypto/gm/sm2-signature.ts'
import { startSm4Encryption } from '../../../crypto/gm/sm4.ts'

export const UID = 'N002432301'
export const company = makeSm2Key()
export const bank = makeSm2Key()
export const iv = Buffer.from('N002432301000000')

/** The agreement as the company sees it. */
export const agreement: CmbAgreement = {
  uid: UID,
  symmetricKey: randomBytes(16),
  signingKey: company.key,
  bankKey: bank.publicKey.point,
}

/** Base64 of SM4-CBC under the agreed key; `none` leaves the padding to the plaintext. */
export function sealedText(plain: string | Buffer, padding: 'pkcs7' | 'none' = 'pkcs7'): string {
  const cipher = startSm4Encryption(agreement.symmetricKey, { mode: 'cbc', iv, padding })
  return Buffer.concat([cipher.update(Buffer.from(plain)), cipher.finish()]).toString('base64')
}

/** What may differ from a right answer; `change` touches what is sent after it was signed. */
export interface AnswerWishes {
  readonly userId?: string
  readonly change?: (text: string) => string
  readonly sigdat?: string
  readonly shape?: SignatureShape
}

/** An answer of the bank around the JSON text of its response. */
export function answer(body: string, wishes: AnswerWishes = {}): string {
  const text = (sigdat: string) =>
    `{"response":${body},"signature":{"sigdat":"${sigdat}","sigtim":"20260602003005"}}`
  const { userId = 'N002432301000000', shape = 'raw' } = wishes
  const signature = signSm2(Buffer.from(text('__signature_sigdat__')), bank, { userId, shape })
  const sent = text(wishes.sigdat ?? signature.toString('base64'))
  return sealedText(wishes.change?.(sent) ?? sent)
}
