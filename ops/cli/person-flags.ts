/** Who does something by hand, and why: texts that the audit trail keeps. */
import { InvalidArgumentError } from 'commander'

/** A person's name or account as the house writes it: 1 to 100 characters on one line. */
export const personName = (text: string): string => plain(text, 100)

/** A reason or evidence: 1 to 400 characters on one line. */
export const reasonText = (text: string): string => plain(text, 400)

function plain(text: string, longest: number): string {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > longest || /\p{Cc}/u.test(trimmed))
    throw new InvalidArgumentError(`1 to ${longest} characters on one line`)
  return trimmed
}
