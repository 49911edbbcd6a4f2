/** Wake-ups inside one process: joined while they wait, never beside themselves, never starved by heavy ones. */
import { afterEach, describe, expect, it } from 'vitest'
import { openInProcessDriver } from '../../schedulers/in-process-driver.ts'
import type { Driver } from '../../schedulers/work-driver.ts'
import { startRecorder, until } from './recorder.ts'

let driver: Driver | undefined

afterEach(async () => {
  await driver?.stop()
})

const lanes = { heavySteps: ['seal'], lightConcurrency: 2 }

describe('an in-process driver', () => {
  it('makes one run of equal wake-ups that wait', async () => {
    const recorder = startRecorder()
    driver = openInProcessDriver()
    for (let at = 0; at < 5; at++) driver.wake({ step: 'plan', subject: '7' })
    driver.wake({ step: 'plan', subject: '8' })
    driver.start(recorder.run, lanes)
    await until('both ran', () => recorder.runs.length >= 2)
    expect(recorder.runs).toEqual(['plan:7', 'plan:8'])
  })

  it('runs a wake-up again that came while it ran, and not beside itself', async () => {
    const recorder = startRecorder(true)
    driver = openInProcessDriver()
    driver.start(recorder.run, lanes)
    driver.wake({ step: 'plan', subject: '7' })
    await until('it runs', () => recorder.runs.length === 1)
    driver.wake({ step: 'plan', subject: '7' })
    driver.wake({ step: 'plan', subject: '7' })
    recorder.release()
    await until('it ran again', () => recorder.runs.length === 2)
    expect(recorder.most.get('plan')).toBe(1)
  })

  it('gives heavy steps one place and light steps their own', async () => {
    const recorder = startRecorder(true)
    driver = openInProcessDriver()
    driver.start(recorder.run, lanes)
    for (const subject of ['1', '2', '3', '4']) {
      driver.wake({ step: 'seal', subject })
      driver.wake({ step: 'plan', subject })
    }
    await until('three run', () => recorder.runs.length === 3)
    recorder.release()
    await until('all ran', () => recorder.runs.length === 8)
    expect(Object.fromEntries(recorder.most)).toEqual({ seal: 1, plan: 2 })
  })

  it('lets an earlier wake-up overtake a later one of the same subject', async () => {
    const recorder = startRecorder()
    driver = openInProcessDriver()
    driver.start(recorder.run, lanes)
    driver.wake({ step: 'collect', subject: 'bank' }, 3_600_000)
    driver.wake({ step: 'collect', subject: 'bank' }, 10)
    await until('it ran', () => recorder.runs.length === 1)
  })

  it('reports what a step throws and goes on', async () => {
    const troubles: unknown[] = []
    driver = openInProcessDriver({
      onTrouble: (error, wakeUp) => troubles.push([String(error), wakeUp?.subject]),
    })
    driver.start(async () => {
      throw new Error('broken')
    }, lanes)
    driver.wake({ step: 'plan', subject: '1' })
    driver.wake({ step: 'plan', subject: '2' })
    await until('both failed', () => troubles.length === 2)
    expect(troubles).toContainEqual(['Error: broken', '2'])
  })

  it('waits for what runs when it stops, and begins nothing more', async () => {
    const recorder = startRecorder(true)
    driver = openInProcessDriver()
    driver.start(recorder.run, lanes)
    for (const subject of ['1', '2', '3']) driver.wake({ step: 'seal', subject })
    await until('one runs', () => recorder.runs.length === 1)
    const stopped = driver.stop()
    recorder.release()
    await stopped
    expect(recorder.runs).toEqual(['seal:1'])
  })
})
