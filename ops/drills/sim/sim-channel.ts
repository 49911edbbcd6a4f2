/**
 * The road of one life of an instance to one bank: the real SFTP channel over a simulated line. Its calls wait for each
 * other as they do in the channel itself, but where the schedule can see it.
 */
import type { Channel } from '../../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../../gateway/transfer/sftp/sftp-channel.ts'
import type { SftpConfig } from '../../../gateway/transfer/sftp/sftp-config.ts'
import type { Schedule } from './schedule.ts'
import { type LineWorld, openSimLine } from './sim-line.ts'

/** Opens a channel whose turns are locks of the schedule. */
export function simChannel(schedule: Schedule, lock: string, world: LineWorld, config: SftpConfig): Channel {
  const channel = sftpChannel(config, (agreed) => openSimLine(world, agreed))
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => schedule.locked(lock, work)
  return {
    ...channel,
    send: (file) => inTurn(() => channel.send(file)),
    confirm: (name, attempt) => inTurn(() => channel.confirm(name, attempt)),
    withdraw: (name, attempt) => inTurn(async () => (await channel.withdraw?.(name, attempt)) ?? true),
    removeParts: (name, attempts) => inTurn(async () => channel.removeParts?.(name, attempts)),
    list: () => inTurn(() => channel.list()),
    sent: () => inTurn(() => channel.sent()),
    sentSha256: (name) => inTurn(() => channel.sentSha256(name)),
    async *fetch(name) {
      const blocks = channel.fetch(name)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const step = await inTurn(() => blocks.next())
          if (step.done === true) return
          yield step.value
        }
      } finally {
        await inTurn(async () => void (await blocks.return?.()))
      }
    },
  }
}
