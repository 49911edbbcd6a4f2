/** Reads Retry-After (RFC 9110 §10.2.3): seconds or a date. A bank may slow us down, but not for ever. */

const usualMs = 60_000
const longestMs = 24 * 3_600_000

/** Milliseconds to wait from `now`: one minute where the header is absent or unreadable, one day at most. */
export function retryAfterMs(header: string | undefined, now: Date): number {
  if (header === undefined) return usualMs
  const text = header.trim()
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime()
  if (Number.isNaN(waitMs)) return usualMs
  return Math.min(Math.max(waitMs, 1000), longestMs)
}
