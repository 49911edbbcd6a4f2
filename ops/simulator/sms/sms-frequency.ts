/** How often one number was written to: providers take 50 notices to a number within 24 hours (bank-formats.md section 15). */
import { createHmac, randomBytes } from 'node:crypto'

const dayMs = 86_400_000
const mostADay = 50

/** Counts submissions per number; numbers are kept as digests, in memory only. */
export interface SmsFrequency {
  /** Counts these numbers and gives the places of those that are over the limit; those are not counted. */
  over(phones: readonly string[], now: Date): readonly number[]
}

/** Starts counting. */
export function smsFrequency(): SmsFrequency {
  const key = randomBytes(16)
  const sent = new Map<string, number[]>()
  return {
    over(phones, now) {
      const places: number[] = []
      phones.forEach((phone, place) => {
        const digest = createHmac('sha256', key).update(phone).digest('base64')
        const recent = (sent.get(digest) ?? []).filter((atMs) => now.getTime() - atMs < dayMs)
        if (recent.length >= mostADay) places.push(place)
        else recent.push(now.getTime())
        sent.set(digest, recent)
      })
      return places
    },
  }
}
