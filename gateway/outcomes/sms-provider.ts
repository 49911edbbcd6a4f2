/**
 * The SMS provider's HTTP API. Providers are not idempotent (bank-formats §15), so an answer that never came is
 * unknown, and the provider is asked about the request before it is repeated.
 */
import { z } from 'zod'
import { codeOf, Fault } from '../faults.ts'

/** One arrival notice; `ref` is ours and comes back in receipts. */
export interface SmsMessage {
  readonly ref: string
  readonly phone: string
  readonly params: Readonly<Record<'name' | 'programme' | 'period' | 'amountYuan' | 'last4', string>>
}

/** How a request ended; three outcomes, as with banks, and a refusal that repeating will not cure. */
export type SmsOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'not-accepted'; readonly fault: Fault }
  | { readonly kind: 'unknown'; readonly fault: Fault }
  | { readonly kind: 'refused'; readonly fault: Fault }

/** What the provider can do for us. */
export interface SmsProvider {
  /** Most messages in one request. */
  readonly maxMessages: number
  /** Milliseconds after a call was begun after which a request that the provider does not know will not come any more. */
  readonly settleMs: number
  /** Asks for messages. `mayLeave` is looked at right before the call; when it says no, nothing leaves: not-accepted. */
  send(requestId: string, messages: readonly SmsMessage[], mayLeave: () => boolean): Promise<SmsOutcome>
  /** Whether the provider took a request; throws a Fault when it cannot tell. */
  ask(requestId: string): Promise<'accepted' | 'absent'>
}

/** Where the provider is and what was agreed with it. */
export interface SmsConfig {
  readonly url: string
  /** Bearer token, read from a file at start. */
  readonly token: string
  /** Approved template; the text itself lies with the provider. */
  readonly template: string
  readonly maxMessages: number
  readonly timeoutMs: number
}

/** A provider knows of a request that long after its last byte, and our machines' clocks agree that far. */
const takesInMs = 30_000

/** Nothing left, because the caller slept; whoever took its work over asks for the messages. */
export const tooLate = (): SmsOutcome => ({
  kind: 'not-accepted',
  fault: new Fault('SMS_UNREACHABLE', { reason: 'the request was held up before it could leave' }),
})

const takenSchema = z.object({ accepted: z.number().int().nonnegative() })

/** Makes a provider client: no redirects, and an own deadline for every call. */
export function httpSmsProvider(config: SmsConfig): SmsProvider {
  const headers = { authorization: `Bearer ${config.token}`, 'content-type': 'application/json' }
  const call = async (path: string, body?: string): Promise<Answer> => {
    const method = body === undefined ? { method: 'GET' } : { method: 'POST', body }
    const signal = AbortSignal.timeout(config.timeoutMs)
    const answer = await fetch(new URL(path, config.url), { ...method, headers, signal, redirect: 'manual' })
    return { status: answer.status, text: await answer.text() }
  }
  return {
    maxMessages: config.maxMessages,
    settleMs: config.timeoutMs + takesInMs,
    async send(requestId, messages, mayLeave) {
      const body = JSON.stringify({ requestId, template: config.template, messages })
      if (!mayLeave()) return tooLate()
      try {
        return sent(await call('/v1/messages', body), messages.length)
      } catch (error) {
        return unanswered(error)
      }
    },
    async ask(requestId) {
      const answer = await call(`/v1/requests/${encodeURIComponent(requestId)}`).catch((error: unknown) => {
        throw new Fault('SMS_UNREACHABLE', { reason: reasonOf(error) }, error)
      })
      if (answer.status === 404) return 'absent'
      if (answer.status === 200) return 'accepted'
      throw new Fault('SMS_UNREACHABLE', { status: answer.status })
    },
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

function sent({ status, text }: Answer, count: number): SmsOutcome {
  if (status === 202 || status === 200) {
    const reason = 'the answer does not name the number sent'
    return accepted(text) === count
      ? { kind: 'accepted' }
      : { kind: 'unknown', fault: new Fault('SMS_UNCONFIRMED', { status, reason }) }
  }
  // 429 and 503 are refusals before acceptance by contract; any other 5xx may have come after it.
  if (status === 429 || status === 503)
    return { kind: 'not-accepted', fault: new Fault('SMS_UNREACHABLE', { status }) }
  if (status >= 500) return { kind: 'unknown', fault: new Fault('SMS_UNCONFIRMED', { status }) }
  // A token that is refused or an address that moved is ours to put right; the messages are still owed.
  if (status === 401 || status === 403 || status < 400)
    return { kind: 'not-accepted', fault: new Fault('SMS_REFUSED', { status }) }
  return { kind: 'refused', fault: new Fault('SMS_REFUSED', { status }) }
}

function accepted(text: string): number | undefined {
  try {
    return takenSchema.parse(JSON.parse(text)).accepted
  } catch {
    return undefined
  }
}

const neverConnected = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'ENOTFOUND', 'EAI_AGAIN'])

/** A connection that was never made took nothing; anything else may have. */
function unanswered(error: unknown): SmsOutcome {
  const reason = reasonOf(error)
  return neverConnected.has(reason)
    ? { kind: 'not-accepted', fault: new Fault('SMS_UNREACHABLE', { reason }, error) }
    : { kind: 'unknown', fault: new Fault('SMS_UNCONFIRMED', { reason }, error) }
}

/** `fetch` wraps what the socket said. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return codeOf(cause) ?? codeOf(error) ?? 'no answer'
}
