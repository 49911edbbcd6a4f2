/**
 * A script of misdeeds as people write it: YAML (a list of rules), or on one line `yy-rcb truncate-answer file=2, ccb
 * return-late every=3 days=3`. Every problem is named with its rule; an unknown name is refused with the list of all.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { type FaultRule, faultRule } from './fault-rule.ts'
import { parameterNames } from './misdeed.ts'
import { choosesFiles, isMisdeed, misdeedNames, misdeedOf } from './misdeed-catalog.ts'

/** A script, or everything that is wrong with it. */
export type ReadScript =
  | { readonly kind: 'read'; readonly rules: readonly FaultRule[] }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/**
 * Reads a script from a file, where one of this name exists or the name ends in .yaml or .yml, else from the words
 * themselves. `banks` are the codes that a rule may name, every one where it is absent.
 */
export function readFaultScript(fileOrWords: string, banks?: readonly string[]): ReadScript {
  const isFile = existsSync(fileOrWords) || /\.ya?ml$/.test(fileOrWords)
  if (!isFile) return checkRules(inlineRules(fileOrWords), banks)
  try {
    return checkRules(parse(readFileSync(fileOrWords, 'utf8')), banks)
  } catch (error) {
    return {
      kind: 'refused',
      problems: [`${fileOrWords}: ${error instanceof Error ? error.message : String(error)}`],
    }
  }
}

/** Checks rules that were read from anywhere. */
export function checkRules(document: unknown, banks?: readonly string[]): ReadScript {
  const list = Array.isArray(document) ? document : [document]
  const rules: FaultRule[] = []
  const problems: string[] = []
  list.forEach((entry: unknown, at) => {
    const checked = checkRule(entry, banks)
    if (typeof checked === 'string') problems.push(`rule ${at + 1}: ${checked}`)
    else rules.push(checked)
  })
  if (list.length === 0) problems.push('the script holds no rule')
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'read', rules }
}

function checkRule(entry: unknown, banks: readonly string[] | undefined): FaultRule | string {
  const name = z.object({ do: z.string() }).safeParse(entry)
  if (!name.success) return 'it says not what is done (`do`)'
  if (!isMisdeed(name.data.do))
    return `there is no behaviour ${name.data.do}; there are: ${misdeedNames.join(', ')}`
  const parsed = faultRule.safeParse(entry)
  if (!parsed.success) return z.prettifyError(parsed.error).replaceAll('\n', ' ')
  return misfit(parsed.data, banks) ?? parsed.data
}

/** What a rule says that its misdeed cannot mean. */
function misfit(rule: FaultRule, banks: readonly string[] | undefined): string | undefined {
  const { stage, takes } = misdeedOf(rule.do)
  const strange = parameterNames.find((name) => rule[name] !== undefined && !takes.includes(name))
  if (strange !== undefined) return `${rule.do} takes no ${strange}`
  if (choosesFiles(rule.do) && rule.call !== undefined) return `${rule.do} chooses by file, not by call`
  if (!choosesFiles(rule.do) && rule.file !== undefined) return `${rule.do} chooses by call, not by file`
  if (rule.lines !== undefined && stage !== 'rows' && stage !== 'return')
    return `${rule.do} is not done to lines`
  if (stage === 'sms') return rule.bank === undefined || rule.bank === 'sms' ? undefined : 'its bank is `sms`'
  if (rule.bank !== undefined && banks !== undefined && !banks.includes(rule.bank))
    return `there is no bank ${rule.bank}; there are: ${banks.join(', ')}`
  return undefined
}

/** `[bank] what key=value ...`, rules parted by commas; several numbers of one key are joined by `+`. */
function inlineRules(words: string): unknown[] {
  return words
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(inlineRule)
}

function inlineRule(text: string): unknown {
  const words = text.split(/\s+/)
  const plain = words.filter((word) => !word.includes('='))
  const [first = '', second] = plain
  const named = second === undefined ? { do: first } : { bank: first, do: second }
  const pairs = words
    .filter((word) => word.includes('='))
    .map((word): [string, unknown] => {
      const [key = '', value = ''] = word.split('=', 2)
      return [key, readValue(value)]
    })
  return { ...named, ...Object.fromEntries(pairs) }
}

function readValue(text: string): unknown {
  if (/^\d+(\+\d+)+$/.test(text)) return text.split('+').map(Number)
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}
