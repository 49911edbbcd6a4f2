/**
 * Decides from what lies at the bank whether a file whose sending was cut off is there. Banks collect files, so an
 * empty folder proves nothing once the final name was asked for; before that it proves that nothing was handed over.
 * An API has no folder: the bank's own words count, and its not knowing a file only twice and a settle time apart (R4).
 */
import type { BankFile } from '../dispatch/bank-file.ts'
import type { BankSaid, RemoteEvidence } from './channel.ts'

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
  if (final) return fromFinal(file, final, part !== undefined)
  if (file.sendStage !== 'renaming')
    return { kind: 'not-delivered', why: 'the final name was never asked for' }
  if (evidence.said) return fromWords(evidence.said)
  if (evidence.withdrawn)
    return { kind: 'not-delivered', why: 'its upload was taken out of reach at the bank' }
  if (part) return { kind: 'not-delivered', why: 'the unfinished upload still lies at the bank' }
  return { kind: 'unclear', why: 'neither name is left at the bank' }
}

/**
 * Bytes that were read back say whose file it is. Where none could be, our own rename is the only proof: it was asked for,
 * and it has taken the part away.
 */
function fromFinal(
  { sealedBytes, sendStage }: Pick<BankFile, 'sealedBytes' | 'sendStage'>,
  { sizeBytes, bytes }: NonNullable<RemoteEvidence['final']>,
  isPartThere: boolean,
): Delivery {
  if (sizeBytes !== sealedBytes)
    return { kind: 'unclear', why: 'a file of another size lies under the final name' }
  if (bytes === 'others')
    return { kind: 'unclear', why: 'another file of the same size lies under the final name' }
  return bytes === 'ours' || (sendStage === 'renaming' && !isPartThere)
    ? { kind: 'delivered', why: 'found at the bank under its final name' }
    : { kind: 'unclear', why: 'a file of the same size lies under the final name and cannot be read' }
}

function fromWords(said: BankSaid): Delivery {
  switch (said.kind) {
    case 'accepted':
      return { kind: 'delivered', why: 'the bank says that it has the file' }
    case 'in-progress':
      return { kind: 'delivered', why: 'the bank says that it is working on the file' }
    case 'never-left':
      return { kind: 'not-delivered', why: 'the call to the bank never left' }
    case 'refused':
      return { kind: 'not-delivered', why: `the bank refused the file with ${said.code}` }
    case 'not-known':
      return isAbsent(said)
        ? { kind: 'not-delivered', why: 'the bank did not know the file twice, each after its settle time' }
        : { kind: 'unclear', why: 'the bank does not know the file, which may still be on its way' }
    case 'nothing':
      return { kind: 'unclear', why: said.why }
  }
}

/** True when a bank denied a file twice, the first time a settle time after it was handed over and the last one more. */
export function isAbsent(said: Extract<BankSaid, { kind: 'not-known' }>): boolean {
  const settleMs = said.settleMinutes * 60_000
  const late = said.saidAt.filter((at) => at.getTime() - said.handedAt.getTime() >= settleMs)
  const [first, last] = [late[0], late.at(-1)]
  return first !== undefined && last !== undefined && last.getTime() - first.getTime() >= settleMs
}
