/** One broken rule of a document, told in both languages at a path of the document. */
import type { RuleIssue } from './profile-problems.ts'

/** Where in the document: names of entries and places in lists. */
export type Path = readonly PropertyKey[]

/** Makes a broken rule. Both sentences say what is wrong and what a valid value looks like. */
export const issue = (path: Path, zh: string, en: string): RuleIssue => ({ code: 'rule', path, zh, en })

/** A rule as a row of a table: broken or not, and what is said when it is. */
export type RuleRow = readonly [broken: boolean, zh: string, en: string]

/** Issues of the rows that are broken. */
export const brokenOf = (path: Path, rows: readonly RuleRow[]): readonly RuleIssue[] =>
  rows.flatMap(([broken, zh, en]) => (broken ? [issue(path, zh, en)] : []))
