/** How a profile describes the receipts that its bank leaves for files. */
import { z } from 'zod'
import { flag, label, pattern, size } from './column-schema.ts'

/** Shape of `acknowledgement` in a profile. Patterns are looked for anywhere in the text; `(?m)` makes ^ and $ lines' ends. */
export const acknowledgementSchema = z.strictObject({
  name: label,
  accepted: pattern,
  refused: pattern.optional(),
  /** Group of `refused` that holds the bank's code, from 1. */
  code: size.optional(),
  /** Meaning of each code, class F; a code that is not listed says nothing. */
  codes: z.record(z.string().min(1), z.string().min(1)).optional(),
  /** Whether it comes in the envelope of the agreement; it does unless told. */
  sealed: flag.optional(),
})
