/**
 * What was agreed with a bank, as data: profile, channel, keys, windows, limits. One YAML document a bank, read at
 * start; one bad document stops the start with every message. Secrets are named by file, never held here.
 */
import { z } from 'zod'
import { channelSchema } from './channel-schema.ts'
import { dueTermsSchema } from './due-time.ts'
import { envelopeSchema } from './envelope-schema.ts'
import { bankCalendarSchema, windowSchema } from './window-schema.ts'

/** How single fields are encrypted, for layouts that have such columns; the key is 32 hex digits in its own file. */
const fieldCipherSchema = z.strictObject({
  algorithm: z.enum(['sm4-ecb', 'sm4-cbc']),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  text: z.enum(['utf8', 'gb18030', 'gbk']).default('utf8'),
  /** The IV that the bank prescribes for `sm4-cbc`; without one it stands before each ciphertext. */
  ivHex: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, '32 hex digits')
    .optional(),
  keyFile: z.string().min(1),
})

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
  channel: channelSchema,
  envelope: envelopeSchema,
  fieldCipher: fieldCipherSchema.optional(),
  windows: z.array(windowSchema).min(1),
  calendar: bankCalendarSchema.optional(),
  limits: z
    .strictObject({
      maxRowsPerFile: z.number().int().positive().optional(),
      maxAmountPerFileFen: fenText.optional(),
    })
    .default({}),
  /** Codes whose meaning differs from the profile's, or that it lacks: bank code to canonical reason. */
  codes: z.record(z.string(), z.string()).default({}),
  pollSeconds: z.number().positive().default(30),
  /** By when every line of a file is to have its final answer. */
  result: dueTermsSchema,
  /** By when the bank is to say that it has taken a file in, where it says so. */
  acknowledgement: dueTermsSchema.optional(),
  /** The bank leaves statements of an account beside its answers; returned money is found in them. */
  statement: z
    .strictObject({
      profile: z.string().min(1),
      account: z.string().min(1),
      /** Working days after the payment in which money without its original serial may come back. */
      returnWindowDays: z.number().int().min(0).max(60).default(7),
    })
    .optional(),
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
    /** Real cards fail Luhn, so it never refuses a batch. */
    cardLuhn: z.enum(['off', 'warn'], 'off or warn: real cards fail the Luhn check, so it never blocks'),
    accountFormat: checkLevelSchema,
    /** Region codes of lines; warn unless told. */
    region: checkLevelSchema.optional(),
    oneAccountSeveralPeople: checkLevelSchema,
    onePersonSeveralAccounts: checkLevelSchema,
    duplicatePayment: checkLevelSchema,
  }),
})

/** Shape of the programme policy document. */
export const programmesSchema = z.strictObject({ programmes: z.array(programmeSchema).min(1) })

/** One programme's policy. */
export type Programme = z.infer<typeof programmeSchema>
