/**
 * What the simulated SMS provider accepted: one line per accepted call, references only, never a phone number.
 * The line is on disk before the provider answers, so what it accepted it still knows after a restart.
 */
import { z } from 'zod'
import { openAppendLog, readLog } from '../append-log.ts'
import { createRepeatCounter } from '../repeat-counter.ts'

const acceptedCall = z.object({ at: z.string(), requestId: z.string(), refs: z.array(z.string()) })

/** Totals of the provider. `duplicateRefs`: messages whose reference had been accepted before. */
export interface SmsTotals {
  readonly requests: number
  readonly messages: number
  readonly duplicateRefs: number
}

/** The provider's ledger, open for writing. */
export interface SmsLedger {
  /** Messages accepted so far under this request id, or undefined when none ever was. */
  acceptedOf(requestId: string): number | undefined
  accept(at: Date, requestId: string, refs: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Opens the ledger at `path`, cutting off a torn last line. */
export async function openSmsLedger(path: string): Promise<SmsLedger> {
  const log = await openAppendLog(path)
  const accepted = new Map<string, number>()
  const count = (requestId: string, messages: number): void =>
    void accepted.set(requestId, (accepted.get(requestId) ?? 0) + messages)
  for await (const stored of readLog(path)) {
    const call = acceptedCall.parse(stored)
    count(call.requestId, call.refs.length)
  }
  // Calls come at the same time and the log takes one write after another.
  let turn: Promise<void> = Promise.resolve()
  return {
    acceptedOf: (requestId) => accepted.get(requestId),
    accept: (at, requestId, refs) => {
      count(requestId, refs.length)
      const written = turn.then(() => log.append([{ at: at.toISOString(), requestId, refs }]))
      turn = written.catch(() => undefined)
      return written
    },
    close: async () => {
      await turn
      await log.close()
    },
  }
}

/** Totals from the ledger file, in flat memory but for eight bytes a message. */
export async function readSmsTotals(path: string): Promise<SmsTotals> {
  const refs = createRepeatCounter()
  let [requests, messages] = [0, 0]
  for await (const stored of readLog(path)) {
    const call = acceptedCall.parse(stored)
    requests++
    messages += call.refs.length
    for (const ref of call.refs) refs.add(ref)
  }
  return { requests, messages, duplicateRefs: refs.repeats() }
}
