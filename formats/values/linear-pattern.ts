/**
 * Patterns that operators write in profiles. RE2 matches in time linear in the text whatever the pattern says, so a
 * careless expression cannot stop a worker.
 */
import { RE2JS } from 're2js'

/** A compiled pattern. */
export interface LinearPattern {
  /** True when the pattern is found anywhere in the text. */
  occursIn(text: string): boolean
  /** True when the whole text matches. */
  matches(text: string): boolean
  /** Text of a group, from 1, where the pattern is first found; undefined when it is not, or the group took no part. */
  groupIn(text: string, group: number): string | undefined
  /** Groups that the pattern has. */
  readonly groups: number
}

/** Compiles a pattern of RE2's syntax; undefined when it is none. */
export function linearPattern(source: string): LinearPattern | undefined {
  try {
    const compiled = RE2JS.compile(source)
    return {
      occursIn: (text) => compiled.matcher(text).find(),
      matches: (text) => compiled.matches(text),
      groupIn(text, group) {
        const matcher = compiled.matcher(text)
        return matcher.find() ? (matcher.group(group) ?? undefined) : undefined
      },
      groups: compiled.groupCount(),
    }
  } catch {
    return undefined
  }
}
