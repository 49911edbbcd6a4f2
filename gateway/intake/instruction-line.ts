/**
 * One instruction as it arrives (DESIGN.md §4): the strict shape of a line, and the codes of what is wrong with it.
 * Nothing is repaired: blanks at the ends, control characters and empty optional fields are refused by name.
 */
import { z } from 'zod'
import type { FindingFacts } from './finding.ts'
import type { FindingCode } from './finding-catalogue.ts'

/** Something wrong with one field of a line. */
export interface FieldFlaw {
  readonly field: string
  readonly code: FindingCode
  readonly facts: FindingFacts
}

const idForm = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** Why a text cannot stand in a field of at most `longest` UTF-16 units; undefined when it can. */
export function textFlaw(text: string, longest: number): FindingCode | undefined {
  if (text.length === 0) return 'FIELD_EMPTY'
  if (text.length > longest) return 'FIELD_TOO_LONG'
  if (isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(text.length - 1))) return 'FIELD_SPACES'
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || (unit >= 0x7f && isUnfit(text, index, unit))) return 'FIELD_CHARACTER'
  }
  return undefined
}

const isBlank = (unit: number): boolean => unit === 0x20 || unit === 0xa0 || unit === 0x3000

/** Control, line and direction characters, the replacement character, and halves of a surrogate pair. */
function isUnfit(text: string, index: number, unit: number): boolean {
  if (unit <= 0x9f || unit === 0xfffd || unit === 0xfeff) return true
  if (unit >= 0x2028 && unit <= 0x202e) return true
  if (unit >= 0x2066 && unit <= 0x2069) return true
  if (unit < 0xd800 || unit > 0xdfff) return false
  const mate = text.charCodeAt(unit < 0xdc00 ? index + 1 : index - 1)
  return unit < 0xdc00 ? !(mate >= 0xdc00 && mate <= 0xdfff) : !(mate >= 0xd800 && mate <= 0xdbff)
}

const missingOr = (code: FindingCode) => (issue: { input?: unknown }) =>
  issue.input === undefined ? 'FIELD_MISSING' : code

const text = (longest: number, form?: RegExp) =>
  z.string({ error: missingOr('FIELD_NOT_TEXT') }).check((payload) => {
    const code =
      textFlaw(payload.value, longest) ?? (form && !form.test(payload.value) ? 'FIELD_FORMAT' : undefined)
    if (code) payload.issues.push({ code: 'custom', message: code, input: payload.value })
  })

const amount = z.number({ error: missingOr('AMOUNT_NOT_INTEGER') }).check((payload) => {
  const code = amountFlaw(payload.value)
  if (code) payload.issues.push({ code: 'custom', message: code, input: payload.value })
})

function amountFlaw(value: number): FindingCode | undefined {
  if (!Number.isInteger(value)) return 'AMOUNT_NOT_INTEGER'
  if (value <= 0) return 'AMOUNT_NOT_POSITIVE'
  return Number.isSafeInteger(value) ? undefined : 'AMOUNT_TOO_LARGE'
}

/** The strict shape of a line; a flaw's message is its code. */
export const instructionSchema = z.strictObject({
  instructionId: text(64, idForm),
  bank: text(32),
  payeeName: text(200),
  payeeIdNumber: text(32).optional(),
  payeeAccount: text(64),
  amountFen: amount,
  phone: text(32).optional(),
  remark: text(200).optional(),
  region: text(12, /^\d{2,12}$/).optional(),
  household: text(64).optional(),
  replaces: text(64, idForm).optional(),
})

/** A line that has its shape; `amountFen` is a positive safe integer. */
export type InstructionLine = z.infer<typeof instructionSchema>

/** Fields of a line, in the order in which a CSV template lists them. */
export const instructionFields: readonly string[] = Object.keys(instructionSchema.shape)

/** Fields that every line has. */
export const requiredFields: readonly string[] = [
  'instructionId',
  'bank',
  'payeeName',
  'payeeAccount',
  'amountFen',
]

/** A line, or everything that is wrong with it. */
export type CheckedShape =
  | { readonly kind: 'line'; readonly line: InstructionLine }
  | { readonly kind: 'flawed'; readonly flaws: readonly FieldFlaw[] }

/** Checks the shape of a parsed line. */
export function checkShape(value: unknown): CheckedShape {
  const result = instructionSchema.safeParse(value)
  if (result.success) return { kind: 'line', line: result.data }
  return { kind: 'flawed', flaws: result.error.issues.flatMap(toFlaws) }
}

const codes: Readonly<Record<string, FindingCode>> = {
  FIELD_MISSING: 'FIELD_MISSING',
  FIELD_NOT_TEXT: 'FIELD_NOT_TEXT',
  FIELD_EMPTY: 'FIELD_EMPTY',
  FIELD_TOO_LONG: 'FIELD_TOO_LONG',
  FIELD_SPACES: 'FIELD_SPACES',
  FIELD_CHARACTER: 'FIELD_CHARACTER',
  FIELD_FORMAT: 'FIELD_FORMAT',
  AMOUNT_NOT_INTEGER: 'AMOUNT_NOT_INTEGER',
  AMOUNT_NOT_POSITIVE: 'AMOUNT_NOT_POSITIVE',
  AMOUNT_TOO_LARGE: 'AMOUNT_TOO_LARGE',
}

function toFlaws(issue: z.core.$ZodIssue): FieldFlaw[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, 10).map((key) => ({ field: shownName(key), code: 'FIELD_UNKNOWN', facts: {} }))
  }
  const field = issue.path.map(String).join('.')
  return [{ field, code: codes[issue.message] ?? 'LINE_NOT_OBJECT', facts: {} }]
}

/** A field's name if it looks like one; anything else may be somebody's data and is not repeated. */
export const shownName = (name: string): string => (/^[A-Za-z_][A-Za-z_]{0,39}$/.test(name) ? name : '?')
