/** The one list of states in which the money of a bank file's lines is out of our hands until the bank has answered. */

/** States of a bank file that the bank may have. A refused one counts too, until people have let its lines go. */
export const handedOverStates = [
  'sending',
  'unconfirmed',
  'sent',
  'acknowledged',
  'answered',
  'closed',
  'refused',
] as const

const listed = handedOverStates.map((state) => `'${state}'`).join(', ')

/** True for a state of a bank file that the bank may have. */
export const isHandedOver = (state: string): boolean => handedOverStates.some((one) => one === state)

/** The same as a condition on rows of bank_file under an alias; a file whose lines were let go holds none of them. */
export const holdsItsLines = (file: string): string =>
  `(${file}.state in (${listed}) and ${file}.released_at is null)`
