/** Simulated time, shared through a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readSimulatedClock, writeSimulatedClock } from '../../../ops/simulator/simulated-clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'huida-clock-'))
const path = join(folder, 'clock.json')
const start = new Date('2026-03-02T01:00:00Z')
const later = (ms: number): Date => new Date(start.getTime() + ms)

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-05-05T05:05:05Z') }))
afterEach(() => void vi.useRealTimers())
afterAll(() => rmSync(folder, { recursive: true }))

const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms)

describe('simulated time', () => {
  it('runs at real speed from the moment that was set, in every reader of the file', () => {
    writeSimulatedClock(path, start)
    const [one, other] = [readSimulatedClock(path), readSimulatedClock(path)]
    expect(one.now()).toEqual(start)
    pass(90_000)
    expect(one.now()).toEqual(later(90_000))
    expect(other.now()).toEqual(later(90_000))
  })

  it('jumps for a clock that is already in use, a tenth of a second later at most', () => {
    writeSimulatedClock(path, start)
    const clock = readSimulatedClock(path)
    writeSimulatedClock(path, later(86_400_000))
    pass(99)
    expect(clock.now()).toEqual(later(99))
    pass(1)
    expect(clock.now()).toEqual(later(86_400_100))
  })

  it('keeps its last base while the file is unreadable', () => {
    writeSimulatedClock(path, start)
    const clock = readSimulatedClock(path)
    writeFileSync(path, '{ "baseRealMs": 1')
    pass(1000)
    expect(clock.now()).toEqual(later(1000))
  })

  it('refuses a malformed file at the start, and names it', () => {
    writeFileSync(path, '{ "baseRealMs": "now" }')
    expect(() => readSimulatedClock(path)).toThrow(/clock\.json is malformed/)
  })
})
