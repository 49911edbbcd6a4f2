/** What every bank's answer has, whatever its layout: names, style, code tables, statuses of whole files. */
import { z } from 'zod'
import { flag, label, pattern, size } from './column-schema.ts'

/** The five ways in which banks answer (bank-formats §4.1). */
export const resultStyles = ['full-list', 'failures-only', 'overlay', 'intermediate-final', 'paged'] as const

const outcome = z.enum(['paid', 'failed', 'open', 'unknown', 'returned'])

/** Name of a shared code table, which is its file's name too. */
export const tableName = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'id' })

/** Meaning of a code: a canonical reason, with an outcome that may take certainty away. */
export const codeMeaning = z.union([
  z.string().min(1),
  z.strictObject({ reason: z.string().min(1), outcome: outcome.optional(), byText: flag.optional() }),
])

/** Meaning of a status of the whole file: it stands as it is, it is not finished, or it was refused for a reason. */
export const fileCodeMeaning = z.union([
  z.enum(['final', 'in-progress']),
  z.strictObject({ refused: z.string().min(1) }),
])

/** What a file that lies beside an answer proves. */
export const answerSideFile = z.strictObject({
  name: label,
  proves: z.enum(['complete', 'md5', 'sha256', 'signature']),
})

/** Entries that lines and XML answers share. */
export const answerShape = {
  style: z.enum(resultStyles),
  name: label,
  /** Name of files of later returns; absent where a bank tells of returns in its statement. */
  lateName: label.optional(),
  /** Answers of the day that the final one replaces. Outcomes that are not listed in `final` stay open in them. */
  intermediate: z.strictObject({ name: label, final: z.array(outcome).default([]) }).optional(),
  /** Most rows of one page of a paged answer. */
  pageRows: size.optional(),
  sideFiles: z.array(answerSideFile).optional(),
  /** Shared tables of `catalog/codes`, earlier ones first; `codes` goes before them. */
  codeTables: z.array(tableName).min(1).max(8).optional(),
  codes: z.record(z.string(), codeMeaning).default({}),
  /** A second code that names the reason of a row that failed. */
  reasonCodes: z.record(z.string(), z.string().min(1)).optional(),
  /** Words of this bank, tried before the common ones. */
  textRules: z
    .array(z.strictObject({ match: pattern, reason: z.string().min(1) }))
    .max(100)
    .optional(),
  /** Statuses of the whole file; one that is not listed makes every row unknown. */
  fileCodes: z.record(z.string(), fileCodeMeaning).optional(),
}

/** One code's meaning as written. */
export type CodeMeaning = z.output<typeof codeMeaning>

/** One file status's meaning as written. */
export type FileCodeMeaning = z.output<typeof fileCodeMeaning>
