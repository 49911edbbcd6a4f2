/**
 * Reconciles files that a bank booked as one sum (并笔, bank-formats §1.6): one debit of the file's total, one refund of
 * the rows that failed. Pure. What fits two files, or does not add up, is told with its amounts and decided by people.
 */
import type { Money } from '../../../formats/values/money.ts'
import { type MatchRules, referencesOf, windowOf } from './match-returns.ts'

/** A debit or a lump refund of a statement. Days are `YYYY-MM-DD`. */
export interface LumpEntry {
  readonly entryRef: string
  readonly bookedOn: string
  readonly kind: 'payment' | 'lump-return'
  readonly amountFen: Money
  /** Serial of the debit that a refund takes back, where it carries one. */
  readonly originalRef?: string
}

/** A file as its answers left it. */
export interface LumpFile {
  readonly key: string
  readonly totalFen: Money
  /** What its failed rows add up to. */
  readonly failedFen: Money
  /** `YYYY-MM-DD`, the day it was sent. */
  readonly sentOn: string
}

/** What became of one file, or of a refund that belongs to none. */
export type LumpVerdict<Entry extends LumpEntry = LumpEntry> =
  | {
      readonly kind: 'reconciled'
      readonly file: LumpFile
      readonly debit: Entry
      /** Undefined where no row failed. */
      readonly refund: Entry | undefined
    }
  | {
      readonly kind: 'mismatch'
      readonly file: LumpFile
      readonly why: 'no-debit' | 'no-refund' | 'refund-differs' | 'ambiguous'
      readonly debit: Entry | undefined
      readonly refund: Entry | undefined
    }
  | { readonly kind: 'orphan-refund'; readonly entry: Entry }

/** Gives a verdict for each file, and one for each refund that was left over. */
export function matchLumps<Entry extends LumpEntry>(
  entries: readonly Entry[],
  files: readonly LumpFile[],
  rules: MatchRules,
): readonly LumpVerdict<Entry>[] {
  const within = windowOf(rules)
  const debits = pairDebits(entries, files, within)
  const refunds = entries.filter((entry) => entry.kind === 'lump-return')
  const pairs = files.map((file) => ({ file, ...pairRefund(file, debits, refunds, within) }))
  const uses = new Map<Entry, number>()
  for (const { refund } of pairs) if (refund) uses.set(refund, (uses.get(refund) ?? 0) + 1)
  const verdicts = pairs.map(({ file, refund, ambiguous }) => {
    const debit = debits.get(file)
    const contested = refund !== undefined && (uses.get(refund) ?? 0) > 1
    return fileVerdict(file, debit, refund, ambiguous || contested)
  })
  const orphans = refunds.filter((refund) => !uses.has(refund))
  return [...verdicts, ...orphans.map((entry): LumpVerdict<Entry> => ({ kind: 'orphan-refund', entry }))]
}

type Debit<Entry> = Entry | 'ambiguous' | undefined

/** A debit and a file belong together when neither fits another. */
function pairDebits<Entry extends LumpEntry>(
  entries: readonly Entry[],
  files: readonly LumpFile[],
  within: (from: string, day: string) => boolean,
): ReadonlyMap<LumpFile, Debit<Entry>> {
  const payments = entries.filter((entry) => entry.kind === 'payment')
  const fits = (file: LumpFile, entry: Entry): boolean =>
    entry.amountFen === file.totalFen && within(file.sentOn, entry.bookedOn)
  return new Map(
    files.map((file) => {
      const found = payments.filter((entry) => fits(file, entry))
      const [debit, ...others] = found
      const contested = debit !== undefined && files.some((other) => other !== file && fits(other, debit))
      return [file, debit === undefined ? undefined : others.length > 0 || contested ? 'ambiguous' : debit]
    }),
  )
}

/** A refund that names the debit is its refund, whatever its amount; otherwise the amount must be that of the failed rows. */
function pairRefund<Entry extends LumpEntry>(
  file: LumpFile,
  debits: ReadonlyMap<LumpFile, Debit<Entry>>,
  refunds: readonly Entry[],
  within: (from: string, day: string) => boolean,
): { readonly refund: Entry | undefined; readonly ambiguous: boolean } {
  const debit = debits.get(file)
  if (debit === undefined || debit === 'ambiguous')
    return { refund: undefined, ambiguous: debit !== undefined }
  const named = refunds.filter((refund) => names(refund, debit))
  const byAmount = refunds.filter(
    (refund) =>
      refund.amountFen === file.failedFen &&
      within(debit.bookedOn, refund.bookedOn) &&
      ![...debits.values()].some((one) => typeof one === 'object' && names(refund, one)),
  )
  // The only refund of the only file is its refund, though of another amount: a mismatch that people can see at once.
  const alone = debits.size === 1 && refunds.length === 1 ? refunds : []
  const [refund, ...others] = named.length > 0 ? named : byAmount.length > 0 ? byAmount : alone
  return { refund, ambiguous: others.length > 0 }
}

const names = (refund: LumpEntry, debit: LumpEntry): boolean =>
  refund.originalRef !== undefined && referencesOf(debit.entryRef).includes(refund.originalRef)

function fileVerdict<Entry extends LumpEntry>(
  file: LumpFile,
  found: Debit<Entry>,
  refund: Entry | undefined,
  ambiguous: boolean,
): LumpVerdict<Entry> {
  const debit = typeof found === 'object' ? found : undefined
  const mismatch = (why: Extract<LumpVerdict, { kind: 'mismatch' }>['why']): LumpVerdict<Entry> => ({
    kind: 'mismatch',
    file,
    why,
    debit,
    refund,
  })
  if (ambiguous) return mismatch('ambiguous')
  if (debit === undefined) return mismatch('no-debit')
  if (refund === undefined && file.failedFen > 0n) return mismatch('no-refund')
  if (refund !== undefined && refund.amountFen !== file.failedFen) return mismatch('refund-differs')
  return { kind: 'reconciled', file, debit, refund }
}
