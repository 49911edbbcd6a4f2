/**
 * Decides from what lies at the bank whether a file whose sending was cut off is there. Banks collect files, so an
 * empty folder proves nothing once the final name was asked for; before that it proves that nothing was handed over.
 */
import type { BankFile } from '../dispatch/bank-file.ts'
import type { RemoteEvidence } from './channel.ts'

/** `delivered` and `not-delivered` are proofs; `unclear` waits for an answer of the bank or for a person. */
export type Delivery =
  | { readonly kind: 'delivered'; readonly why: string }
  | { readonly kind: 'not-delivered'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string }

/** Weighs the evidence for one file. */
export function decideDelivery(
  file: Pick<BankFile, 'sealedBytes' | 'sendStage'>,
  evidence: RemoteEvidence,
): Delivery {
  const { final, part } = evidence
  if (final && final.sizeBytes === file.sealedBytes)
    return { kind: 'delivered', why: 'found at the bank under its final name' }
  if (final) return { kind: 'unclear', why: 'a file of another size lies under the final name' }
  if (file.sendStage !== 'renaming')
    return { kind: 'not-delivered', why: 'the final name was never asked for' }
  if (part) return { kind: 'not-delivered', why: 'the unfinished upload still lies at the bank' }
  return { kind: 'unclear', why: 'neither name is left at the bank' }
}
