/**
 * A column as a profile writes it: what stands there, how wide, how padded, how its amounts and dates are written
 * (bank-formats §4.1). Every scalar is text; whole numbers are read from their digits.
 */
import { z } from 'zod'

/**
 * What a column can carry. The first group is of header and trailer lines, the second of rows, the third of the heads
 * of answers, the last of their rows. `any` holds what is neither ours nor needed: the bank's own columns.
 */
export const columnItems = [
  'literal',
  'setting',
  'any',
  'businessDate',
  'time',
  'dateTime',
  'sequence',
  'fileNumber',
  'count',
  'total',
  'programmeName',
  'fundingAccount',
  'signature',
  'serial',
  'line',
  'account',
  'name',
  'idNumber',
  'amount',
  'remark',
  'paidCount',
  'paidTotal',
  'failedCount',
  'failedTotal',
  'pageNumber',
  'pageCount',
  'fileCode',
  'fileText',
  'code',
  'reasonCode',
  'text',
  'paidAmount',
] as const

/** One of `columnItems`. */
export type ColumnItem = (typeof columnItems)[number]

/** Items that come from a line, and so belong to rows. */
export const rowItems: ReadonlySet<ColumnItem> = new Set<ColumnItem>([
  'serial',
  'line',
  'account',
  'name',
  'idNumber',
  'amount',
  'remark',
  'code',
  'reasonCode',
  'text',
  'paidAmount',
])

/** Ways of writing an amount that a bank may use beside the strict one; refused unless a column allows them. */
export const amountStyles = ['bare-point', 'thousands', 'yuan-sign'] as const

/** A positive whole number written in digits. */
export const size = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: 'size' })
  .transform((text) => Number.parseInt(text, 10))

/** A positive amount in fen written in digits. */
export const fen = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, { error: 'size' })
  .transform((text) => BigInt(text))

/** `true` or `false` written out. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A short text. */
export const label = z.string().min(1).max(200)

/** Name of a setting. */
export const identifier = z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, { error: 'identifier' })

/** A regular expression of RE2's syntax: matched in linear time, and short. */
export const pattern = z.string().min(1).max(200)

/** What line columns and places of XML documents have in common. */
export const cellOptions = {
  /** Name of the column, for people and for a column-name row. */
  title: label.optional(),
  /** Exact length in bytes of the output charset. */
  bytes: size.optional(),
  /** Greatest length in bytes where a column has no exact one. */
  maxBytes: size.optional(),
  pad: z
    .string()
    .regex(/^[ -~]$/, { error: 'pad' })
    .optional(),
  /** The side on which the pad stands. */
  side: z.enum(['left', 'right']).optional(),
  unit: z.enum(['fen', 'yuan']).optional(),
  allow: z.array(z.enum(amountStyles)).optional(),
  date: z.enum(['plain', 'dashes', 'slashes']).optional(),
  clock: z.enum(['plain', 'colons']).optional(),
  required: flag.optional(),
  overflow: z.enum(['reject', 'truncate']).optional(),
  /** The whole text must match, where there is one; for columns of several allowed shapes. */
  pattern: pattern.optional(),
  /** The text is encrypted by itself with the key of the agreement, where the agreement has one. */
  encrypted: flag.optional(),
}

/** One column of a line. */
export const columnSchema = z.strictObject({
  item: z.enum(columnItems),
  /** Text of a literal; what we write into an `any`. */
  value: z.string().optional(),
  /** Name of an agreement setting. */
  setting: identifier.optional(),
  prefix: z.string().optional(),
  suffix: z.string().optional(),
  ...cellOptions,
})

/** The columns of one line. */
export const columns = z.array(columnSchema).min(1).max(60)

/** A column as the profile wrote it. */
export type ColumnSpec = z.output<typeof columnSchema>
