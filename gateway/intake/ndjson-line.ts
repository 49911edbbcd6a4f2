/** One line of NDJSON: a flat object whose amount is spelled in plain digits and whose members stand once each. */
import type { FieldFlaw } from './instruction-line.ts'
import { repeatsMember, spellsAmount } from './integer-json.ts'

/** The line's object, or what is wrong with it. */
export function parseNdjsonLine(line: string): { record: object } | { flaw: FieldFlaw } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { flaw: { field: '', code: 'LINE_NOT_JSON', facts: {} } }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { flaw: { field: '', code: 'LINE_NOT_OBJECT', facts: {} } }
  }
  return { record: value }
}

/** What a line of the right shape hides from JSON.parse: a member that stands twice, or a float as its amount. */
export function spellingFlaw(line: string, record: object, amountFen: number): FieldFlaw | undefined {
  if (repeatsMember(line, Object.keys(record).length)) {
    return { field: '', code: 'FIELD_REPEATED', facts: {} }
  }
  return spellsAmount(line, amountFen)
    ? undefined
    : { field: 'amountFen', code: 'AMOUNT_NOT_INTEGER', facts: {} }
}
