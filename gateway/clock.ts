/** Time as an argument: business time comes from here, leases use the database's own clock. */

/** Tells the time of business: windows, due dates, file dates. */
export interface Clock {
  now(): Date
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() }

const chinaOffsetMs = 8 * 3_600_000

/** The calendar day in China (UTC+8, no summer time since 1991) as `YYYY-MM-DD`. */
export function chinaDay(at: Date): string {
  return new Date(at.getTime() + chinaOffsetMs).toISOString().slice(0, 10)
}

/** The time of day in China as `HHMMSS`. */
export function chinaClock(at: Date): string {
  return new Date(at.getTime() + chinaOffsetMs).toISOString().slice(11, 19).replaceAll(':', '')
}

/** The instant of `HH:MM` on a `YYYY-MM-DD` in China. */
export function chinaInstant(day: string, time: string): Date {
  return new Date(`${day}T${time}:00+08:00`)
}
