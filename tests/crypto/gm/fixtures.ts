/** Vectors of the standards and real messages, as buffers. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const fileAt = (name: string): URL => new URL(`../../fixtures/gm/${name}`, import.meta.url)
const bytes = z.string().transform((text) => Buffer.from(text, 'hex'))
const base64 = z.string().transform((text) => Buffer.from(text, 'base64'))

const pair = z.object({ plaintext: bytes, ciphertext: bytes })
const vectorsSchema = z.object({
  sm3: z.array(z.object({ message: z.string(), times: z.number(), digest: bytes })),
  sm4: z.object({
    key: bytes,
    ecb: pair,
    ecbMillionTimes: bytes,
    cbc: pair.extend({ iv: bytes }),
    ctr: pair.extend({ iv: bytes }),
  }),
  sm2: z.object({
    scalar: bytes,
    point: bytes,
    signature: z.object({
      userId: z.string(),
      message: z.string(),
      signerDigest: bytes,
      raw: bytes,
      der: bytes,
    }),
    encryption: z.object({
      ephemeral: z.string(),
      message: z.string(),
      c1c3c2: bytes,
      c1c2c3: bytes,
      asn1: bytes,
    }),
  }),
})

const samplesSchema = z.object({
  signedAndEnveloped: z.object({
    message: base64,
    recipientCertificate: base64,
    signingCertificateOfRecipient: base64,
    recipientScalar: bytes,
    plaintext: bytes,
  }),
  envelopedByKeyIdentifier: z.array(
    z.object({ certificate: base64, scalar: bytes, message: base64, plaintext: bytes }),
  ),
})

/** Numbers of the standards. */
export const vectors = vectorsSchema.parse(JSON.parse(readFileSync(fileAt('sm-vectors.json'), 'utf8')))

/** Real messages of gmcert.org and CFCA with their published keys. */
export const samples = samplesSchema.parse(JSON.parse(readFileSync(fileAt('gmt0010-samples.json'), 'utf8')))

/** SignedData that CFCA's kit wrote over this content. */
export const cfcaSigned = Buffer.from(
  readFileSync(fileAt('gmt0010-signeddata-attached.b64'), 'latin1'),
  'base64',
)
export const cfcaContent = Buffer.from('Hello Secret World!')

/** The certificate inside a message, found by the header of its DER. */
export function certificateIn(message: Buffer, lengthBytes: number): Buffer {
  const header = Buffer.from([0x30, 0x82, lengthBytes >> 8, lengthBytes & 0xff])
  const at = message.indexOf(header)
  if (at < 0) throw new RangeError('there is no certificate of that length')
  return message.subarray(at, at + 4 + lengthBytes)
}
