/** One rule of a script of misdeeds: what a bank does wrong, and on which occasions. Data, so that a world can keep it. */
import { z } from 'zod'
import { isMisdeed, type MisdeedName } from './misdeed-catalog.ts'

const ordinal = z.number().int().min(1).max(1_000_000_000)
const ordinals = z.union([ordinal.transform((one) => [one]), z.array(ordinal).min(1).max(1000)])
const amount = z.number().int().min(0).max(1_000_000_000)

const misdeedName = z.custom<MisdeedName>((name) => typeof name === 'string' && isMisdeed(name))

/** Operations of SFTP that `sftp-status` can refuse. */
export const sftpOperations = ['open', 'write', 'close', 'stat', 'rename', 'list', 'remove', 'read'] as const
/** One of them. */
export type SftpOperation = (typeof sftpOperations)[number]

/**
 * Shape of a rule. `file` and `call` name occasions by number from 1, `every` each n-th; without either it is the first
 * one. `times` limits them; `lines` are places in the file, `share` chooses by the seed: lines of a file for what is done
 * to rows and returns, else occasions.
 */
export const faultRule = z.strictObject({
  do: misdeedName,
  bank: z.string().min(1).optional(),
  file: ordinals.optional(),
  call: ordinals.optional(),
  every: ordinal.optional(),
  lines: ordinals.optional(),
  share: z.number().min(0).max(1).optional(),
  times: z.union([ordinal, z.literal('always')]).optional(),
  days: amount.optional(),
  minutes: amount.optional(),
  bytes: amount.optional(),
  bytesPerS: ordinal.optional(),
  status: z.number().int().min(1).max(599).optional(),
  on: z.enum(sftpOperations).optional(),
  retryAfterS: amount.optional(),
  queries: amount.optional(),
  rows: ordinal.optional(),
  mendMinutes: amount.optional(),
  after: z.boolean().optional(),
})

/** A rule, read and checked. */
export type FaultRule = z.infer<typeof faultRule>
