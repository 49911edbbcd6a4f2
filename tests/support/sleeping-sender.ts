/** A worker that falls asleep while it sends a file, on a line of its own, and is woken when the test likes. */
import type { Channel } from '../../gateway/transfer/channel.ts'
import { sendBankFile } from '../../gateway/transfer/send-bank-file.ts'
import type { Journey } from './journey.ts'
import { claim } from './step-runs.ts'

/** Where it falls asleep: its part lies at the bank, and the wish to rename is committed or not. */
export type Bed = 'before the gate' | 'behind the gate'

/** A worker that sleeps. */
export interface SleepingSender {
  /** Lets it go on; gives how its step ended, or the words of what it threw. */
  wake(): Promise<string>
}

/** Claims the sending of a file and falls asleep in it; resolves when it sleeps, or has ended before. */
export async function sleepingSender(
  journey: Journey,
  fileId: number,
  real: Channel,
  bed: Bed,
): Promise<SleepingSender> {
  const asleep = signal()
  const woken = signal()
  const sleep = async (): Promise<void> => {
    asleep.give()
    await woken.given
  }
  const send: Channel['send'] = (file) =>
    real.send({
      ...file,
      beforeRename: async () => {
        if (bed === 'before the gate') await sleep()
        await file.beforeRename?.()
        if (bed === 'behind the gate') await sleep()
      },
    })
  const held = await claim(journey, 'send', fileId)
  const needs = { ...journey.assembly, channelOf: () => ({ ...real, send }) }
  const ended = sendBankFile(needs, String(fileId), held).then(
    (end) => end.kind,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  await Promise.race([asleep.given, ended])
  return {
    async wake() {
      woken.give()
      return ended
    },
  }
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}
