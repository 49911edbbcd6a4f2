/** A ledger for command tests: two contracted banks, a client, and a batch of synthetic people that was accepted. */

import { inject } from 'vitest'
import { handIn, type IntakeStand, lines, openStand } from '../../gateway/intake/intake-stand.ts'

/** A stand whose database commands can be pointed at. */
export interface LedgerStand extends IntakeStand {
  readonly url: string
}

/** Opens a stand and has `count` lines accepted under `batchNo`. */
export async function openLedger(batchNo: string, count: number): Promise<LedgerStand> {
  const stand = await openStand()
  const [found] = await stand.rows('select current_database() as name')
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${String(found?.name)}`
  const result = await handIn(stand, batchNo, lines(batchNo, count))
  if (result.kind !== 'accepted') throw new Error(`${batchNo} was not accepted`)
  return { ...stand, url: url.href }
}
