/** An SMS provider that is not idempotent: what it takes it sends, as often as it takes it. Its own ledger is the oracle. */
import { Fault } from '../../../gateway/faults.ts'
import { type SmsOutcome, type SmsProvider, tooLate } from '../../../gateway/outcomes/sms-provider.ts'
import type { Chaos } from './fault-kinds.ts'
import type { Ports } from './ports.ts'

/** A provider and how often it sent each message, by our reference. */
export interface SimSms extends SmsProvider {
  readonly sent: ReadonlyMap<string, number>
}

/** Makes a provider with an empty ledger. */
export function simSms(ports: Ports, chaos: Chaos): SimSms {
  const sent = new Map<string, number>()
  const requests = new Set<string>()
  const unknown = (): SmsOutcome => ({ kind: 'unknown', fault: new Fault('SMS_UNCONFIRMED', {}) })
  return {
    sent,
    maxMessages: 7,
    settleMs: 60_000,
    async send(requestId, messages, mayLeave) {
      const fate = await ports.pass('sms', 'send')
      if (!mayLeave()) return tooLate()
      const lost = fate === 'well' && chaos.strikes('sms') ? chaos.draw.below(3) : undefined
      if (fate === 'before' || lost === 0) return unknown()
      if (lost === 1) return { kind: 'not-accepted', fault: new Fault('SMS_UNREACHABLE', {}) }
      requests.add(requestId)
      for (const { ref } of messages) sent.set(ref, (sent.get(ref) ?? 0) + 1)
      if (fate === 'crash-after') ports.die()
      return fate === 'after' || lost === 2 ? unknown() : { kind: 'accepted' }
    },
    async ask(requestId) {
      const fate = await ports.pass('sms', 'ask')
      if (fate === 'crash-after') ports.die()
      if (fate !== 'well' || chaos.strikes('sms')) throw new Fault('SMS_UNREACHABLE', {})
      return requests.has(requestId) ? 'accepted' : 'absent'
    },
  }
}
