/** `npm run faults`: writes ops/faults.md anew. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gatherEvidence } from './fault-evidence.ts'
import { faultPage } from './fault-page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Writes the page; always 0. */
export async function main(): Promise<number> {
  writeFileSync(`${root}ops/faults.md`, faultPage(await gatherEvidence(root)))
  return 0
}
