/** Reads one YAML document of the catalogue against its schema and rules; every problem with its line, both languages. */
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { type ProfileProblem, problemsOfIssues, problemsOfYaml, type RuleIssue } from './profile-problems.ts'

/** A document that holds, or why it does not. */
export type ReadDocument<Spec> =
  | { readonly kind: 'ok'; readonly spec: Spec }
  | { readonly kind: 'refused'; readonly problems: readonly ProfileProblem[] }

/** Every scalar is text, so that `0000` stays a code; `rules` are asked once the shape is right. */
export function readYamlDocument<Schema extends z.ZodType>(
  text: string,
  schemaFor: (entry: (name: string) => unknown) => Schema,
  rules: (spec: z.output<Schema>) => readonly RuleIssue[],
): ReadDocument<z.output<Schema>> {
  const lines = new LineCounter()
  const document: Document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    uniqueKeys: true,
  })
  const broken = problemsOfYaml(document, lines)
  if (broken.length > 0) return { kind: 'refused', problems: broken }
  const schema = schemaFor((name) => document.get(name))
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }))
  if (!parsed.success)
    return { kind: 'refused', problems: problemsOfIssues(parsed.error.issues, document, lines, schema) }
  const wrong = rules(parsed.data)
  return wrong.length > 0
    ? { kind: 'refused', problems: problemsOfIssues(wrong, document, lines) }
    : { kind: 'ok', spec: parsed.data }
}
