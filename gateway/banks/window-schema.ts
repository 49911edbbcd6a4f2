/** How opening hours and a bank's own days stand in its agreement; every flaw is told in words, before the start. */
import { z } from 'zod'
import { windowProblem } from './window.ts'

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 08:30')

/**
 * One window: on working days of the State Council calendar, or every day. `releaseBy` is the time of day from which a
 * release is too late for it; without it a release is in time until the window closes.
 */
export const windowSchema = z
  .strictObject({
    days: z.enum(['working', 'every']),
    open: time,
    close: time,
    releaseBy: time.optional(),
  })
  .superRefine((window, context) => {
    const message = windowProblem(window)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

const day = z.iso.date('a day that exists, such as 2026-10-08')
const days = z.array(day).max(400).default([])

/** A bank's own days: `off` closes all its windows, `work` opens those of working days against the national schedule. */
export const bankCalendarSchema = z.strictObject({ off: days, work: days }).superRefine((own, context) => {
  for (const name of ['off', 'work'] as const) {
    const twice = own[name].find((date, at) => own[name].indexOf(date) < at)
    if (twice !== undefined)
      context.addIssue({ code: 'custom', path: [name], message: `${twice} is listed twice` })
  }
  const both = own.off.find((date) => own.work.includes(date))
  if (both !== undefined) context.addIssue({ code: 'custom', message: `${both} is both off and worked` })
})
