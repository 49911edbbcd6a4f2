/**
 * What a request file's name says of it. The bank knows the name template of its own layout, so a name is
 * understood when composing it again gives the same name; this works for every profile without a rule of its own.
 */
import type { FileHeader } from '../../../formats/bank-file.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { zero } from '../../../formats/values/money.ts'

const longestName = 120
const longestRun = 24
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
 * Undefined for a name that this layout does not give.
 */
export function headerOfName(
  profile: CompiledProfile,
  name: string,
  customer: CustomerFacts,
): FileHeader | undefined {
  if (name.length > longestName) return undefined
  const parts = digitParts(name)
  const dates = parts.filter((part) => /^20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(part))
  const numbers = [...parts.filter((part) => part.length === 12), '000000000000']
  const sequences = [...new Set(parts.filter((part) => part.length <= 6).map(Number))].filter((n) => n > 0)
  for (const businessDate of dates.length > 0 ? dates : ['20000101'])
    for (const fileNumber of numbers)
      for (const sequence of sequences.length > 0 ? sequences : [1]) {
        const header = {
          ...customer,
          businessDate,
          sequence,
          fileNumber,
          count: 0,
          totalFen: zero,
          programmeName: '',
        }
        if (composes(profile, header, name)) return header
      }
  return undefined
}

function composes(profile: CompiledProfile, header: FileHeader, name: string): boolean {
  try {
    return profile.fileName(header) === name
  } catch {
    // A template may refuse a sequence that does not fit its columns; then the name is not this one.
    return false
  }
}

/** Every run of digits and every piece of it, whole runs first. */
function digitParts(name: string): string[] {
  const runs = (name.match(/\d+/g) ?? []).filter((run) => run.length <= longestRun)
  const parts = new Set(runs)
  for (const run of runs)
    for (let length = Math.min(run.length, 12); length > 0; length--)
      for (let at = 0; at + length <= run.length; at++) parts.add(run.slice(at, at + length))
  return [...parts]
}
