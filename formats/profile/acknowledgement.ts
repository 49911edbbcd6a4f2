/**
 * Receipts: small files by which some banks say that they took a file in, or refused it whole at that point. Described
 * as data: a name, a pattern for each of both, and what the codes of a refusal mean. A receipt is not a result; whatever
 * fits neither pattern, or both, says nothing.
 */
import { type CharsetName, charset, decoded } from '../values/charset.ts'
import { type LinearPattern, linearPattern } from '../values/linear-pattern.ts'
import type { CompiledAcknowledgement } from './compiled-profile.ts'
import { fileReasonRules, patternRules } from './meaning-rules.ts'
import { fillTemplate, nameReader } from './name-template.ts'
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { brokenOf, type Path } from './rule-issue.ts'

type AcknowledgementSpec = NonNullable<ProfileSpec['acknowledgement']>

/** Receipts are a line or a few; a longer file is none. */
export const largestAcknowledgementBytes = 65_536

/** Compiles the receipts of a profile; undefined where its bank leaves none. */
export function compileAcknowledgement({
  acknowledgement: spec,
  charset: charsetName,
}: ProfileSpec): CompiledAcknowledgement | undefined {
  if (spec === undefined) return undefined
  return {
    sealed: spec.sealed ?? true,
    matchName: nameReader(spec.name),
    fileName: (header) => fillTemplate(spec.name, header),
    read: reader(spec, charsetName),
  }
}

function reader(spec: AcknowledgementSpec, charsetName: CharsetName): CompiledAcknowledgement['read'] {
  const accepted = compiled(spec.accepted)
  const refused = spec.refused === undefined ? undefined : compiled(spec.refused)
  return (content) => {
    const text =
      content.length > largestAcknowledgementBytes ? undefined : decoded(charset(charsetName), content)
    if (text === undefined) return { kind: 'unreadable', why: 'too long, or not in the agreed charset' }
    const [takes, denies] = [accepted.occursIn(text), refused?.occursIn(text) ?? false]
    if (takes === denies)
      return { kind: 'unreadable', why: takes ? 'it accepts and refuses' : 'it fits neither pattern' }
    if (takes) return { kind: 'accepted' }
    const code = refused?.groupIn(text, spec.code ?? 1) ?? ''
    const reason = Object.hasOwn(spec.codes ?? {}, code) ? spec.codes?.[code] : undefined
    return reason === undefined ? { kind: 'unmapped', code } : { kind: 'refused', code, reason }
  }
}

function compiled(source: string): LinearPattern {
  const found = linearPattern(source)
  if (!found) throw new Error(`no pattern: ${source}`)
  return found
}

const path: Path = ['acknowledgement']

/** Every rule that the receipts of a profile break; their name is among `nameRules`. */
export function acknowledgementRules({ acknowledgement: spec }: ProfileSpec): readonly RuleIssue[] {
  if (spec === undefined) return []
  const codes = Object.entries(spec.codes ?? {})
  const groups = spec.refused === undefined ? 0 : (linearPattern(spec.refused)?.groups ?? 0)
  return [
    ...patternRules([...path, 'accepted'], spec.accepted),
    ...(spec.refused === undefined ? [] : patternRules([...path, 'refused'], spec.refused)),
    ...codes.flatMap(([code, reason]) => fileReasonRules([...path, 'codes', code], reason)),
    ...brokenOf(path, [
      [
        (spec.refused === undefined) !== (codes.length === 0),
        'refused 和 codes 要一起写：拒收的写法，以及每个代码的含义',
        'refused and codes are written together: how a refusal looks, and what each code means',
      ],
      [
        spec.refused !== undefined && (spec.code ?? 1) > groups,
        "refused 里要有一对括号标出代码，例如 '^ERR\\|([0-9A-Z]+)'",
        "refused needs brackets around the code; for example '^ERR\\|([0-9A-Z]+)'",
      ],
    ]),
  ]
}
