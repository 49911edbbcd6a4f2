/** Profiles whose files are lines: fixed width or delimited. */
import { z } from 'zod'
import { answerShape } from './answer-schema.ts'
import { columnSchema, columns, flag, label } from './column-schema.ts'
import { commonShape } from './common-schema.ts'

const charsets = z.enum(['gb18030', 'gbk', 'utf8'])
const newlines = z.enum(['crlf', 'lf', 'cr'])
const layouts = z.enum(['fixed', 'delimited'])
const delimiter = z.string().min(1).max(8)

const lines = {
  header: columns.optional(),
  columnNames: flag.optional(),
  trailer: columns.optional(),
  sentinel: label.optional(),
  trailingDelimiter: flag.optional(),
}

/** How an answer's lines differ from the request's; entries that are absent are the request's. */
const ownStyle = {
  charset: charsets.optional(),
  newline: newlines.optional(),
  finalNewline: flag.optional(),
  layout: layouts.optional(),
  delimiter: delimiter.optional(),
}

/** A profile of lines. */
export const lineProfileSchema = z.strictObject({
  ...commonShape,
  charset: charsets,
  newline: newlines,
  finalNewline: flag.optional(),
  /** A byte order mark stands before the first line of requests; answers may begin with one. */
  byteOrderMark: flag.optional(),
  layout: layouts,
  delimiter: delimiter.optional(),
  request: z.strictObject({ name: label, ...lines, row: columns }),
  result: z.strictObject({
    ...answerShape,
    ...ownStyle,
    ...lines,
    /** The whole row, or what follows the request's own columns, or what stands over some of them. */
    row: columns.optional(),
    appended: columns.optional(),
    overlay: z
      .array(z.strictObject({ over: label, with: columnSchema }))
      .min(1)
      .optional(),
    /** Columns of a file of later returns where they differ from the answer's. */
    lateRow: columns.optional(),
    /** A first line that refuses the whole file, and its reason. */
    fileRefusals: z.record(z.string().min(1), z.string().min(1)).optional(),
  }),
})

/** A profile of lines whose shape is right. */
export type LineProfileSpec = z.output<typeof lineProfileSchema>
