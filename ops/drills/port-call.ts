/**
 * The ports of a process, watched: every call to the database, to a bank and to the SMS provider passes a watcher before
 * it goes and after it was answered. Drills break lines and end processes there, so that no step has to know of drills.
 */

import type { SmsProvider } from '../../gateway/outcomes/sms-provider.ts'
import type { StatementWatch } from '../../gateway/store/pool.ts'
import type { Channel } from '../../gateway/transfer/channel.ts'

/** One moment of one call through a port. */
export interface PortCall {
  readonly port: 'db' | 'bank' | 'sms'
  /** First word of a statement (`commit`, `update`), or the verb of the port (`send`, `before-rename`, `fetch`). */
  readonly verb: string
  readonly when: 'before' | 'after'
}

/** Sees calls go by; what it throws is as if the call had broken there, and it may end the process instead. */
export type PortWatch = (call: PortCall) => Promise<void> | void

/** Watches statements as calls of the port `db`. */
export const watchedStatements =
  (watch: PortWatch): StatementWatch =>
  (statement, when) =>
    watch({ port: 'db', verb: /^\W*(\w+)/.exec(statement)?.[1]?.toLowerCase() ?? '', when })

/** Watches a channel. A block of a sent or fetched file is a call of its own, and so is the leave to rename. */
export function watchedChannel(channel: Channel, watch: PortWatch): Channel {
  return {
    ...channel,
    send: (file) =>
      around(watch, 'bank', 'send', () =>
        channel.send({
          ...file,
          content: () => watchedBlocks(watch, 'block', file.content()),
          beforeRename: () =>
            around(watch, 'bank', 'before-rename', async () => {
              await file.beforeRename?.()
            }),
        }),
      ),
    confirm: (name, attempt) => around(watch, 'bank', 'confirm', () => channel.confirm(name, attempt)),
    list: () => around(watch, 'bank', 'list', () => channel.list()),
    fetch: (name) => watchedBlocks(watch, 'fetch', channel.fetch(name)),
  }
}

/** A block was taken when the next one is asked for. */
async function* watchedBlocks(
  watch: PortWatch,
  verb: string,
  blocks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const block of blocks) {
    await watch({ port: 'bank', verb, when: 'before' })
    yield block
    await watch({ port: 'bank', verb, when: 'after' })
  }
}

/** Watches an SMS provider. */
export const watchedSms = (sms: SmsProvider, watch: PortWatch): SmsProvider => ({
  maxMessages: sms.maxMessages,
  settleMs: sms.settleMs,
  send: (requestId, messages, mayLeave) =>
    around(watch, 'sms', 'send', () => sms.send(requestId, messages, mayLeave)),
  ask: (requestId) => around(watch, 'sms', 'ask', () => sms.ask(requestId)),
})

async function around<T>(
  watch: PortWatch,
  port: PortCall['port'],
  verb: string,
  act: () => Promise<T>,
): Promise<T> {
  await watch({ port, verb, when: 'before' })
  const done = await act()
  await watch({ port, verb, when: 'after' })
  return done
}
