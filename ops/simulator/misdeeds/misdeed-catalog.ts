/** Every misdeed that can be scripted: this literal makes the table of `huida bank faults` and checks every script. */
import { doorMisdeeds } from './door-misdeeds.ts'
import { fileMisdeeds } from './file-misdeeds.ts'
import type { Misdeed, Stage } from './misdeed.ts'

/** By name. */
export const misdeeds = { ...fileMisdeeds, ...doorMisdeeds } as const

/** Name of a misdeed. */
export type MisdeedName = keyof typeof misdeeds

/** True for the name of a misdeed. */
export const isMisdeed = (name: string): name is MisdeedName => Object.hasOwn(misdeeds, name)

/** What is known of a misdeed. */
export const misdeedOf = (name: MisdeedName): Misdeed => misdeeds[name]

/** Every name, in the order of the table. */
export const misdeedNames: readonly MisdeedName[] = Object.keys(misdeeds).filter(isMisdeed)

/** Stages that choose by the number of a file; the others count calls. */
const fileStages: readonly Stage[] = ['request', 'rows', 'answer', 'return']

/** True for a misdeed that is chosen by the number of a file at its bank. */
export const choosesFiles = (name: MisdeedName): boolean => fileStages.includes(misdeedOf(name).stage)
