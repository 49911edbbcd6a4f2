/** Recovery is told from logs: until the killed process is ready, and until any step ends. */
import { expect, test } from 'vitest'
import { watchRecovery } from '../../ops/drills/chaos/recovery-watch.ts'

const started = '{"level":30,"event":"service.started","role":"worker"}'
const sent = '{"level":30,"event":"send.done","subject":"7"}'

test('the longest way back of several kills counts, from the first kill to the life that got through', () => {
  let nowMs = 1_000
  const watch = watchRecovery(() => nowMs)
  watch.line('worker-1', started)
  watch.killed('worker-1')
  nowMs += 400
  watch.killed('worker-1')
  nowMs += 2_000
  watch.line('worker-1', started)
  nowMs += 600
  watch.line('worker-2', sent)
  watch.line('worker-2', '{"event":"send.put_off","code":"LEASE_LOST"}')
  expect(watch.recovery()).toEqual({
    recovered: 1,
    longestRestartMs: 2_400,
    longestToNextStepMs: 2_600,
    longestStandstillMs: 3_000,
    stepsDone: 1,
    stepsFenced: 1,
  })
})

test('a run without kills has no way back to tell of', () => {
  const watch = watchRecovery(() => 0)
  watch.line('worker-1', sent)
  expect(watch.recovery()).toMatchObject({ recovered: 0, longestRestartMs: undefined })
})
