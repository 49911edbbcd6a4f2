/** The steps of one direction of an agreement, ready to use: from the innermost to the outermost. */
import { cmsStage, type Direction, type FamilyStage, gmStage, type StageUse } from './agreed-certified.ts'
import { pgpStage } from './agreed-pgp.ts'
import { type EnvelopeStep, type FamilyLayers, groupedSteps } from './envelope-steps.ts'
import type { EnvelopeTerms, EnvelopeUse, NoneTerms } from './envelope-terms.ts'
import { xmlSignatureStage } from './legacy/xml-signature-stage.ts'
import { plainEnvelope } from './plain-envelope.ts'
import type { Wrapping } from './wrapped-envelope.ts'

/** A step with keys, or a wrapping that has none. */
export type AgreedStage =
  | (FamilyStage & { readonly kind: 'family' })
  | { readonly kind: 'wrapping'; readonly wrapping: Wrapping; readonly keys?: undefined }

/** Largest content and what a step around it may add to it. */
export interface StageLimits {
  readonly maxContentBytes: number
  readonly mostBytes: number
}

/** Loads what the steps need. Throws as `openAgreedEnvelope` does. */
export async function agreedStages(
  terms: EnvelopeTerms,
  steps: readonly EnvelopeStep[],
  direction: Direction,
  use: EnvelopeUse & StageLimits,
): Promise<readonly AgreedStage[]> {
  const stages: AgreedStage[] = []
  const groups = groupedSteps(steps)
  // Where no family stands innermost, something else must hold the content back until it is whole.
  if (groups[0]?.kind !== 'family') stages.push(plainStage(terms, use))
  for (const group of groups) {
    const maxContentBytes = stages.length === 0 ? use.maxContentBytes : use.mostBytes
    stages.push(
      group.kind === 'wrapping'
        ? group
        : await familyStage(terms, { ...use, maxContentBytes, direction, layers: group.layers }),
    )
  }
  return stages
}

async function familyStage(
  terms: EnvelopeTerms,
  use: StageUse & { readonly layers: FamilyLayers },
): Promise<AgreedStage> {
  switch (terms.scheme) {
    case 'cms':
      return { ...(await cmsStage(terms, use)), kind: 'family' }
    case 'gm':
      return { ...(await gmStage(terms, use)), kind: 'family' }
    case 'pgp':
      return { ...(await pgpStage(terms, use)), kind: 'family' }
    case 'none':
      throw new RangeError('scheme none neither signs nor encrypts')
  }
}

function plainStage(terms: EnvelopeTerms, use: EnvelopeUse & StageLimits): AgreedStage {
  const { scratchFolder, maxContentBytes } = use
  const plain = plainEnvelope({ scratchFolder, maxContentBytes })
  const legacy = terms.scheme === 'none' ? legacyOf(terms) : undefined
  const { seal, open } = legacy === undefined ? plain : xmlSignatureStage(plain, legacy)
  return { kind: 'family', seal, open, keys: {} }
}

const legacyOf = ({ legacy }: NoneTerms) => legacy
