/** Gathers the texts of one row while its elements go by, and says the first thing that is wrong with it. */
import { type DocumentPlan, rowTextRule, type TextPlan } from './document-plan.ts'
import type { RowTexts } from './row-record.ts'
import { defaultTextChars } from './xml-parser.ts'

/** What is wrong with a row or with the head of a document: where, and what was expected or found there. */
export type TextFacts = Readonly<Record<string, string>>

/** The texts of the row that is being read. */
export interface RowGatherer {
  begin(): void
  /** Takes a text; `raw` is undefined for an attribute that is absent. */
  take(plan: TextPlan, raw: string | undefined): void
  /** Notes something else that is wrong with the row. */
  fault(facts: TextFacts): void
  /** What is wrong with the row, if something is. */
  problem(): TextFacts | undefined
  texts(): RowTexts
}

type Rule = (text: string) => boolean

/** Makes the gatherer of a file's rows. */
export function rowGatherer(
  plan: DocumentPlan,
  settings: Readonly<Record<string, string>> | undefined,
): RowGatherer {
  const rules = new Map<TextPlan, Rule | undefined>()
  const ruleOf = (text: TextPlan): Rule | undefined => {
    if (!rules.has(text)) rules.set(text, rowTextRule(text, settings))
    return rules.get(text)
  }
  const texts: (string | undefined)[] = Array.from({ length: plan.slots })
  let wrong: TextFacts | undefined

  const keep = ({ slot, path, repeats }: TextPlan, text: string): void => {
    const before = texts[slot]
    if (before === undefined || before === '') texts[slot] = text
    else if (repeats) texts[slot] = joined(path, before, text)
    else if (text !== '' && text !== before) wrong ??= { column: path, found: 'another text than before' }
  }
  /** What a bank says twice in a row counts once. */
  const joined = (path: string, before: string, text: string): string => {
    if (text === '' || text === before || before.endsWith(` ${text}`)) return before
    if (before.length + text.length < defaultTextChars) return `${before} ${text}`
    wrong ??= { column: path, found: 'too long' }
    return before
  }
  return {
    begin: () => {
      texts.fill(undefined)
      wrong = undefined
    },
    fault: (facts) => {
      wrong ??= facts
    },
    take: (one, raw) => {
      if (raw === undefined) {
        if (!one.optional) wrong ??= { column: one.path, found: 'missing' }
        return
      }
      if (raw === '' && one.optional) return keep(one, '')
      const text = one.read ? one.read(raw) : raw
      const rule = ruleOf(one)
      if (text === undefined || (rule && !rule(text)))
        wrong ??= { column: one.path, expected: expectedOf(one) }
      else keep(one, text)
    },
    problem: () => {
      if (wrong) return wrong
      for (const { slot, path } of plan.rowNeeds)
        if (texts[slot] === undefined) return { column: path, found: 'missing' }
      return undefined
    },
    texts: () => texts,
  }
}

/** What a text had to be: a literal itself, else the item. */
export const expectedOf = ({ column, literal }: TextPlan): string => (column ? column.item : literal)
