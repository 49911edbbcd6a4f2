/** Lays the codes of an agreement over those of its profile: what a bank changed by letter, in every kept version. */
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { Fault } from '../faults.ts'
import type { Agreement } from './agreement.ts'
import type { KeptProfiles } from './bank-book.ts'

type CodedAgreement = Pick<Agreement, 'bank' | 'codes'>

/** The profile as this agreement reads it. Throws AGREEMENT_INVALID for a code without a canonical reason. */
export function agreedProfile({ bank, codes }: CodedAgreement, profile: CompiledProfile): CompiledProfile {
  if (Object.keys(codes).length === 0) return profile
  try {
    return profile.withCodes(codes)
  } catch (error) {
    throw new Fault('AGREEMENT_INVALID', {
      problems: `${bank}: ${error instanceof Error ? error.message : ''}`,
    })
  }
}

/** The kept versions as this agreement reads them, each compiled when it is first asked for. */
export function agreedVersions(agreement: CodedAgreement, kept: KeptProfiles): KeptProfiles {
  if (Object.keys(agreement.codes).length === 0) return kept
  const known = new Map<CompiledProfile, CompiledProfile>()
  const agreed = (profile: CompiledProfile): CompiledProfile => {
    const made = known.get(profile) ?? agreedProfile(agreement, profile)
    known.set(profile, made)
    return made
  }
  return {
    version: (id, version) => {
      const found = kept.version(id, version)
      return found && agreed(found)
    },
    versions: (id) => kept.versions(id).map(agreed),
  }
}
