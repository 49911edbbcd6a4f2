/**
 * What was agreed with a bank, as data: profile, channel, keys, windows, limits. One YAML document a bank, read at
 * start; one bad document stops the start with every message. Secrets are named by file, never held here.
 */
import { z } from 'zod'

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 08:30')

/** Opening hours: on working days of the State Council calendar, or every day. */
export const windowSchema = z.strictObject({ days: z.enum(['working', 'every']), open: time, close: time })

const sftpSchema = z.strictObject({
  kind: z.literal('sftp'),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535).default(22),
  username: z.string().min(1),
  privateKeyFile: z.string().min(1),
  hostKeys: z
    .array(z.string().regex(/^(ssh|ecdsa)-\S+ \S+/, 'a host key such as "ssh-ed25519 AAAA..."'))
    .min(1),
  outbox: z.string().startsWith('/'),
  inbox: z.string().startsWith('/'),
  timeoutMs: z.number().int().min(1000).max(600_000).default(30_000),
})

const envelopeSchema = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('none') }),
  z.strictObject({
    scheme: z.literal('cms'),
    signingKeyFile: z.string().min(1),
    signingCertificateFile: z.string().min(1),
    recipientCertificateFile: z.string().min(1),
    trustedSignerFiles: z.array(z.string().min(1)).min(1),
    suffix: z
      .string()
      .regex(/^\.[a-z0-9]{1,8}$/)
      .default('.p7m'),
  }),
])

/** Amounts in agreements are digits of fen, quoted, so that no YAML reader makes floats of them. */
const fenText = z
  .string()
  .regex(/^\d{1,18}$/, 'digits of fen in quotes')
  .transform((digits) => BigInt(digits))

/** Shape of an agreement document. */
export const agreementSchema = z.strictObject({
  bank: z.string().regex(/^[a-z0-9][a-z0-9-]{1,31}$/, 'a code such as yy-rcb'),
  title: z.string().min(1),
  profile: z.string().min(1),
  settings: z.record(z.string(), z.string()).default({}),
  fundingAccount: z.string().min(1),
  channel: sftpSchema,
  envelope: envelopeSchema,
  windows: z.array(windowSchema).min(1),
  limits: z
    .strictObject({
      maxRowsPerFile: z.number().int().positive().optional(),
      maxAmountPerFileFen: fenText.optional(),
    })
    .default({}),
  pollSeconds: z.number().positive().default(30),
  result: z.strictObject({ dueMinutes: z.number().int().positive() }),
})

/** One bank agreement, read and checked. */
export type Agreement = z.infer<typeof agreementSchema>

/** Levels of a check: not run, only reported, or sinking the batch. */
export const checkLevelSchema = z.enum(['off', 'warn', 'block'])

/** What is checked for a programme, and how hard. */
export const programmeSchema = z.strictObject({
  /** Programme code; one trailing `*` stands for any ending. */
  code: z.string().regex(/^[A-Za-z0-9_.-]+\*?$|^\*$/),
  name: z.string().min(1),
  checks: z.strictObject({
    idNumberChecksum: checkLevelSchema,
    idNumberMissing: checkLevelSchema,
    cardLuhn: checkLevelSchema,
    accountFormat: checkLevelSchema,
    oneAccountSeveralPeople: checkLevelSchema,
    onePersonSeveralAccounts: checkLevelSchema,
    duplicatePayment: checkLevelSchema,
  }),
})

/** Shape of the programme policy document. */
export const programmesSchema = z.strictObject({ programmes: z.array(programmeSchema).min(1) })

/** One programme's policy. */
export type Programme = z.infer<typeof programmeSchema>
