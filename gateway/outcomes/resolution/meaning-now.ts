/** What a code and text that a bank gave before mean by a layout as it is now. */
import type { Outcome, Reason } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import type { BankWords } from './reason-given.ts'

/** Outcome and reason; kept codes may be `code/second`, as the reader of a row with two codes wrote them. */
export function meaningNow(
  profile: Pick<CompiledProfile, 'codes' | 'meaningOf'>,
  { bankCode, bankText }: BankWords,
): { readonly outcome: Outcome; readonly reason: Reason } {
  const slash = bankCode.lastIndexOf('/')
  if (slash < 0 || profile.codes.some(({ code }) => code === bankCode))
    return profile.meaningOf(bankCode, bankText)
  return profile.meaningOf(bankCode.slice(0, slash), bankText, bankCode.slice(slash + 1))
}
