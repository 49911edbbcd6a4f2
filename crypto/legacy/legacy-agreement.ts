/**
 * The door to checks that are too weak for anything new. They exist because some banks know nothing else, and work
 * only where an agreement names the very check; nothing of ours is ever protected by them.
 */
import { EnvelopeRefused } from '../envelope.ts'

/** Checks that an agreement may name; each has a file of its own in this folder. */
export type LegacyCheck = 'rsa-sha1-xml' | 'md5-side-file'

/** Names of the weak checks that an agreement allows; usually none. */
export interface LegacyAgreement {
  readonly legacyChecks: readonly LegacyCheck[]
}

/** Throws EnvelopeRefused LEGACY_NOT_AGREED unless the agreement names this check. */
export function refuseUnlessAgreed(check: LegacyCheck, { legacyChecks }: LegacyAgreement): void {
  if (legacyChecks.includes(check)) return
  throw new EnvelopeRefused('LEGACY_NOT_AGREED', `the agreement does not name the weak check ${check}`)
}
