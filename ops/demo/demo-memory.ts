/** Peak memory of the service processes, as their own metrics tell it. */
import { request } from 'undici'
import type { DemoWorld } from './demo-world.ts'

/** The largest peak resident size of any service process, in MB of 10^6 bytes. */
export async function peakMemoryMb(world: DemoWorld): Promise<number> {
  const peaks = await Promise.all(
    world.services.map((service) => peakOf(Number(service.ready()['healthPort']))),
  )
  return Math.round(Math.max(...peaks) / 1e6)
}

async function peakOf(port: number): Promise<number> {
  const answer = await request(`http://127.0.0.1:${port}/metrics`).catch(() => undefined)
  // One that is not there uses none.
  if (answer === undefined) return 0
  const match = /^huida_process_peak_resident_bytes(?:\{[^}]*\})? (\S+)$/m.exec(await answer.body.text())
  return Number(match?.[1] ?? Number.NaN)
}
