/** What a client may ask about the banks themselves: released then, into which window does a batch go? */
import { z } from 'zod'
import { readChinaTime } from '../../gateway/banks/china-time.ts'
import { explainWindow, type WindowQuestion } from '../../gateway/banks/explain-window.ts'
import { isFault } from '../../gateway/faults.ts'
import type { ApiNeeds } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import { answer, defineRoute, type Route } from './route.ts'
import { windowAnswerOf, windowAnswerSchema } from './window-answer.ts'

/** China's time unless it has an offset; a plus sign in a query has to be written as %2B. */
const timeText = z
  .string()
  .max(40)
  .regex(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/)
  .refine((text) => readChinaTime(text) !== undefined)

const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,3}$/)
    .refine((text) => Number(text) <= most)

const window = defineRoute({
  method: 'GET',
  path: '/v1/banks/{bank}/window',
  operation: 'explainWindow',
  summary: { zh: '现在放行，进入哪个窗口', en: 'Released then, into which window it goes' },
  params: z.strictObject({ bank: z.string().regex(/^[a-z0-9][a-z0-9-]{1,31}$/) }),
  query: z.strictObject({
    at: timeText.optional(),
    count: whole(20).optional(),
    days: whole(250).optional(),
  }),
  checked: z.unknown(),
  answers: { 200: windowAnswerSchema },
  problems: ['BANK_NOT_FOUND', 'YEAR_NOT_PUBLISHED', 'AGREEMENT_INVALID'],
  async handle(needs, { params, query }) {
    const at = query.at === undefined ? undefined : readChinaTime(query.at)
    const found = explain(needs, params.bank, {
      at: at ?? needs.clock.now(),
      count: Number(query.count ?? 3),
      days: query.days === undefined ? undefined : Number(query.days),
    })
    return answer(200, windowAnswerSchema, windowAnswerOf(params.bank, found))
  },
})

function explain({ intake, calendar }: ApiNeeds, code: string, question: WindowQuestion) {
  const bank = intake.bankBook.byCode(code)
  if (!bank) throw new ApiProblem('BANK_NOT_FOUND')
  try {
    return explainWindow(bank.agreement, calendar, question)
  } catch (error) {
    // To somebody who asks about next year this is no failure of the service, and asking again will not help soon.
    if (!isFault(error) || error.code !== 'CALENDAR_MISSING') throw error
    const year = Number(error.facts['year'])
    throw new ApiProblem('YEAR_NOT_PUBLISHED', {
      detail: `The working calendar of ${year} is not loaded.`,
      members: { bank: code, year },
    })
  }
}

/** Routes on banks. */
export const bankRoutes: readonly Route[] = [window]
