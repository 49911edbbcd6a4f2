/**
 * The envelope of an agreement as a document: family, order of the steps in each direction, and keys by file. Nothing
 * secret stands here; a passphrase is always in a file of its own.
 */
import { z } from 'zod'
import { ENVELOPE_STEPS, encryptsAlone, stepProblems, usualSteps } from '../../crypto/envelope-steps.ts'

const file = z.string().min(1)
const files = z.array(file).min(1)
const suffix = z.string().regex(/^\.[a-z0-9]{1,8}$/, 'a dot and up to eight small letters or digits')
const userId = z.string().min(1).max(128)

/** A private key with its certificate: PEM (PKCS#8) or PKCS#12. */
const certifiedKey = z.union([
  z.strictObject({ keyFile: file, certificateFile: file, passphraseFile: file.optional() }),
  z.strictObject({ pkcs12File: file, passphraseFile: file }),
])

/** A private key that stays in a PKCS#11 token, with its certificate; it signs and does nothing else. */
const tokenKey = z.strictObject({
  pkcs11: z.strictObject({
    modulePath: file,
    tokenLabel: z.string().min(1).max(32),
    keyLabel: z.string().min(1).max(255),
    pinFile: file,
  }),
  certificateFile: file,
})

/** Both lists stand in the order in which the sender takes the steps. */
const steps = z.strictObject({
  outward: z.array(z.enum(ENVELOPE_STEPS)),
  inward: z.array(z.enum(ENVELOPE_STEPS)),
})

const common = {
  steps: steps.optional(),
  /** Largest content either way, in bytes. */
  maxContentBytes: z.number().int().positive().optional(),
}

const certified = {
  ...common,
  /** Every key that may open while one is rotated; without it the signing key opens. */
  opening: z.array(certifiedKey).min(1).optional(),
  recipientCertificateFile: file,
  trustedSignerFiles: files,
  rootCertificateFiles: files.optional(),
  intermediateCertificateFiles: files.optional(),
  /** DER or PEM, read anew whenever a file changes. */
  revocationListFiles: files.optional(),
}

const noneSchema = z.strictObject({
  scheme: z.literal('none'),
  ...common,
  suffix: suffix.optional(),
  /** A check that is too weak for anything new; usable only because it is named here. */
  legacy: z
    .strictObject({
      check: z.literal('rsa-sha1-xml'),
      trustedSignerFiles: files,
      signedAs: z.enum(['as-sent', 'utf-8']).default('as-sent'),
    })
    .optional(),
})

const cmsSchema = z.strictObject({
  scheme: z.literal('cms'),
  ...certified,
  signing: z.union([certifiedKey, tokenKey]).optional(),
  /** The short form of `signing`, a PEM key without passphrase. */
  signingKeyFile: file.optional(),
  signingCertificateFile: file.optional(),
  cipher: z.enum(['aes-256-gcm', 'aes-256-cbc']).optional(),
  keyTransport: z.enum(['oaep-sha256', 'pkcs1']).optional(),
  digest: z.enum(['sha256', 'sha384', 'sha512']).optional(),
  /** Padding of our RSA signature; PKCS#1 v1.5 unless PSS is said. */
  signaturePadding: z.enum(['pkcs1', 'pss']).optional(),
  suffix: suffix.default('.p7m'),
})

const gmSchema = z.strictObject({
  scheme: z.literal('gm'),
  ...certified,
  signing: certifiedKey,
  layout: z.enum(['gmt0010-sign-then-encrypt', 'gmt0010-signed-enveloped', 'detached-sm4']).optional(),
  cipher: z.enum(['sm4-cbc', 'sm4-cbc-cfca']).optional(),
  /** Arrangement of the content key under SM2. */
  keyTransport: z.enum(['asn1', 'c1c3c2', 'c1c2c3', 'c1c3c2-bare', 'c1c2c3-bare']).optional(),
  recipientNaming: z.enum(['issuer-and-serial', 'key-identifier']).optional(),
  contentTypes: z.enum(['gm', 'pkcs7']).optional(),
  signs: z.enum(['content', 'attributes']).optional(),
  userId: userId.optional(),
  peerUserId: userId.optional(),
  signatureShape: z.enum(['der', 'raw']).optional(),
  signatureAlgorithm: z.enum(['sm2-signature', 'sm2-with-sm3', 'sm2-curve']).optional(),
  suffix: suffix.default('.p7m'),
})

