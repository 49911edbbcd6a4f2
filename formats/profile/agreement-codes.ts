/** Codes of one agreement laid over those of its profile, for what a bank changed by letter. */
import { canonicalReasons, isReasonCode } from '../reasons/reason-taxonomy.ts'
import { derivedCodes } from './meaning-rules.ts'
import type { ProfileSpec } from './profile-schema.ts'

/**
 * The profile with the codes of an agreement over its own. Throws for a reason that is not canonical, and for a
 * success where a part of the amount, or nothing, was paid.
 */
export function withAgreementCodes<Spec extends ProfileSpec>(
  spec: Spec,
  codes: Readonly<Record<string, string>>,
): Spec {
  for (const [code, reason] of Object.entries(codes)) {
    if (!isReasonCode(reason) || reason === 'UNMAPPED')
      throw new Error(`${spec.id}: code ${code} has no canonical reason: ${reason}`)
    if (canonicalReasons[reason].outcome === 'paid' && code !== 'full' && derivedCodes.includes(code))
      throw new Error(`${spec.id}: code ${code} cannot mean ${reason}`)
  }
  return { ...spec, result: { ...spec.result, codes: { ...spec.result.codes, ...codes } } }
}
