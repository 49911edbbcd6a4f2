/**
 * The language of bank profiles: one YAML document that describes a bank's request file, its answer and its codes
 * (bank-formats §4.1). Every scalar is read as text, so `0000` stays a code and never becomes the number 0.
 */
import { z } from 'zod'

/** What a column can carry. The first group is of header and trailer lines, the second of rows, the last of answers. */
export const columnItems = [
  'literal',
  'setting',
  'businessDate',
  'sequence',
  'fileNumber',
  'count',
  'total',
  'programmeName',
  'fundingAccount',
  'serial',
  'line',
  'account',
  'name',
  'idNumber',
  'amount',
  'remark',
  'paidCount',
  'paidTotal',
  'code',
  'text',
] as const

/** One of `columnItems`. */
export type ColumnItem = (typeof columnItems)[number]

/** Ways of writing an amount that a bank may use beside the strict one; refused unless a column allows them. */
export const amountStyles = ['bare-point', 'thousands', 'yuan-sign'] as const

const size = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: 'size' })
  .transform((text) => Number.parseInt(text, 10))
const fen = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, { error: 'size' })
  .transform((text) => BigInt(text))
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
const label = z.string().min(1).max(200)
const identifier = z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, { error: 'identifier' })

const column = z.strictObject({
  item: z.enum(columnItems),
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
  /** Text of a literal. */
  value: z.string().optional(),
  /** Name of an agreement setting. */
  setting: identifier.optional(),
  unit: z.enum(['fen', 'yuan']).optional(),
  allow: z.array(z.enum(amountStyles)).optional(),
  date: z.enum(['plain', 'dashes', 'slashes']).optional(),
  prefix: z.string().optional(),
  suffix: z.string().optional(),
  required: flag.optional(),
  overflow: z.enum(['reject', 'truncate']).optional(),
})

const columns = z.array(column).min(1).max(60)

const codeMeaning = z.union([
  z.string().min(1),
  z.strictObject({
    reason: z.string().min(1),
    outcome: z.enum(['paid', 'failed', 'open', 'unknown', 'returned']).optional(),
    byText: flag.optional(),
  }),
])

const sideFile = z.strictObject({
  name: label,
  order: z.enum(['before', 'after']),
  content: z.string(),
})

const result = z.strictObject({
  style: z.enum(['full-list', 'failures-only']),
  name: label,
  lateName: label,
  header: columns.optional(),
  columnNames: flag.optional(),
  /** Either the whole row, or what follows the request's own columns. */
  row: columns.optional(),
  appended: columns.optional(),
  trailer: columns.optional(),
  sentinel: label.optional(),
  trailingDelimiter: flag.optional(),
  /** A first line that refuses the whole file, and its reason. */
  fileRefusals: z.record(z.string().min(1), z.string().min(1)).optional(),
  codes: z.record(z.string(), codeMeaning),
})

/** The whole document. */
export const profileSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'id' }),
  version: size,
  title: label,
  source: label,
  fidelity: z.enum(['high', 'medium', 'invented']),
  note: z.string().optional(),
  charset: z.enum(['gb18030', 'gbk', 'utf8']),
  newline: z.enum(['crlf', 'lf', 'cr']),
  finalNewline: flag.optional(),
  layout: z.enum(['fixed', 'delimited']),
  delimiter: z.string().min(1).max(8).optional(),
  limits: z.strictObject({ maxRows: size, maxAmountFen: fen, maxTotalFen: fen.optional() }),
  /** Settings of the agreement that the layout uses, each with a sample value. */
  settings: z.record(identifier, label).optional(),
  request: z.strictObject({
    name: label,
    header: columns.optional(),
    columnNames: flag.optional(),
    row: columns,
    trailer: columns.optional(),
    sentinel: label.optional(),
    trailingDelimiter: flag.optional(),
  }),
  sideFiles: z.array(sideFile).optional(),
  result,
})

/** A profile whose shape is right; whether it makes sense is `profileRules`' question. */
export type ProfileSpec = z.output<typeof profileSchema>

/** A column as the profile wrote it. */
export type ColumnSpec = z.output<typeof column>
