/**
 * Decides whether a login may be tried that its bank has refused (reliability.md F43): servers lock accounts after a few
 * failures, and a locked account is worse than a wait. Three tries, then one after each pause; pauses grow to a day.
 */

/** Refused logins in a row, and until when nobody tries. */
export interface LoginRefusals {
  readonly refusals: number
  readonly heldUntil: Date | undefined
}

/** Tries that may follow each other. */
export const mostLoginTries = 3

const hourMs = 3_600_000
const longestPauseMs = 24 * hourMs

/** What stands after one more refusal. */
export function afterRefusal({ refusals }: Pick<LoginRefusals, 'refusals'>, now: Date): LoginRefusals {
  const more = refusals + 1
  if (more < mostLoginTries) return { refusals: more, heldUntil: undefined }
  // The exponent is kept small: a login that is refused for months must not overflow it.
  const pauseMs = Math.min(hourMs * 2 ** Math.min(more - mostLoginTries, 10), longestPauseMs)
  return { refusals: more, heldUntil: new Date(now.getTime() + pauseMs) }
}

/** Until when nobody may try; undefined when somebody may. */
export const heldUntil = ({ heldUntil: until }: LoginRefusals, now: Date): Date | undefined =>
  until !== undefined && until > now ? until : undefined
