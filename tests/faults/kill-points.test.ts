/** The names of kill points: what they mean, what is refused, and that a batch on its way really passes those in use. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drillWatch, inPlace, momentName, placeNow, readKillPoint } from '../../ops/drills/kill-points.ts'
import { readConfig } from '../../ops/start/config.ts'
import { startJourney } from '../support/journey.ts'
import { plainPeople } from '../support/ledger-view.ts'

const database = { DATABASE_URL: 'postgresql://nowhere/none' }

describe('a kill point', () => {
  it('is read with its number, the first unless told', () => {
    const call = { port: 'bank', verb: 'before-rename', when: 'after' }
    expect(readKillPoint('send:bank.before-rename.after#3')).toEqual({ place: 'send', call, nth: 3 })
    expect(readKillPoint('send:bank.before-rename.after')).toEqual({ place: 'send', call, nth: 1 })
  })

  it.each([
    '',
    'send',
    'send:disk.write.after',
    'send:db.commit.during',
    'send:db.commit.after#0',
    'a b:db.x.after',
  ])('is none: "%s"', (text) => {
    expect(readKillPoint(text)).toBeUndefined()
    expect(() => drillWatch({ killAt: text })).toThrow(RangeError)
  })
})

describe('the configuration of a drill', () => {
  it('arms a process that was asked twice over', () => {
    const drill = readConfig({ ...database, HUIDA_DRILL: 'on', HUIDA_KILL_AT: 'plan:db.commit.after' }).drill
    expect(drill).toEqual({ killAt: 'plan:db.commit.after' })
    expect(readConfig(database).drill).toBeUndefined()
  })

  it.each([
    [{ HUIDA_KILL_AT: 'plan:db.commit.after' }],
    [{ HUIDA_STOP_AT: 'plan:db.commit.after' }],
    [{ HUIDA_DRILL: 'on' }],
    [{ HUIDA_DRILL: 'on', HUIDA_KILL_AT: 'nonsense' }],
    [{ HUIDA_DRILL: 'on', HUIDA_KILL_AT: 'plan:db.commit.after', NODE_ENV: 'production' }],
  ])('is refused as %o', (env) => {
    expect(() => readConfig({ ...database, ...env })).toThrow('HUIDA_')
  })
})

/** Every kill point that a test of this folder names. */
function usedMoments(): string[] {
  const texts = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts') && name !== 'kill-points.test.ts')
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  const points = texts.flatMap(
    (text) => text.match(/'[a-z]+:(?:db|bank|sms)\.[a-z-]+\.(?:before|after)(?=[#'])/g) ?? [],
  )
  return [...new Set(points.map((point) => point.slice(1)))]
}

it('every kill point that a test uses is passed by a batch on its way', async () => {
  const passed = new Set<string>()
  const journey = await startJourney({
    only: ['cmbc'],
    failShare: 0,
    returnShare: 0,
    answerDelayMinutes: 0,
    lateAnswerHours: 0,
    watch: (call) => void passed.add(momentName(placeNow(), call)),
  })
  try {
    await inPlace('intake', () => journey.handIn('POINTS', plainPeople('POINTS', 'cmbc', 5)))
    await journey.settle()
    await journey.runQuiet()
  } finally {
    await journey.close()
  }
  expect(usedMoments().length).toBeGreaterThan(10)
  expect(usedMoments().filter((moment) => !passed.has(moment))).toEqual([])
})
