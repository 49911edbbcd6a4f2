/** What every profile says of itself, whatever its layout. */
import { z } from 'zod'
import { acknowledgementSchema } from './acknowledgement-schema.ts'
import { fen, identifier, label, size } from './column-schema.ts'

const sideFile = z.strictObject({
  name: label,
  order: z.enum(['before', 'after']),
  content: z.string(),
})

/** Entries of every profile. */
export const commonShape = {
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'id' }),
  version: size,
  title: label,
  source: label,
  fidelity: z.enum(['high', 'medium', 'invented']),
  note: z.string().optional(),
  limits: z.strictObject({
    maxRows: size,
    maxAmountFen: fen,
    maxTotalFen: fen.optional(),
    /** Greatest size of a file; fewer rows are planned where they could outgrow it. */
    maxBytes: size.optional(),
  }),
  /** Settings of the agreement that the layout uses, each with a sample value. */
  settings: z.record(identifier, label).optional(),
  /** Characters that the bank forbids in every text, beside those that its layout cannot carry. */
  forbidden: z.string().min(1).max(64).optional(),
  sideFiles: z.array(sideFile).optional(),
  /** Receipts that the bank leaves when it has taken a file in, or refused it whole. */
  acknowledgement: acknowledgementSchema.optional(),
  /** How the content of a file travels inside a message; readers take it wrapped or plain. */
  wrapping: z
    .strictObject({
      steps: z
        .array(z.enum(['zlib', 'gzip', 'base64']))
        .min(1)
        .max(3),
      /** Greatest size once unwrapped; what grows beyond it is refused unread. */
      maxPlainBytes: size,
    })
    .optional(),
}
