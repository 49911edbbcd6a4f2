/** When the keys of the agreements end, as a gauge: one number for each key, named by bank, use and short name. */
import { Gauge, type Registry } from 'prom-client'
import type { Agreement } from '../../gateway/banks/agreement.ts'
import { type KeyUse, keysOf } from '../../gateway/banks/key-expiry.ts'

/** The end of one key; `atSeconds` since 1970, or 0 for a key that cannot be read. */
export interface KeyEnd {
  readonly bank: string
  readonly use: KeyUse
  /** Short name of `crypto/key-id.ts`, or `unreadable:` and the place in the agreement. */
  readonly key: string
  readonly atSeconds: number
}

/** Reads when the keys end. A key without an end is left out; one that cannot be read counts as ended. */
export async function readKeyEnds(agreements: readonly Agreement[]): Promise<readonly KeyEnd[]> {
  const ends: KeyEnd[] = []
  for (const agreement of agreements)
    for (const { use, name, read } of keysOf(agreement)) {
      const { bank } = agreement
      const found = await read().catch(() => undefined)
      if (found === undefined) ends.push({ bank, use, key: `unreadable:${name}`, atSeconds: 0 })
      else if (found.end !== undefined)
        ends.push({ bank, use, key: found.keyId, atSeconds: Math.floor(found.end.getTime() / 1000) })
    }
  return ends
}

/** Makes the gauge in a registry; gives the function that sets it. */
export function keyMetrics(registry: Registry): (ends: readonly KeyEnd[]) => void {
  const gauge = new Gauge({
    name: 'huida_key_expires_timestamp_seconds',
    help: 'When a key or certificate of an agreement ends, in seconds since 1970; 0 when it cannot be read.',
    labelNames: ['bank', 'use', 'key'],
    registers: [registry],
  })
  return (ends) => {
    gauge.reset()
    for (const { bank, use, key, atSeconds } of ends) gauge.set({ bank, use, key }, atSeconds)
  }
}
