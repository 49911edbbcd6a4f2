/**
 * Checks of identity and account numbers: resident ID (GB 11643), unified social credit code (GB 32100), bank card
 * (Luhn) and bank code (ISO 7064 MOD 11,10). They report facts; whether to warn or to block is the programme's rule.
 * A card that fails Luhn may be real (bank-formats §13), so `checkCard` only ever justifies a warning.
 */
import { isProvince } from './region-codes.ts'

/** What is wrong with an identifier; it never repeats the value. */
export type IdentifierProblem =
  | { readonly code: 'LENGTH'; readonly expected: string; readonly length: number }
  | { readonly code: 'CHARACTER'; readonly position: number }
  | { readonly code: 'REGION'; readonly province: string }
  | { readonly code: 'BIRTH_DATE'; readonly birthDate: string }
  | { readonly code: 'CHECK_DIGIT'; readonly expected: string }

/**
 * Half-width capitals of an identifier as it was typed: `１１０…ｘ` is `110…X`. Spaces at the ends go. Only full-width
 * forms are folded: `²` and `①` look like digits and are none.
 */
export const foldIdentifier = (text: string): string =>
  text
    .replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .trim()
    .toUpperCase()

const badCharacter = (text: string, allowed: string, before = 0): IdentifierProblem | undefined => {
  const position = [...text].findIndex((character) => !allowed.includes(character))
  return position < 0 ? undefined : { code: 'CHARACTER', position: before + position + 1 }
}

const badLength = (text: string, least: number, most: number): IdentifierProblem | undefined =>
  text.length >= least && text.length <= most
    ? undefined
    : { code: 'LENGTH', expected: least === most ? `${least}` : `${least}-${most}`, length: text.length }

const badCheck = (text: string, expected: string): IdentifierProblem | undefined =>
  text.endsWith(expected) ? undefined : { code: 'CHECK_DIGIT', expected }

const digits = '0123456789'
const residentWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/**
 * Checks an 18-character resident ID number; folds full-width forms and a small `x` first.
 * `latestBirth` (`YYYYMMDD`) refuses births after that day.
 */
export function checkResidentId(text: string, latestBirth = '99991231'): IdentifierProblem | undefined {
  const id = foldIdentifier(text)
  return (
    badLength(id, 18, 18) ??
    badCharacter(id.slice(0, 17), digits) ??
    badCharacter(id.slice(17), `${digits}X`, 17) ??
    badProvince(id) ??
    badBirthDate(id.slice(6, 14), latestBirth) ??
    badCheck(id, residentCheck(id))
  )
}

function residentCheck(id: string): string {
  const sum = residentWeights.reduce(
    (total, weight, index) => total + weight * digits.indexOf(id.charAt(index)),
    0,
  )
  return '10X98765432'.charAt(sum % 11)
}

/**
 * Provinces that once were and residence permits count, too: 83 stands for residents of Taiwan. The ID cards of permanent
 * residents from abroad begin with 9, and their province follows.
 */
function badProvince(id: string): IdentifierProblem | undefined {
  const province = id.startsWith('9') ? id.slice(1, 3) : id.slice(0, 2)
  return isProvince(province) || province === '83' ? undefined : { code: 'REGION', province }
}

function badBirthDate(birthDate: string, latestBirth: string): IdentifierProblem | undefined {
  const known = birthDate >= '18000101' && birthDate <= latestBirth && isCalendarDate(birthDate)
  return known ? undefined : { code: 'BIRTH_DATE', birthDate }
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** True for a day that the calendar has, written `YYYYMMDD`. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{8}$/.test(text)) return false
  const [year = 0, month = 0, day = 0] = [text.slice(0, 4), text.slice(4, 6), text.slice(6)].map(
    (part) => +part,
  )
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day >= 1 && day <= (monthDays[month - 1] ?? 0) + (leap && month === 2 ? 1 : 0)
}

/** Checks a card number of 12 to 19 digits by Luhn. Passbook and old account numbers have no check digit. */
export function checkCard(text: string): IdentifierProblem | undefined {
  const card = foldIdentifier(text)
  return badLength(card, 12, 19) ?? badCharacter(card, digits) ?? badCheck(card, luhnCheck(card.slice(0, -1)))
}

function luhnCheck(body: string): string {
  let sum = 0
  for (let index = 0; index < body.length; index++) {
    const digit = digits.indexOf(body.charAt(body.length - 1 - index)) * (index % 2 === 0 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return `${(10 - (sum % 10)) % 10}`
}

/** Checks a 12-digit bank code (行号): ISO 7064 MOD 11,10 over its first eleven digits. */
export function checkBankCode(text: string): IdentifierProblem | undefined {
  const code = foldIdentifier(text)
  return badLength(code, 12, 12) ?? badCharacter(code, digits) ?? badCheck(code, bankCodeCheck(code))
}

function bankCodeCheck(code: string): string {
  let product = 10
  for (const character of code.slice(0, 11)) {
    const sum = (product + digits.indexOf(character)) % 10 || 10
    product = (sum * 2) % 11
  }
  return `${(11 - product) % 10}`
}

const creditAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** Checks an 18-character unified social credit code of an organisation. */
export function checkCreditCode(text: string): IdentifierProblem | undefined {
  const code = foldIdentifier(text)
  return badLength(code, 18, 18) ?? badCharacter(code, creditAlphabet) ?? badCheck(code, creditCheck(code))
}

function creditCheck(code: string): string {
  let sum = 0
  let weight = 1
  for (const character of code.slice(0, 17)) {
    sum += creditAlphabet.indexOf(character) * weight
    weight = (weight * 3) % 31
  }
  return creditAlphabet.charAt((31 - (sum % 31)) % 31)
}
