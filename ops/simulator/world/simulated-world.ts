/**
 * A simulated world on disk: `<folder>/world.json` names its banks, ports, the SMS provider and its token, so that
 * every other process (gateway, demo, drill) can find them. The file is readable by its owner only.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { faultRule } from '../misdeeds/fault-rule.ts'
import { envelopeKinds } from './world-envelopes.ts'

const share = z.number().min(0).max(1)
const port = z.number().int().min(1).max(65535)

const worldOptions = z.strictObject({
  failShare: share,
  returnShare: share,
  answerDelayMinutes: z.number().nonnegative(),
  returnDelayDays: z.number().int().nonnegative(),
  lateBank: z.string().exactOptional(),
  lateAnswerHours: z.number().nonnegative(),
  pickUp: z.enum(['at-once', 'after-answer']),
  /** What the banks do wrong. */
  faults: z.array(faultRule).readonly().default([]),
})

const worldBank = z.strictObject({
  bank: z.string(),
  title: z.string(),
  profile: z.string(),
  envelope: z.enum(envelopeKinds),
  settings: z.record(z.string(), z.string()),
  fundingAccount: z.string(),
  folder: z.string(),
  host: z.string(),
  port,
  username: z.string(),
  agreementFile: z.string(),
})

const worldApiBank = z.strictObject({
  bank: z.string(),
  title: z.string(),
  shape: z.enum(['json-sm', 'xml-post', 'form-post']),
  profile: z.string(),
  settings: z.record(z.string(), z.string()),
  fundingAccount: z.string(),
  folder: z.string(),
  host: z.string(),
  port,
  agreementFile: z.string(),
})

const simulatedWorld = z.strictObject({
  seed: z.number().int(),
  options: worldOptions,
  banks: z.array(worldBank),
  /** Banks behind an API, where the world has any. */
  apiBanks: z.array(worldApiBank).exactOptional(),
  sms: z.strictObject({ host: z.string(), port, token: z.string(), ledgerFile: z.string() }),
  agreementsFolder: z.string(),
  programmesFile: z.string(),
  /** Profiles of this world where they are not the shipped ones alone. */
  profilesFolder: z.string().exactOptional(),
  /** The process that runs this world now. */
  pid: z.number().int().exactOptional(),
})

/** How the banks behave; shares are of 1, times are simulated. `lateBank` answers its first file `lateAnswerHours` late. */
export type WorldOptions = z.infer<typeof worldOptions>
/** One bank of a world: where it listens and where its books lie. */
export type WorldBank = z.infer<typeof worldBank>
/** One bank of a world that is reached over an API. */
export type WorldApiBank = z.infer<typeof worldApiBank>
/** Everything that other processes need to know of a world. Paths are absolute. */
export type SimulatedWorld = z.infer<typeof simulatedWorld>

/** The usual behaviour: 3 % fail, 0.3 % come back after two working days, answers take 20 minutes, ccb is late once. */
export const usualWorldOptions: WorldOptions = {
  failShare: 0.03,
  returnShare: 0.003,
  answerDelayMinutes: 20,
  returnDelayDays: 2,
  lateBank: 'ccb',
  lateAnswerHours: 26,
  pickUp: 'after-answer',
  faults: [],
}

/** Where the world file of a folder lies. */
export const worldFile = (folder: string): string => join(folder, 'world.json')

/** Reads a world; undefined when the folder holds none. Throws when the file is malformed. */
export async function readWorld(folder: string): Promise<SimulatedWorld | undefined> {
  const text = await readFile(worldFile(folder), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const parsed = simulatedWorld.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new Error(`${worldFile(folder)} is malformed: ${z.prettifyError(parsed.error)}`)
}

/** Writes the world file in one step. */
export async function writeWorld(folder: string, world: SimulatedWorld): Promise<void> {
  const temporary = `${worldFile(folder)}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(world, undefined, 2)}\n`, { mode: 0o600 })
  await rename(temporary, worldFile(folder))
}