const pgpSecretKey = z.strictObject({ keyFile: file, passphraseFile: file.optional() })
const pgpPublicKey = z.strictObject({
  keyFile: file,
  fingerprint: z
    .string()
    .regex(/^([0-9A-Fa-f]\s*){40}([0-9A-Fa-f]{24})?$/, 'the fingerprint of the key: 40 hex digits'),
})

const pgpSchema = z.strictObject({
  scheme: z.literal('pgp'),
  ...common,
  signing: pgpSecretKey,
  opening: z.array(pgpSecretKey).min(1).optional(),
  recipient: pgpPublicKey,
  trustedSigners: z.array(pgpPublicKey).min(1),
  armored: z.boolean().default(false),
  suffix: suffix.default('.pgp'),
})

/** Shape of `envelope` in an agreement. */
export const envelopeSchema = z
  .discriminatedUnion('scheme', [noneSchema, cmsSchema, gmSchema, pgpSchema])
  .superRefine((envelope, context) => {
    const { scheme, steps: given = usualSteps(scheme) } = envelope
    for (const direction of ['outward', 'inward'] as const)
      for (const { zh, en } of stepProblems(scheme, given[direction]))
        context.addIssue({ code: 'custom', path: ['steps', direction], message: `${zh} / ${en}` })
    for (const [path, message] of contradictions(envelope))
      context.addIssue({ code: 'custom', path: [path], message })
  })

/** The envelope of an agreement, read and checked. */
export type AgreedEnvelopeDocument = z.infer<typeof envelopeSchema>

/** What each document says twice, or says and then takes back. */
function contradictions(envelope: AgreedEnvelopeDocument): readonly (readonly [string, string])[] {
  switch (envelope.scheme) {
    case 'cms':
      return [...rootsMissing(envelope), ...cmsContradictions(envelope)]
    case 'gm':
      return [...rootsMissing(envelope), ...gmContradictions(envelope)]
    case 'none':
    case 'pgp':
      return []
  }
}

function rootsMissing(
  envelope: Pick<
    z.infer<typeof gmSchema>,
    'rootCertificateFiles' | 'revocationListFiles' | 'intermediateCertificateFiles'
  >,
): readonly (readonly [string, string])[] {
  const { rootCertificateFiles, revocationListFiles, intermediateCertificateFiles } = envelope
  if (rootCertificateFiles !== undefined || !(revocationListFiles ?? intermediateCertificateFiles)) return []
  return [
    [
      'rootCertificateFiles',
      '有吊销列表或中间证书就要写明根证书 / revocation lists and intermediates need the roots that they hang on',
    ],
  ]
}

function cmsContradictions(cms: z.infer<typeof cmsSchema>): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  const short = cms.signingKeyFile !== undefined && cms.signingCertificateFile !== undefined
  const shortAtAll = cms.signingKeyFile !== undefined || cms.signingCertificateFile !== undefined
  if (cms.signing === undefined ? !short : shortAtAll)
    found.push([
      'signing',
      '签名密钥写一次：signing，或 signingKeyFile 加 signingCertificateFile / say the signing key once: signing, or signingKeyFile with signingCertificateFile',
    ])
  const opens = (cms.steps ?? usualSteps('cms')).inward.includes('encrypt')
  if (cms.signing !== undefined && 'pkcs11' in cms.signing && opens && cms.opening === undefined)
    found.push([
      'opening',
      '令牌里的密钥只签名，解密的密钥要在 opening 中写明 / a key in a token only signs: name the keys that open in opening',
    ])
  const directions = [cms.steps?.outward ?? [], cms.steps?.inward ?? []]
  if (cms.cipher === 'aes-256-cbc' && directions.some(encryptsAlone))
    found.push([
      'cipher',
      '不和签名一起加密时只能用 aes-256-gcm，否则改动看不出来 / encrypting apart from the signature needs aes-256-gcm, or nobody notices an altered byte',
    ])
  return found
}

function gmContradictions({ signs, layout }: z.infer<typeof gmSchema>) {
  const hasAttributes = layout === undefined || layout === 'gmt0010-sign-then-encrypt'
  if (signs !== 'attributes' || hasAttributes) return []
  return [
    [
      'signs',
      '这种 layout 没有签名属性，应签内容本身 / this layout has no signed attributes: sign the content',
    ],
  ] as const
}
