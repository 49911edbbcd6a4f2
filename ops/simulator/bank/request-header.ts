/**
 * What a request file's name says of it. The bank knows the name template of its own layout, so a name is taken apart
 * by it, and understood when composing it again gives the same name.
 */
import type { FileHeader } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { zero } from '../../../formats/values/money.ts'

const longestName = 120
const mostNames = 100_000

/** What the bank knows of its customer without any file. */
export type CustomerFacts = Pick<FileHeader, 'fundingAccount' | 'settings'>

/** Tells the header of a data file's name, remembering the names that it has seen. */
export type NameReader = (name: string) => FileHeader | undefined

/** A reader for the names of one layout; a folder is looked through every moment, so names are worked out once. */
export function createNameReader(profile: CompiledProfile, customer: CustomerFacts): NameReader {
  const known = new Map<string, FileHeader | undefined>()
  return (name) => {
    if (known.has(name)) return known.get(name)
    const header = headerOfName(profile, name, customer)
    if (known.size >= mostNames) known.clear()
    known.set(name, header)
    return header
  }
}

/**
 * The header of a data file as far as its name tells; count and total are zero until the content was read.
 * Undefined for a name that this layout does not give to this customer.
 */
export function headerOfName(
  profile: CompiledProfile,
  name: string,
  customer: CustomerFacts,
): FileHeader | undefined {
  const named = name.length > longestName ? undefined : profile.matchRequestName(name)
  if (named === undefined) return undefined
  const { businessDate = '20000101', sequence = 1 } = named
  const unread = { fileNumber: '000000000000', count: 0, totalFen: zero, programmeName: '' }
  const header = { ...customer, businessDate, sequence, ...unread }
  return composes(profile, header, name) ? header : undefined
}

/** The places of a template take any customer's constants; only composing tells that they are this one's. */
function composes(profile: CompiledProfile, header: FileHeader, name: string): boolean {
  try {
    return profile.fileName(header) === name
  } catch {
    // A template may refuse a sequence that does not fit its columns; then the name is not this one.
    return false
  }
}
