/** How the answer about a bank's window looks as JSON, the same in the API and on a desk. */
import { z } from 'zod'
import { dayWords } from '../../gateway/banks/day-kind.ts'
import type { ExplainedOpening, WindowAnswer } from '../../gateway/banks/explain-window.ts'
import { daySchema, timeSchema } from './answer-schemas.ts'

const openingSchema = z.object({
  day: daySchema,
  opensAt: timeSchema,
  closesAt: timeSchema,
  /** A release at this time or later is too late for this opening. */
  releaseBy: timeSchema,
  /** What the day is; left out where the window opens every day and the year is not published. */
  dayKind: z.enum(['working', 'made-up', 'bank-open', 'weekend', 'holiday', 'bank-closed']).optional(),
  dayZh: z.string().optional(),
  dayEn: z.string().optional(),
})

/** Shape of the answer. */
export const windowAnswerSchema = z.object({
  bank: z.string(),
  at: timeSchema,
  open: z.boolean(),
  opening: openingSchema,
  passedOver: z
    .array(
      z.object({
        from: daySchema,
        to: daySchema,
        code: z.enum(['DAY_OFF', 'AFTER_CUT_OFF', 'AFTER_CLOSE']),
        messageZh: z.string(),
        messageEn: z.string(),
      }),
    )
    .readonly(),
  next: z.array(openingSchema).readonly(),
  unknownYear: z.int().optional(),
  workingDay: z.object({ days: z.int(), date: daySchema }).optional(),
})

/** What the shape takes in. */
export const windowAnswerOf = (bank: string, found: WindowAnswer): z.input<typeof windowAnswerSchema> => ({
  bank,
  at: found.at,
  open: found.open,
  opening: openingOf(found.opening),
  passedOver: found.passedOver.map(({ words, ...one }) => ({
    ...one,
    messageZh: words.zh,
    messageEn: words.en,
  })),
  next: found.next.map(openingOf),
  ...(found.unknownYear !== undefined && { unknownYear: found.unknownYear }),
  ...(found.workingDay && { workingDay: found.workingDay }),
})

function openingOf({ kind, ...opening }: ExplainedOpening): z.input<typeof openingSchema> {
  if (!kind) return opening
  const { zh, en } = dayWords(kind, opening.day)
  return { ...opening, dayKind: kind.kind, dayZh: zh, dayEn: en }
}
