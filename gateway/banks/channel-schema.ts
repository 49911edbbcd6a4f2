/**
 * The channel of an agreement as a document: SFTP, or an API of one of three shapes (DESIGN §5). An API's server is
 * known by its pinned key or by a named authority, never by whatever the machine trusts. Secrets stay in files.
 */
import { z } from 'zod'
import { Fault } from '../faults.ts'

const file = z.string().min(1)
const digits = (least: number, most: number) => z.string().regex(new RegExp(`^\\d{${least},${most}}$`))

const sftpSchema = z.strictObject({
  kind: z.literal('sftp'),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535).default(22),
  username: z.string().min(1),
  privateKeyFile: file,
  hostKeys: z
    .array(z.string().regex(/^(ssh|ecdsa)-\S+ \S+/, 'a host key such as "ssh-ed25519 AAAA..."'))
    .min(1),
  outbox: z.string().startsWith('/'),
  inbox: z.string().startsWith('/'),
  timeoutMs: z.number().int().min(1000).max(600_000).default(30_000),
})

/** Origin of a bank's server: nothing but scheme, host and port, so that no secret can stand in it. */
const origin = z.string().regex(/^https:\/\/[A-Za-z0-9.:[\]-]+$/, 'https://host or https://host:port')
const path = z.string().regex(/^\/[\w./~-]*$/, 'a path without a query, such as /gateway/api')
const codes = z.array(z.string().min(1).max(20)).default([])

const apiShape = {
  kind: z.literal('api'),
  url: origin,
  /** SHA-256 of the server's public key (SPKI) in Base64; two carry a planned change. */
  serverPins: z
    .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'Base64 of 32 bytes'))
    .min(1)
    .max(4)
    .optional(),
  /** PEM of the authority that must have signed the server's certificate. */
  serverCaFile: file.optional(),
  clientCertificateFile: file.optional(),
  clientKeyFile: file.optional(),
  connectMs: z.number().int().min(100).max(60_000).default(5_000),
  /** From the first byte of a request to the last one of its answer. */
  answerMs: z.number().int().min(100).max(600_000).default(60_000),
  maxAnswerBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(16 * 1024 * 1024),
  maxRequestBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(16 * 1024 * 1024),
  /** How long the bank may take until a reference that it does not know was never taken. */
  settleMinutes: z.number().int().min(1).max(2880).default(15),
  queries: z
    .strictObject({
      firstAfterMinutes: z.number().min(0).max(2880).default(1),
      everyMinutes: z.number().positive().max(2880).default(10),
      /** Successful queries of one file that the bank allows; without it as many as it takes. */
      most: z.number().int().min(1).max(1000).optional(),
      /** Days after the sending on which results are still asked for. */
      forDays: z.number().int().min(1).max(60).default(10),
    })
    .default({ firstAfterMinutes: 1, everyMinutes: 10, forDays: 10 }),
  /** What the bank's codes say of a whole file, beside those that the shape knows; a code in no list says nothing. */
  codes: z
    .strictObject({ accepted: codes, inProgress: codes, notKnown: codes, refused: codes })
    .default({ accepted: [], inProgress: [], notKnown: [], refused: [] }),
}

/** Sorted JSON under SM2 and SM4, results in pages: the cloud interface of CMB (bank-formats §3.3 b, §11). */
const jsonSmSchema = z.strictObject({
  ...apiShape,
  shape: z.literal('json-sm'),
  path: path.default('/cdcserver/api/v2'),
  uid: z.string().regex(/^[!-~]{10,32}$/, '10 to 32 ASCII characters'),
  /** The SM4 key that both sides hold: 32 hex digits. */
  symmetricKeyFile: file,
  signingKeyFile: file,
  passphraseFile: file.optional(),
  /** The bank's SM2 public key: 130 hex digits, beginning with 04. */
  bankKeyFile: file,
  submit: z.string().min(1).default('BB6BTHHL'),
  query: z.string().min(1).default('BB6BPDQY'),
  businessCode: z.string().min(1).default('N03020'),
  businessMode: z.string().min(1).default('00001'),
  /** Between the columns of the layout; one line of it is one row of the JSON. */
  delimiter: z.string().length(1).default('|'),
  /** Names of the columns of a request line, in their order. */
  requestKeys: z.array(z.string().min(1)).min(1),
  /** Names of the members of an answer row that make the columns of an answer line. */
  answerKeys: z.array(z.string().min(1)).min(1),
  maxPages: z.number().int().min(1).max(10_000).default(1_000),
})

