/**
 * Numbers that look real and belong to nobody: resident IDs of people born 1880 to 1899 in one county, Luhn-valid
 * 19-digit cards, mobile numbers. Accounts are a shuffled count, so no two indexes share one.
 */
import { type Draw, hashText } from './seeded-draw.ts'
import type { Sex } from './synthetic-names.ts'

const idCounty = '430621'
const birthDays = 7305
const births = Array.from({ length: birthDays }, (_, day) =>
  new Date(Date.UTC(1880, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', ''),
)
const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** How many people get a resident ID of their own (birth day and sequence); more share them. */
export const distinctIds = birthDays * 1000

/** Half of the twelve digits that an account counts with; indexes must stay below its square. */
const half = 1_000_000

/** The resident ID of an index under a seed, with its check character. */
export function residentIdAt(seed: number, index: number): string {
  const place = ((index % distinctIds) * 1_000_003 + seed) % distinctIds
  return withIdCheck(
    `${idCounty}${births[place % birthDays]}${String(Math.floor(place / birthDays)).padStart(3, '0')}`,
  )
}

/** The sex that a resident ID states in its last digit before the check character. */
export const sexOf = (residentId: string): Sex =>
  Number(residentId.charAt(16)) % 2 === 1 ? 'male' : 'female'

/** Another valid ID of the same birthday and sex, as a corrected misprint would be. */
export function correctedId(residentId: string): string {
  const sequence = (Number(residentId.slice(14, 17)) + 2) % 1000
  return withIdCheck(`${residentId.slice(0, 14)}${String(sequence).padStart(3, '0')}`)
}

/** The card of an index under a seed: bank prefix of 6 digits, 12 of a shuffled count, Luhn digit. */
export function accountAt(seed: number, index: number, bank: string): string {
  const low = ((index % half) * 387_421 + seed) % half
  const high = ((Math.floor(index / half) % half) * 700_001 + low * 577 + (seed >>> 8)) % half
  const body = `${String(high).padStart(6, '0')}${String(low).padStart(6, '0')}`
  return withLuhn(`${cardPrefix(bank)}${body}`)
}

/**
 * A new valid card at the same bank. It counts up the last digit of the prefix, which `accountAt` leaves at 0, so it
 * is no other person's card; throws a RangeError after nine replacements.
 */
export function replacementCard(card: string): string {
  const generation = Number(card.charAt(5)) + 1
  if (generation > 9) throw new RangeError('a card can be replaced nine times')
  return withLuhn(`${card.slice(0, 5)}${generation}${card.slice(6, 18)}`)
}

/** First six digits of a bank's cards: 62, three of the bank's own, 0. Two banks may share them. */
export const cardPrefix = (bank: string): string =>
  `62${String((hashText(bank) >>> 0) % 1000).padStart(3, '0')}0`

const mobileRanges = [
  ...[
    '134',
    '135',
    '136',
    '137',
    '138',
    '139',
    '150',
    '151',
    '152',
    '157',
    '158',
    '159',
    '182',
    '187',
    '188',
    '198',
  ],
  ...['130', '131', '132', '155', '156', '185', '186', '166', '133', '153', '180', '181', '189', '199'],
]

/** An 11-digit mobile number. */
export const mobileNumber = (draw: Draw): string =>
  `${draw.pick(mobileRanges)}${String(draw.below(100_000_000)).padStart(8, '0')}`

function withIdCheck(body: string): string {
  const sum = idWeights.reduce((total, weight, at) => total + weight * (body.charCodeAt(at) - 48), 0)
  return `${body}${'10X98765432'.charAt(sum % 11)}`
}

function withLuhn(body: string): string {
  let sum = 0
  for (let at = 0; at < body.length; at++) {
    const digit = (body.charCodeAt(body.length - 1 - at) - 48) * (at % 2 === 0 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return `${body}${(10 - (sum % 10)) % 10}`
}
