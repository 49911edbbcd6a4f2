/**
 * The SMS provider's HTTP API. Providers are not idempotent (bank-formats §15), so an answer that never came is
 * unknown, and the provider is asked about the request before it is repeated.
 */
import { Agent, request } from 'undici'
import { z } from 'zod'
import { asFault, Fault } from '../faults.ts'

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
  send(requestId: string, messages: readonly SmsMessage[]): Promise<SmsOutcome>
  /** Whether the provider took a request; throws a Fault when it cannot tell. */
  ask(requestId: string): Promise<'accepted' | 'absent'>
  close(): Promise<void>
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

const takenSchema = z.object({ accepted: z.number().int().nonnegative() })

/** Makes a provider client; one connection pool, no redirects, own deadline for every call. */
export function httpSmsProvider(config: SmsConfig): SmsProvider {
  const agent = new Agent({
    connections: 4,
    headersTimeout: config.timeoutMs,
    bodyTimeout: config.timeoutMs,
    connect: { timeout: config.timeoutMs },
  })
  const headers = { authorization: `Bearer ${config.token}`, 'content-type': 'application/json' }
  const call = async (
    method: 'GET' | 'POST',
    path: string,
    body?: string,
  ): Promise<{ status: number; text: string }> => {
    const options = { method, headers, dispatcher: agent, signal: AbortSignal.timeout(config.timeoutMs) }
    const answer = await request(
      new URL(path, config.url),
      body === undefined ? options : { ...options, body },
    )
    return { status: answer.statusCode, text: await answer.body.text() }
  }
  return {
    maxMessages: config.maxMessages,
    async send(requestId, messages) {
      const body = JSON.stringify({ requestId, template: config.template, messages })
      try {
        return sent(await call('POST', '/v1/messages', body), messages.length)
      } catch (error) {
        return unanswered(error)
      }
    },
    async ask(requestId) {
      const answer = await call('GET', `/v1/requests/${encodeURIComponent(requestId)}`).catch(
        (error: unknown) => {
          throw asFault(error, 'SMS_UNREACHABLE')
        },
      )
      if (answer.status === 404) return 'absent'
      if (answer.status === 200) return 'accepted'
      throw new Fault('SMS_UNREACHABLE', { status: answer.status })
    },
    close: () => agent.close(),
  }
}

function sent(answer: { status: number; text: string }, count: number): SmsOutcome {
  if (answer.status === 202 || answer.status === 200) {
    return accepted(answer.text) === count
      ? { kind: 'accepted' }
      : {
          kind: 'unknown',
          fault: new Fault('SMS_UNCONFIRMED', { reason: 'the answer does not name the number sent' }),
        }
  }
  // 429 and 503 are refusals before acceptance by contract; any other 5xx may have come after it.
  if (answer.status === 429 || answer.status === 503)
    return { kind: 'not-accepted', fault: new Fault('SMS_UNREACHABLE', { status: answer.status }) }
  if (answer.status >= 500)
    return { kind: 'unknown', fault: new Fault('SMS_UNCONFIRMED', { status: answer.status }) }
  return { kind: 'refused', fault: new Fault('SMS_REFUSED', { status: answer.status }) }
}

function accepted(text: string): number | undefined {
  try {
    return takenSchema.parse(JSON.parse(text)).accepted
  } catch {
    return undefined
  }
}

/** A connection that was never made took nothing; anything else may have. */
function unanswered(error: unknown): SmsOutcome {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (
    code === 'ECONNREFUSED' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'ENOTFOUND' ||
    code === 'EAI_AGAIN'
  ) {
    return { kind: 'not-accepted', fault: new Fault('SMS_UNREACHABLE', { reason: code }, error) }
  }
  return {
    kind: 'unknown',
    fault: new Fault('SMS_UNCONFIRMED', { reason: typeof code === 'string' ? code : 'no answer' }, error),
  }
}
