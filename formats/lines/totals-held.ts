/** Control totals of a request while it is written, whatever its layout: what went in must be what its header says. */
import type { FileHeader, PaymentLine } from '../bank-file.ts'
import type { FileWriter } from '../profile/compiled-profile.ts'

/** Writes the parts of a file without counting them. */
export interface UncountedWriter {
  begin(): Buffer
  rows(lines: readonly PaymentLine[]): Buffer
  end(): Buffer
}

/** Counts what a writer is given; `end` throws where count or total differ from the header's. */
export function totalsHeld(writer: UncountedWriter, header: FileHeader): FileWriter {
  let count = 0
  let totalFen = 0n
  return {
    begin: writer.begin,
    write: (lines) => {
      const bytes = writer.rows(lines)
      count += lines.length
      for (const line of lines) totalFen += line.amountFen
      return bytes
    },
    end: () => {
      if (count === header.count && totalFen === header.totalFen) return writer.end()
      throw new Error(
        `the file has ${count} lines of ${totalFen} fen, its header says ${header.count} lines of ${header.totalFen} fen`,
      )
    },
  }
}
