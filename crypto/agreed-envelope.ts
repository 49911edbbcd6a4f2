/**
 * The envelope of an agreement: its steps one after the other, in the order that was agreed for each direction. What
 * `open` gives was verified by every step; content between two steps lies in encrypted scratch files only.
 */
import { type AgreedStage, agreedStages } from './agreed-stages.ts'
import type { ContentSource, Envelope, EnvelopeKeys, OpenedContent } from './envelope.ts'
import { stepProblems, usualSteps } from './envelope-steps.ts'
import type { EnvelopeTerms, EnvelopeUse } from './envelope-terms.ts'
import { spoolToScratch } from './scratch-file.ts'
import { unwrapped, wrapped } from './wrapped-envelope.ts'

const MOST_CONTENT_BYTES = 4 * 1024 ** 3
/** What a signed message may hold besides its content. */
const FRAME_BYTES = 8 * 1024 * 1024
/** Base64 in lines makes content larger by a third and a little. */
const LARGEST_GROWTH = 1.4

/**
 * Loads the keys and gives the envelope. Throws KeyRefused for keys and files, EnvelopeRefused for revocation lists
 * and for algorithms that this Node lacks, RangeError for steps or options that make no sense together.
 */
export async function openAgreedEnvelope(terms: EnvelopeTerms, use: EnvelopeUse): Promise<Envelope> {
  const steps = terms.steps ?? usualSteps(terms.scheme)
  for (const direction of [steps.outward, steps.inward]) {
    const [problem] = direction.length > 0 ? stepProblems(terms.scheme, direction) : []
    if (problem !== undefined) throw new RangeError(problem.en)
  }
  const maxContentBytes = terms.maxContentBytes ?? MOST_CONTENT_BYTES
  const mostBytes = Math.ceil(maxContentBytes * LARGEST_GROWTH) + FRAME_BYTES
  const limited = { ...use, maxContentBytes, mostBytes }
  const outward = await agreedStages(terms, steps.outward, 'outward', limited)
  const inward = await agreedStages(terms, steps.inward, 'inward', limited)
  return {
    scheme: terms.scheme,
    sealKeys: Object.assign({}, ...outward.map(({ keys }) => keys)) satisfies EnvelopeKeys,
    seal: (content) => sealThrough(outward, content, use.scratchFolder),
    open: (sealed, at) => openThrough(inward, sealed, { at, mostBytes }),
  }
}

async function* sealThrough(
  stages: readonly AgreedStage[],
  content: ContentSource,
  scratchFolder: string,
): AsyncGenerator<Buffer> {
  const spooled: { discard(): Promise<void> }[] = []
  try {
    let source = content
    for (const [index, stage] of stages.entries()) {
      const chunks = stage.kind === 'wrapping' ? wrapped(stage.wrapping, source()) : stage.seal(source)
      const next = stages[index + 1]
      if (next === undefined) return yield* chunks
      if (next.kind === 'wrapping') source = () => chunks
      else {
        // A family reads its content twice, and neither time nor chance may differ between the readings.
        const scratch = await spoolToScratch(chunks, scratchFolder)
        spooled.push(scratch)
        source = scratch.content
      }
    }
  } finally {
    for (const scratch of spooled) await scratch.discard()
  }
}

/** From the outside in; each step that verifies holds its content back until all of it is right. */
async function openThrough(
  stages: readonly AgreedStage[],
  sealed: AsyncIterable<Buffer>,
  { at, mostBytes }: { readonly at: Date; readonly mostBytes: number },
): Promise<OpenedContent> {
  const held: OpenedContent[] = []
  const discardAll = async (): Promise<void> => {
    for (const opened of held.splice(0)) await opened.discard()
  }
  try {
    let stream = sealed
    for (const stage of stages.toReversed()) {
      if (stage.kind === 'wrapping') stream = unwrapped(stage.wrapping, stream, mostBytes, held.length > 0)
      else {
        const opened = await stage.open(stream, at)
        held.push(opened)
        stream = opened.content()
      }
    }
    const keys: EnvelopeKeys = Object.assign({}, ...held.map((opened) => opened.keys))
    const innermost = held.pop()
    if (innermost === undefined) throw new RangeError('an envelope has at least one step')
    await discardAll()
    return { ...innermost, keys }
  } catch (error) {
    await discardAll()
    throw error
  }
}
