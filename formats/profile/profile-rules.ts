/** Asks whether a well-shaped profile makes sense; a profile that fails here could lose or misread money. */

import { xmlRules } from '../xml/xml-rules.ts'
import { acknowledgementRules } from './acknowledgement.ts'
import { lineRules } from './line-rules.ts'
import { identityRules, nameRules, sideFileRules } from './name-rules.ts'
import type { RuleIssue } from './profile-problems.ts'
import type { ProfileSpec } from './profile-schema.ts'
import { wrappingRules } from './wrapping-rules.ts'

/** Every rule that a profile breaks. */
export const profileRules = (spec: ProfileSpec, fileName: string): readonly RuleIssue[] => [
  ...identityRules(spec, fileName),
  ...(spec.layout === 'xml' ? xmlRules(spec) : lineRules(spec)),
  ...nameRules(spec),
  ...sideFileRules(spec),
  ...acknowledgementRules(spec),
  ...wrappingRules(spec),
]
