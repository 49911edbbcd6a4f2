/** Reads the operator's list of counties from its file; every line that is none is told at once. */
import { readFileSync } from 'node:fs'
import { type RegionEntry, readRegionList } from '../../formats/values/region-list.ts'
import { Fault } from '../faults.ts'

/** Loads a list. Throws CONFIGURATION_INVALID that names file and lines. */
export function loadRegions(path: string): readonly RegionEntry[] {
  const read = readRegionList(textOf(path))
  if (read.kind === 'list') return read.entries
  const told = read.problems.slice(0, 20).map(({ line, reason }) => `line ${line}: ${reason}`)
  throw new Fault('CONFIGURATION_INVALID', { regions: path, problems: told.join('; ') })
}

function textOf(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    throw new Fault(
      'CONFIGURATION_INVALID',
      { regions: path, reason: 'no UTF-8 file that can be read' },
      error,
    )
  }
}
