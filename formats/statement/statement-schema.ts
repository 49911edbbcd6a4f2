/**
 * The language of statement profiles: one YAML document that says where a bank's statement carries what, and by which
 * codes and words an entry is a payment, a return, a lump refund or a fee. Every scalar is text.
 */
import { z } from 'zod'
import { flag, label, pattern, size } from '../profile/column-schema.ts'
import { entryKinds, statementLayouts } from './compiled-statement.ts'

/** Texts of an entry by which it is classified; each layout fills those that it has. */
export const entryTexts = [
  'code',
  'summary',
  'purpose',
  'remark',
  'reference',
  'original',
  'reasonCode',
] as const

/** One of `entryTexts`. */
export type EntryText = (typeof entryTexts)[number]

const textName = z.enum(entryTexts)

/** Where a serial stands: the whole text, or the run of letters and digits behind a mark in it. */
const serialPlace = z.strictObject({ from: textName, after: label.optional() })

const rule = z.strictObject({
  kind: z.enum(entryKinds),
  direction: z.enum(['debit', 'credit']).optional(),
  reversal: flag.optional(),
  /** Summary or transaction codes, exactly as the bank writes them. */
  codes: z.array(label).min(1).max(200).optional(),
  /** A pattern of RE2's syntax that occurs in one of the entry's texts, spaces taken out. */
  words: pattern.optional(),
  /** Where this kind of entry carries the original serial; tried in order. */
  original: z.array(serialPlace).max(8).optional(),
})

const identity = {
  kind: z.literal('statement'),
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'id' }),
  version: size,
  title: label,
  source: label,
  fidelity: z.enum(['high', 'medium', 'invented']),
  note: z.string().optional(),
  charset: z.enum(['gb18030', 'gbk', 'utf8']),
  /** Name of the files, with `{date}`, and `{sequence}` or `{account}` where it has them. */
  name: label,
  /** The first rule that an entry fits says what it is; an entry that fits none is `other`. */
  entries: z.array(rule).min(1).max(100),
  original: z.array(serialPlace).min(1).max(8),
  /** Texts that speak of the reason of a return, tried in order. */
  reason: z.array(textName).min(1).max(8),
  /** The bank's reason codes and the canonical reasons they mean. */
  reasonCodes: z.record(z.string(), z.string().min(1)).default({}),
}

/** What a column of a fixed statement line can carry. */
export const statementItems = [
  'any',
  'serial',
  'part',
  'date',
  'code',
  'balance',
  'amount',
  'currency',
  'direction',
  'reversal',
  'summary',
  'counterAccount',
  'counterName',
  'purpose',
  'remark',
] as const

const column = z.strictObject({
  item: z.enum(statementItems),
  bytes: size,
  title: label.optional(),
  /** What a code of the column means: `debit` and `credit`, `yes` and `no`, `cny`. */
  values: z.record(z.string(), z.enum(['debit', 'credit', 'yes', 'no', 'cny'])).optional(),
})

const fixed = z.strictObject({
  ...identity,
  layout: z.literal('fixed'),
  newline: z.enum(['crlf', 'lf']).default('lf'),
  columns: z.array(column).min(1).max(60),
})

const mt940 = z.strictObject({ ...identity, layout: z.literal('mt940') })

const camt = z.strictObject({
  ...identity,
  layout: z.literal('camt'),
  /** Namespaces of the versions that are read. */
  namespaces: z.array(label).min(1).max(8),
  /** `statement` has balances that must tie, `notification` has none. */
  document: z.enum(['statement', 'notification']),
})

const voucher = z.strictObject({
  ...identity,
  layout: z.literal('voucher'),
  /** Voucher codes that are read. */
  vouchers: z.array(label).min(1).max(20),
})

/** The schema of each layout, so that mistakes are told against the right one. */
export const statementSchemas = { fixed, mt940, camt, voucher } as const

/** Any statement profile. */
export const statementSchema = z
  .looseObject({ layout: z.enum(statementLayouts) })
  .pipe(z.discriminatedUnion('layout', [fixed, mt940, camt, voucher]))

/** A profile of statements whose shape is right; whether it makes sense is `statementRules`' question. */
export type StatementSpec = z.output<typeof statementSchema>

/** Profiles of one layout. */
export type FixedSpec = z.output<typeof fixed>
/** See `FixedSpec`. */
export type CamtSpec = z.output<typeof camt>
/** See `FixedSpec`. */
export type VoucherSpec = z.output<typeof voucher>
