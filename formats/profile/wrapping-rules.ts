/** Rules of how a content is wrapped inside a message, for every layout. */
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { brokenOf } from './rule-issue.ts'

/** A content is compressed at most once and put in Base64 last, so that readers know it by its first bytes. */
export function wrappingRules({ wrapping, limits }: ProfileSpec): readonly RuleIssue[] {
  if (!wrapping) return []
  const { steps, maxPlainBytes } = wrapping
  const sound = ['zlib', 'gzip', 'base64', 'zlib base64', 'gzip base64'].includes(steps.join(' '))
  return [
    ...brokenOf(
      ['wrapping', 'steps'],
      [
        [
          !sound,
          '最多压缩一次，base64 在最后，例如 [zlib, base64]',
          'compresses at most once and has base64 last, for example [zlib, base64]',
        ],
      ],
    ),
    ...brokenOf(
      ['wrapping', 'maxPlainBytes'],
      [
        [
          limits.maxBytes !== undefined && limits.maxBytes > maxPlainBytes,
          `不能小于 limits.maxBytes（${limits.maxBytes}）`,
          `must not be less than limits.maxBytes, ${limits.maxBytes}`,
        ],
      ],
    ),
  ]
}

/** True for a delimiter that Base64 never has, so that a plain file of rows cannot look like a wrapped one. */
export const tellsPlainFromBase64 = (delimiter: string): boolean => /[^A-Za-z0-9+/=\r\n]/u.test(delimiter)
