/** Numbers that commands take. */
import { InvalidArgumentError } from 'commander'

/** A whole number from 0 to 99999999, in digits only. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted')
  return Number(text)
}