/** XML with a package and rows, signed by the bank's front end: PAYPER of ICBC (bank-formats §3.5). */
const xmlPostSchema = z.strictObject({
  ...apiShape,
  shape: z.literal('xml-post'),
  path: path.default('/servlet/ICBCCMPAPIReqServlet'),
  charset: z.enum(['gbk', 'gb18030', 'utf8']).default('gbk'),
  submit: z.string().min(1).default('PAYPER'),
  query: z.string().min(1).default('QPAYPER'),
  customer: z.string().regex(/^\w{1,32}$/),
  bankCode: digits(3, 3).default('102'),
  userId: z.string().regex(/^[\w.-]{1,64}$/),
  /** The front end that signs; it stands on our side of the line, so it may speak plain HTTP on this machine only. */
  sign: z
    .strictObject({
      url: z
        .string()
        .regex(
          /^(https:\/\/[A-Za-z0-9.:[\]-]+|http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?)$/,
          'https, or http on this machine',
        ),
      path: path.default('/'),
      contentType: z.string().min(1).default('INFOSEC_SIGN/1.0'),
      serverPins: apiShape.serverPins,
    })
    .optional(),
})

/** A form whose `fileContent` is the packed file: batch payment of UnionPay (bank-formats §3.1). */
const formPostSchema = z.strictObject({
  ...apiShape,
  shape: z.literal('form-post'),
  submitPath: path.default('/gateway/api/batchTrans.do'),
  queryPath: path.default('/gateway/api/queryTrans.do'),
  merchant: digits(15, 15),
  certId: z.string().regex(/^\d{1,40}$/),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .default('5.1.0'),
  encoding: z.enum(['UTF-8', 'GBK']).default('UTF-8'),
  signingKeyFile: file,
  passphraseFile: file.optional(),
  /** PEM of the bank's certificate or public key that signs its answers. */
  bankKeyFile: file,
})

const apiSchema = z.discriminatedUnion('shape', [jsonSmSchema, xmlPostSchema, formPostSchema])

/** Shape of `channel` in an agreement. */
export const channelSchema = z
  .discriminatedUnion('kind', [sftpSchema, apiSchema])
  .superRefine((channel, context) => {
    if (channel.kind === 'sftp') return
    const { serverPins, serverCaFile, clientCertificateFile, clientKeyFile } = channel
    if (serverPins === undefined && serverCaFile === undefined)
      context.addIssue({
        code: 'custom',
        path: ['serverPins'],
        message:
          '写明服务器公钥指纹（serverPins）或证书颁发机构（serverCaFile） / pin the server: serverPins, or serverCaFile',
      })
    if ((clientCertificateFile === undefined) !== (clientKeyFile === undefined))
      context.addIssue({
        code: 'custom',
        path: ['clientKeyFile'],
        message: '客户端证书和私钥要一起写 / a client certificate needs its key, and the key its certificate',
      })
  })

/** A channel of an agreement, read and checked. */
export type AgreedChannel = z.infer<typeof channelSchema>
/** The channel of a bank that is reached over SFTP. */
export type SftpTerms = Extract<AgreedChannel, { kind: 'sftp' }>
/** The channel of a bank that is reached over an API. */
export type ApiTerms = Extract<AgreedChannel, { kind: 'api' }>
/** One shape of API. */
export type JsonSmTerms = Extract<ApiTerms, { shape: 'json-sm' }>
/** One shape of API. */
export type XmlPostTerms = Extract<ApiTerms, { shape: 'xml-post' }>
/** One shape of API. */
export type FormPostTerms = Extract<ApiTerms, { shape: 'form-post' }>

/** The terms of an SFTP channel. Throws AGREEMENT_INVALID for another kind. */
export function sftpTerms(channel: AgreedChannel): SftpTerms {
  if (channel.kind === 'sftp') return channel
  throw new Fault('AGREEMENT_INVALID', { problems: 'the channel is an API and not SFTP' })
}
