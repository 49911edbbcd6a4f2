/** What a process and its step threads say to each other: plain data, parsed on arrival. */
import { z } from 'zod'
import { Fault, isFaultCode } from '../../gateway/faults.ts'
import { stepNames } from '../../gateway/ledger/due-work-store.ts'
import type { StepRun } from '../../gateway/run-step.ts'
import type { KeyEnd } from '../metrics/key-metrics.ts'
import type { Config } from './config.ts'

const stepName = z.enum(stepNames)

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** What a thread is started with; it comes from our own process, so only its presence is checked. */
export const threadSetupSchema = z.object({
  config: z.custom<Config>(isObject),
  databaseUrl: z.string(),
})

/** A step to run, another folder of profiles to use from the next step on, or the wish to end. */
export const threadTaskSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), id: z.number(), step: stepName, subject: z.string() }),
  z.object({ kind: z.literal('profiles'), folder: z.string() }),
  z.object({ kind: z.literal('stop') }),
])

const plainRunSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle') }),
  z.object({ kind: z.literal('done'), wakes: z.array(z.object({ step: stepName, subject: z.string() })) }),
  z.object({
    kind: z.literal('put-off'),
    code: z.string(),
    message: z.string(),
    until: z.number(),
    tries: z.number(),
  }),
])

/** What a thread answers: that it is ready, and when the keys end that it holds; how a step ended, or that the database could not be reached. */
export const threadAnswerSchema = z.union([
  z.object({ ready: z.literal(true), keyEnds: z.array(z.custom<KeyEnd>(isObject)) }),
  z.object({ id: z.number(), ok: plainRunSchema }),
  z.object({ id: z.number(), error: z.string() }),
])

/** A run as plain data; a fault crosses as code and sentence. */
export function plainRun(run: StepRun): z.infer<typeof plainRunSchema> {
  switch (run.kind) {
    case 'idle':
      return run
    case 'done':
      return { kind: 'done', wakes: [...run.wakes] }
    case 'put-off':
      return {
        kind: 'put-off',
        code: run.fault.code,
        message: run.fault.message,
        until: run.until.getTime(),
        tries: run.tries,
      }
    default:
      return run satisfies never
  }
}

/** A run as it was before it crossed. */
export function runOf(plain: z.infer<typeof plainRunSchema>): StepRun {
  if (plain.kind !== 'put-off') return plain
  const code = isFaultCode(plain.code) ? plain.code : 'INTERNAL'
  return {
    kind: 'put-off',
    fault: new Fault(code, { said: plain.message }),
    until: new Date(plain.until),
    tries: plain.tries,
  }
}
