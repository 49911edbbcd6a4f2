/**
 * Posts to one bank with an own deadline over everything, an answer of limited size, and no redirects. What came back
 * is a value: only a connection that was never made proves that nothing was sent (reliability.md R2, security.md S35).
 */
import { Pool } from 'undici'
import { codeOf, Fault, isFault } from '../../faults.ts'
import type { ApiCall } from './bank-api.ts'
import { NotConnected, pinnedConnector, type ServerTrust } from './pinned-connector.ts'

/** One bank's server. `url` is an origin; `answerMs` spans the whole exchange after the connection stands. */
export interface LineTerms extends ServerTrust {
  readonly url: string
  readonly answerMs: number
  readonly maxAnswerBytes: number
}

/** How a call ended. `busy`: the bank asked us to wait (429, or 503 with a time). `body` is kept as it came. */
export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Buffer }
  | { readonly kind: 'busy'; readonly status: number; readonly retryAfter?: string; readonly body: Buffer }
  | { readonly kind: 'not-sent'; readonly fault: Fault }
  | { readonly kind: 'unanswered'; readonly fault: Fault }

/** A line to one server. */
export interface HttpsLine {
  /** Never rejects. */
  post(call: ApiCall): Promise<Exchange>
  close(): Promise<void>
}

/** Opens a line; connects with its first call, anew for every call, so that no call meets a connection that is going. */
export function httpsLine(terms: LineTerms): HttpsLine {
  const secure = terms.url.startsWith('https:')
  const pool = new Pool(terms.url, {
    connections: 4,
    pipelining: 1,
    headersTimeout: terms.answerMs,
    bodyTimeout: terms.answerMs,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: terms.maxAnswerBytes,
    // A front end on this machine may speak plain HTTP; there is nothing between it and us.
    ...(secure ? { connect: pinnedConnector(terms) } : { connect: { timeout: terms.connectMs } }),
  })
  return {
    post: (call) => post(pool, terms, call),
    close: () => pool.close(),
  }
}

async function post(pool: Pool, terms: LineTerms, call: ApiCall): Promise<Exchange> {
  try {
    const { statusCode, headers, body } = await pool.request({
      path: call.path,
      method: 'POST',
      reset: true,
      headers: { 'content-type': call.contentType, 'accept-encoding': 'identity' },
      body: call.body,
      signal: AbortSignal.timeout(terms.connectMs + terms.answerMs),
    })
    const received = await whole(body, terms.maxAnswerBytes)
    const retryAfter = single(headers['retry-after'])
    if (statusCode === 429 || (statusCode === 503 && retryAfter !== undefined))
      return {
        kind: 'busy',
        status: statusCode,
        body: received,
        ...(retryAfter !== undefined && { retryAfter }),
      }
    if (headers['content-encoding'] !== undefined)
      return { kind: 'unanswered', fault: new Fault('SEND_UNCONFIRMED', { reason: 'a compressed answer' }) }
    return { kind: 'answered', status: statusCode, body: received }
  } catch (error) {
    return failed(error)
  }
}

async function whole(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const blocks: Buffer[] = []
  let sizeBytes = 0
  for await (const block of body) {
    sizeBytes += block.length
    if (sizeBytes > maxBytes)
      throw new Fault('SEND_UNCONFIRMED', { reason: 'the answer is too long', maxBytes })
    blocks.push(block)
  }
  return Buffer.concat(blocks)
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

function failed(error: unknown): Exchange {
  if (error instanceof NotConnected) return { kind: 'not-sent', fault: error.fault }
  if (isFault(error)) return { kind: 'unanswered', fault: error }
  const reason = codeOf(error) ?? (error instanceof Error ? error.name : 'no answer')
  if (neverConnected.has(reason))
    return { kind: 'not-sent', fault: new Fault('BANK_UNREACHABLE', { reason }, error) }
  const late = /timeout/i.test(reason) || reason === 'UND_ERR_ABORTED'
  return {
    kind: 'unanswered',
    fault: new Fault(late ? 'BANK_TIMEOUT' : 'SEND_UNCONFIRMED', { reason }, error),
  }
}
