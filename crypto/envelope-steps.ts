/**
 * The steps of an envelope and the orders that make sense. Both directions are written in the order in which the
 * sender takes them; whoever opens goes backwards.
 */
import type { Wrapping } from './wrapped-envelope.ts'

/** What may be done to a file, each at most once. */
export const ENVELOPE_STEPS = ['sign', 'encrypt', 'gzip', 'zlib', 'base64'] as const

/** One step. */
export type EnvelopeStep = (typeof ENVELOPE_STEPS)[number]

/** Families of envelopes; `none` neither signs nor encrypts. */
export type EnvelopeScheme = 'cms' | 'pgp' | 'gm' | 'none'

/** Layers that a family makes in one go. */
export type FamilyLayers = 'sign-and-encrypt' | 'sign' | 'encrypt'

/** Steps of both directions, as the sender takes them: outward ours, inward the bank's. */
export interface EnvelopeSteps {
  readonly outward: readonly EnvelopeStep[]
  readonly inward: readonly EnvelopeStep[]
}

/** Steps that are done together: a family signs and encrypts in one go where these stand side by side. */
export type StepGroup =
  | { readonly kind: 'family'; readonly layers: FamilyLayers }
  | { readonly kind: 'wrapping'; readonly wrapping: Wrapping }

/** Why an order of steps makes no sense, in both languages. */
export interface StepProblem {
  readonly zh: string
  readonly en: string
}

/** Steps of an agreement that says none: the family signs, then encrypts. */
export function usualSteps(scheme: EnvelopeScheme): EnvelopeSteps {
  const steps: readonly EnvelopeStep[] = scheme === 'none' ? [] : ['sign', 'encrypt']
  return { outward: steps, inward: steps }
}

/** The steps in groups, in the same order. */
export function groupedSteps(steps: readonly EnvelopeStep[]): readonly StepGroup[] {
  const groups: StepGroup[] = []
  for (const step of steps) {
    const last = groups.at(-1)
    if (step !== 'sign' && step !== 'encrypt') groups.push({ kind: 'wrapping', wrapping: step })
    else if (step === 'encrypt' && last?.kind === 'family' && last.layers === 'sign')
      groups[groups.length - 1] = { kind: 'family', layers: 'sign-and-encrypt' }
    else groups.push({ kind: 'family', layers: step })
  }
  return groups
}

interface Rule {
  readonly holds: (steps: readonly EnvelopeStep[], scheme: EnvelopeScheme) => boolean
  readonly problem: StepProblem
}

const isCompression = (step: EnvelopeStep): boolean => step === 'gzip' || step === 'zlib'
const compressesAt = (steps: readonly EnvelopeStep[]): number => steps.findIndex(isCompression)

const rules: readonly Rule[] = [
  {
    holds: (steps) => new Set(steps).size === steps.length && steps.filter(isCompression).length <= 1,
    problem: {
      zh: '同一步骤只能出现一次，压缩也只能做一次',
      en: 'each step stands once, and content is compressed once',
    },
  },
  {
    holds: (steps) => !steps.includes('encrypt') || compressesAt(steps) < steps.indexOf('encrypt'),
    problem: {
      zh: '先加密再压缩没有意义：密文压缩不了，请把压缩放在加密之前',
      en: 'compressing after encrypting is pointless, for ciphertext does not shrink: compress first',
    },
  },
  {
    holds: (steps) => !steps.includes('base64') || compressesAt(steps) < steps.indexOf('base64'),
    problem: {
      zh: '先做 Base64 再压缩没有意义，请先压缩',
      en: 'compressing after Base64 undoes it: compress first',
    },
  },
  {
    holds: (steps, scheme) =>
      scheme !== 'none' || !steps.some((step) => step === 'sign' || step === 'encrypt'),
    problem: {
      zh: 'scheme: none 不签名也不加密，请写明 cms、pgp 或 gm',
      en: 'scheme none neither signs nor encrypts: say cms, pgp or gm',
    },
  },
  {
    holds: (steps, scheme) => scheme === 'none' || steps.includes('sign') || steps.includes('encrypt'),
    problem: {
      zh: '既不签名也不加密，应写 scheme: none',
      en: 'neither signed nor encrypted: that is scheme none',
    },
  },
  {
    holds: (steps, scheme) => scheme === 'cms' || scheme === 'none' || steps.includes('sign'),
    problem: {
      zh: '这类信封必须签名：没有签名就不知道是谁发的',
      en: 'this family must sign: without a signature nobody knows who sent the file',
    },
  },
  {
    holds: (steps, scheme) =>
      scheme === 'cms' ||
      scheme === 'none' ||
      groupedSteps(steps).filter(({ kind }) => kind === 'family').length < 2,
    problem: {
      zh: '这类信封的签名和加密必须相邻，且先签名后加密',
      en: 'this family signs and then encrypts in one go: sign and encrypt stand side by side, in this order',
    },
  },
]

/** What is wrong with the steps of one direction; nothing when they make sense. */
export function stepProblems(scheme: EnvelopeScheme, steps: readonly EnvelopeStep[]): readonly StepProblem[] {
  return rules.filter(({ holds }) => !holds(steps, scheme)).map(({ problem }) => problem)
}

/** True when content is encrypted apart from its signature, which only a cipher that authenticates may do. */
export function encryptsAlone(steps: readonly EnvelopeStep[]): boolean {
  return groupedSteps(steps).some((group) => group.kind === 'family' && group.layers === 'encrypt')
}
