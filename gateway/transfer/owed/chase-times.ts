/** When a late answer is asked for again: at once, after an hour, four more hours, then every day, for ever. Pure. */

const hourMs = 3_600_000
const firstGapsMs = [hourMs, 4 * hourMs]
const dayMs = 24 * hourMs

/** The next time after `now` at which a debt that was due at `dueAt` is chased; `dueAt` itself while that lies ahead. */
export function nextChase(dueAt: Date, now: Date): Date {
  let at = dueAt.getTime()
  for (const gapMs of firstGapsMs) {
    if (at > now.getTime()) return new Date(at)
    at += gapMs
  }
  if (at > now.getTime()) return new Date(at)
  const days = Math.floor((now.getTime() - at) / dayMs) + 1
  return new Date(at + days * dayMs)
}
