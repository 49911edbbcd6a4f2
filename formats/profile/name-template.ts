/**
 * File names and small contents from templates: `req_{date}_{sequence:NNN}.txt`, `{settings.comCode}`, `{name}`.
 * A name that a template made can be read back to its date and sequence.
 */
import { isCalendarDate } from '../values/identifiers.ts'

/** What a template can be filled with, beside `sequence` and `settings`. */
export interface TemplateFacts {
  readonly businessDate: string
  readonly sequence: number
  readonly settings: Readonly<Record<string, string>>
  /** Further places, such as `md5` or `name`. */
  readonly others?: Readonly<Record<string, string>>
}

/** A place in a template: the literal text between places has an empty `name`. */
interface Part {
  readonly text: string
  readonly name: string
  readonly digits: number
}

const placePattern = /\{([A-Za-z0-9.]+)(?::(N+))?\}/gu

function partsOf(template: string): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  for (const match of template.matchAll(placePattern)) {
    parts.push({ text: template.slice(from, match.index), name: '', digits: 0 })
    parts.push({ text: '', name: match[1] ?? '', digits: match[2]?.length ?? 0 })
    from = match.index + match[0].length
  }
  parts.push({ text: template.slice(from), name: '', digits: 0 })
  return parts.filter((part) => part.name !== '' || part.text !== '')
}

/** Names of the places in a template, such as `date` and `settings.comCode`. */
export const placesOf = (template: string): readonly string[] =>
  partsOf(template).flatMap((part) => (part.name === '' ? [] : [part.name]))

/** The largest sequence that every one of the templates can hold; Infinity when none counts its digits. */
export function largestSequence(templates: readonly string[]): number {
  const digits = templates.flatMap((template) =>
    partsOf(template).flatMap((part) => (part.name === 'sequence' && part.digits > 0 ? [part.digits] : [])),
  )
  return digits.length === 0 ? Number.POSITIVE_INFINITY : 10 ** Math.min(...digits) - 1
}

/** Fills a template; throws `RangeError` when the sequence has outgrown its digits, since a name must not wrap. */
export function fillTemplate(template: string, facts: TemplateFacts): string {
  return partsOf(template)
    .map((part) => (part.name === '' ? part.text : fillPlace(part, facts)))
    .join('')
}

function fillPlace(part: Part, facts: TemplateFacts): string {
  if (part.name === 'date') return facts.businessDate
  if (part.name === 'sequence') return sequenceDigits(facts.sequence, part.digits)
  const value = part.name.startsWith('settings.')
    ? facts.settings[part.name.slice('settings.'.length)]
    : facts.others?.[part.name]
  if (value === undefined) throw new Error(`a name template asks for ${part.name}, which is not set`)
  return value
}

function sequenceDigits(sequence: number, digits: number): string {
  const text = `${sequence}`.padStart(digits, '0')
  if (digits > 0 && text.length > digits)
    throw new RangeError(`sequence ${sequence} has more than ${digits} digits`)
  return text
}

/** Makes the reader of a template's names: date and sequence where the name holds them, undefined for other names. */
export function nameReader(
  template: string,
): (name: string) => { businessDate?: string; sequence?: number } | undefined {
  const pattern = new RegExp(`^${partsOf(template).map(partPattern).join('')}$`, 'u')
  return (name) => {
    const groups = pattern.exec(name)?.groups
    if (!groups && !pattern.test(name)) return undefined
    const { date, sequence } = groups ?? {}
    if (date !== undefined && !isCalendarDate(date)) return undefined
    return {
      ...(date === undefined ? {} : { businessDate: date }),
      ...(sequence === undefined ? {} : { sequence: Number.parseInt(sequence, 10) }),
    }
  }
}

function partPattern(part: Part): string {
  if (part.name === '') return part.text.replace(/[.*+?^${}()|[\]\\/]/gu, '\\$&')
  if (part.name === 'date') return '(?<date>\\d{8})'
  if (part.name === 'sequence')
    return part.digits > 0 ? `(?<sequence>\\d{${part.digits}})` : '(?<sequence>[1-9]\\d*)'
  return '[A-Za-z0-9-]+'
}
