/**
 * Decides, file by file, what the bank's side says of a sending that a restored database may have forgotten (R9). While a
 * bank is paused nothing is planned, so a name belongs to the same lines as before the restore: whatever lies at the bank
 * under it, or was answered for it, is that file. Bytes are another matter, and are compared where they were kept.
 * An empty folder proves nothing, since banks take files away.
 */
import type { BankFileState } from '../../dispatch/bank-file.ts'
import { isAbsent } from '../decide-delivery.ts'

/** A file of ours that is not proven to be at the bank. */
export interface DoubtfulFile {
  readonly fileId: number
  /** Under which it goes to the bank; the name before sealing while there are no bytes. */
  readonly name: string
  readonly state: Extract<BankFileState, 'planned' | 'composed' | 'sealed' | 'sending' | 'unconfirmed'>
  readonly sealedBytes: number | undefined
  readonly sealedSha256: string | undefined
  /** True when its bytes come from the backup; bytes that were sealed later are others for the same lines. */
  readonly sealedBefore: boolean
  readonly notBefore: Date
}

/** What the bank's side has of one file. */
export interface BankSideOfFile {
  /** What lies at the bank under its name; the digest where it was read. */
  readonly lying?: { readonly sizeBytes: number; readonly sha256?: string }
  /** Name of an answer to it in the bank's inbox. */
  readonly answer?: string
  /** When an API bank denied the file since the restore. */
  readonly denials: readonly Date[]
}

/** When the restore was noticed, and how long an API bank takes to know of a file. */
export interface ComparisonTerms {
  readonly noticedAt: Date
  readonly settleMinutes: number | undefined
}

/** What came of one file; `untouched` and `absent` are proofs that the bank never had it, `waits` ends by itself. */
export type FileFinding =
  | { readonly kind: 'delivered'; readonly by: 'lying' | 'answer' | 'word'; readonly why: string }
  | { readonly kind: 'untouched' | 'absent' | 'waits' | 'unclear'; readonly why: string }

/** Weighs both sides for one file. */
export function decideComparison(
  file: DoubtfulFile,
  bank: BankSideOfFile,
  terms: ComparisonTerms,
): FileFinding {
  const { lying, answer, denials } = bank
  if (lying || answer !== undefined) {
    if (file.sealedBytes === undefined)
      return { kind: 'waits', why: 'the bank has it; its bytes are made first' }
    if (lying) return fromLying(file, lying, terms)
    return { kind: 'delivered', by: 'answer', why: `the bank has answered it with ${answer}` }
  }
  if (file.notBefore > terms.noticedAt) return { kind: 'untouched', why: 'it was not to be sent before' }
  const { settleMinutes, noticedAt: handedAt } = terms
  if (settleMinutes !== undefined && denials.length > 0) {
    if (isAbsent({ kind: 'not-known', handedAt, saidAt: denials, settleMinutes }))
      return { kind: 'absent', why: 'the bank did not know the file twice, each after its settle time' }
    return {
      kind: 'waits',
      why: 'the bank does not know the file, and is asked once more after its settle time',
    }
  }
  return { kind: 'unclear', why: 'nothing is left at the bank, which proves nothing: banks take files away' }
}

function fromLying(
  file: DoubtfulFile,
  lying: NonNullable<BankSideOfFile['lying']>,
  { settleMinutes }: ComparisonTerms,
): FileFinding {
  if (settleMinutes !== undefined)
    return { kind: 'delivered', by: 'word', why: 'the bank says that it has the file' }
  if (!file.sealedBefore)
    return { kind: 'delivered', by: 'lying', why: 'it lies at the bank under the name of these lines' }
  if (lying.sizeBytes !== file.sealedBytes)
    return {
      kind: 'unclear',
      why: `a file of ${lying.sizeBytes} bytes lies under its name, ours has ${file.sealedBytes}`,
    }
  if (lying.sha256 === undefined)
    return { kind: 'delivered', by: 'lying', why: 'it lies at the bank in its size' }
  if (lying.sha256 !== file.sealedSha256)
    return { kind: 'unclear', why: 'a file of its size but with other bytes lies under its name' }
  return { kind: 'delivered', by: 'lying', why: 'it lies at the bank with our bytes' }
}
