/**
 * Says what an entry is to us: its kind by the profile's rules, the original serial that it carries, and why money came
 * back, in the canonical reasons (bank-formats §7.2, §8). A text alone never makes money paid.
 */
import type { Reason } from '../bank-file.ts'
import {
  canonicalReasons,
  foldReasonText,
  isReasonCode,
  type ReasonCode,
  reasonOfText,
} from '../reasons/reason-taxonomy.ts'
import { linearPattern } from '../values/linear-pattern.ts'
import type { EntryKind, StatementEntry } from './compiled-statement.ts'
import { type EntryText, entryTexts, type StatementSpec } from './statement-schema.ts'

/** An entry as a layout gives it: facts, and the texts by which it is classified. */
export interface BookedEntry extends Omit<StatementEntry, 'kind' | 'originalRef' | 'reason' | 'remark'> {
  readonly texts: Readonly<Partial<Record<EntryText, string>>>
}

/** Classifies the entries of one layout. */
export type ClassifyEntry = (entry: BookedEntry) => StatementEntry

type Places = StatementSpec['original']

interface Rule {
  readonly kind: EntryKind
  readonly fits: (entry: BookedEntry, words: () => string) => boolean
  readonly original: Places
}

/** Compiles the rules of a profile that `statementRules` found sound. */
export function entryClassifier(spec: StatementSpec): ClassifyEntry {
  const rules = spec.entries.map((rule) => compileRule(rule, spec.original))
  return (entry) => {
    const { texts } = entry
    let words: string | undefined
    const said = (): string => {
      words ??= wordsOf(texts)
      return words
    }
    const rule = rules.find((one) => one.fits(entry, said))
    const shown = shownEntry(entry, rule?.kind ?? 'other')
    const originalRef = serialIn(texts, rule?.original ?? spec.original)
    if (originalRef !== undefined) shown.originalRef = originalRef
    if (shown.kind === 'return') shown.reason = reasonOf(spec, texts, said())
    return shown
  }
}

type Writable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** Written out member by member: spreading a million entries costs more than reading them. */
function shownEntry(entry: BookedEntry, kind: EntryKind): Writable<StatementEntry> {
  const { texts, account, counterAccount, counterName, balanceFen } = entry
  const shown: Writable<StatementEntry> = {
    lineNo: entry.lineNo,
    entryRef: entry.entryRef,
    bookedOn: entry.bookedOn,
    direction: entry.direction,
    amountFen: entry.amountFen,
    reversal: entry.reversal,
    remark: texts.remark || texts.summary || texts.purpose || '',
    kind,
  }
  if (account !== undefined) shown.account = account
  if (counterAccount !== undefined) shown.counterAccount = counterAccount
  if (counterName !== undefined) shown.counterName = counterName
  if (balanceFen !== undefined) shown.balanceFen = balanceFen
  return shown
}

function compileRule(rule: StatementSpec['entries'][number], usual: Places): Rule {
  const { kind, direction, reversal, original = usual } = rule
  const codes = rule.codes && new Set(rule.codes)
  const occurs = rule.words === undefined ? undefined : wordSearch(rule.words)
  return {
    kind,
    original,
    fits: (entry, words) =>
      (direction === undefined || entry.direction === direction) &&
      (reversal === undefined || entry.reversal === reversal) &&
      (codes === undefined || codes.has(entry.texts.code ?? '')) &&
      (occurs === undefined || occurs(words())),
  }
}

/** Plain words one beside the other need no pattern engine, and a million entries are asked for them. */
function wordSearch(source: string): (text: string) => boolean {
  const plain = /^[^\\.^$*+?()[\]{}]+$/u.test(source) ? source.split('|') : []
  if (plain.length > 0 && !plain.includes('')) return (text) => plain.some((word) => text.includes(word))
  const pattern = linearPattern(source)
  return (text) => pattern?.occursIn(text) ?? false
}

const spoken: readonly EntryText[] = entryTexts.filter(
  (name) => name !== 'reference' && name !== 'original' && name !== 'reasonCode',
)

/** The texts that people read, folded, a line break between them so that no word is made of two texts. */
const wordsOf = (texts: BookedEntry['texts']): string => spoken.map((name) => folded(texts[name])).join('\n')

const folded = (text: string | undefined): string =>
  text === undefined || text === '' || /^[!-~]*$/u.test(text) ? (text ?? '') : foldReasonText(text)

const token = /^[0-9A-Za-z-]{1,64}$/u
const leadingToken = /^[0-9A-Za-z-]{1,64}/u

function serialIn(texts: BookedEntry['texts'], places: Places): string | undefined {
  for (const { from, after } of places) {
    const text = texts[from]?.trim() ?? ''
    const found = after === undefined ? wholeToken(text) : tokenAfter(text, after)
    if (found !== undefined) return found
  }
  return undefined
}

const wholeToken = (text: string): string | undefined => (token.test(text) ? text : undefined)

function tokenAfter(text: string, mark: string): string | undefined {
  const at = text.indexOf(mark)
  return at < 0 ? undefined : leadingToken.exec(text.slice(at + mark.length).replace(/^[\s:：]+/u, ''))?.[0]
}

/** Long enough for any bank's sentence, short enough for a database and a screen. */
const longestReason = 200

function reasonOf(spec: StatementSpec, texts: BookedEntry['texts'], words: string): Reason {
  const bankCode = texts.reasonCode?.trim() ?? ''
  const said = spec.reason.map((name) => texts[name]?.trim() ?? '').filter((text) => text !== '')
  const bankText = (said.find((text) => namedReason(text) !== undefined) ?? said[0] ?? '').slice(
    0,
    longestReason,
  )
  const listed = Object.hasOwn(spec.reasonCodes, bankCode) ? spec.reasonCodes[bankCode] : undefined
  const code: ReasonCode =
    listed !== undefined && isReasonCode(listed)
      ? listed
      : (namedReason(bankText) ?? namedReason(words) ?? 'RETURNED_LATE')
  return { code, class: canonicalReasons[code].class, bankCode, bankText }
}

const namedReason = (text: string): ReasonCode | undefined =>
  reasonOfText(text, (code) => canonicalReasons[code].outcome === 'failed')
