/** Counting of calendar days, all `YYYY-MM-DD`; no clock and no zone takes part. */
const dayMs = 86_400_000

/** The day that is so many days later, or earlier when negative. */
export const shiftDay = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** The day after a day. */
export const nextDay = (date: string): string => shiftDay(date, 1)

/** The day before a day. */
export const previousDay = (date: string): string => shiftDay(date, -1)

/** How many days lie from one day to another. */
export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / dayMs
