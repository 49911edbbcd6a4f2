/**
 * A simulated SMS provider over HTTP (bank-formats.md section 15): accepts up to 1000 messages a call.
 * By default it is not idempotent: the same request sent twice is sent twice, so a caller in doubt must ask first.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../../gateway/clock.ts'
import { listenPatiently } from '../listen-patiently.ts'
import { type CallBook, emptyCallBook } from '../misdeeds/call-book.ts'
import { type SmsFrequency, smsFrequency } from './sms-frequency.ts'
import { openSmsLedger, readSmsTotals, type SmsLedger } from './sms-ledger.ts'
import { receiptsOf, type TellReceipts } from './sms-receipts.ts'

const maxBodyBytes = 4 * 1024 * 1024

const smsRequest = z.object({
  requestId: z.string().min(1).max(200),
  template: z.string().min(1).max(200),
  messages: z
    .array(
      z.object({
        ref: z.string().min(1).max(200),
        phone: z.string().regex(/^\+?\d{5,20}$/),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    )
    .min(1)
    .max(1000),
})

/** What the provider needs. Shares are of 1 and of calls; which calls they hit follows from seed and request id. */
export interface SmsProviderOptions {
  readonly host: string
  readonly port: number
  readonly token: string
  readonly ledgerFile: string
  readonly clock: Clock
  readonly seed: number
  /** A repeated request id is answered as before and sends nothing. */
  readonly idempotent: boolean
  /** Calls that are accepted, whereupon the connection breaks without an answer. */
  readonly dropShare: number
  /** Calls that are answered 503 before anything was accepted. */
  readonly busyShare: number
  /** What it does wrong beside these shares. */
  readonly book?: CallBook
  /** Takes receipts; none are sent without. */
  readonly tellReceipts?: TellReceipts
}

/** A running provider. */
export interface SmsProvider {
  readonly port: number
  close(): Promise<void>
}

/** Listens; rejects when the port is taken or the ledger cannot be read. Port 0 takes a free one. */
export async function startSmsProvider(options: SmsProviderOptions): Promise<SmsProvider> {
  const ledger = await openSmsLedger(options.ledgerFile)
  const server = Fastify({ bodyLimit: maxBodyBytes, forceCloseConnections: true })
  server.addHook('onRequest', async (request, reply) => {
    if (!mayCall(request.headers.authorization, options.token))
      return await reply.code(401).send({ error: 'UNAUTHORIZED' })
  })
  const attempts = new Map<string, number>()
  const frequency = smsFrequency()
  server.post('/v1/messages', (request, reply) =>
    acceptMessages(options, { ledger, attempts, frequency }, request, reply),
  )
  server.get<{ Params: { requestId: string } }>('/v1/requests/:requestId', async (request, reply) => {
    const accepted = ledger.acceptedOf(request.params.requestId)
    return accepted === undefined ? await reply.code(404).send({ error: 'UNKNOWN_REQUEST' }) : { accepted }
  })
  server.get('/v1/ledger', () => readSmsTotals(options.ledgerFile))
  return { port: await listen(server, options), close: async () => await closeBoth(server, ledger) }
}

async function listen(server: FastifyInstance, { host, port }: SmsProviderOptions): Promise<number> {
  await server.ready()
  return await listenPatiently(server.server, { host, port })
}

async function closeBoth(server: FastifyInstance, ledger: SmsLedger): Promise<void> {
  await server.close()
  await ledger.close()
}

interface SmsCounter {
  readonly ledger: SmsLedger
  readonly attempts: Map<string, number>
  readonly frequency: SmsFrequency
}

async function acceptMessages(
  options: SmsProviderOptions,
  { ledger, attempts, frequency }: SmsCounter,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parsed = smsRequest.safeParse(request.body)
  if (!parsed.success)
    return await reply.code(400).send({ error: 'MALFORMED', fields: fieldsOf(parsed.error) })
  const { requestId, messages } = parsed.data
  const attempt = (attempts.get(requestId) ?? 0) + 1
  attempts.set(requestId, attempt)
  const luck = draw(options.seed, requestId, attempt)
  if (luck < options.busyShare)
    return await reply.code(503).header('retry-after', '1').send({ error: 'BUSY' })
  const before = ledger.acceptedOf(requestId)
  if (options.idempotent && before !== undefined)
    return await reply.code(202).send({ requestId, accepted: before })
  const { book = emptyCallBook, tellReceipts = async () => undefined, clock } = options
  if (book.rules('sms-frequency').length > 0) {
    const [place] = frequency.over(
      messages.map(({ phone }) => phone),
      clock.now(),
    )
    const ref = place === undefined ? undefined : messages[place]?.ref
    if (ref !== undefined) return await reply.code(400).send({ error: 'isv.BUSINESS_LIMIT_CONTROL', ref })
  }
  const refs = messages.map(({ ref }) => ref)
  const receipts = await receiptsOf(book, { requestId, refs, at: clock.now() })
  await ledger.accept(clock.now(), requestId, refs)
  await tellReceipts(receipts.early).catch(() => undefined)
  reply.raw.once('close', () => void tellReceipts(receipts.usual).catch(() => undefined))
  if (luck >= 1 - options.dropShare) {
    reply.hijack()
    request.raw.socket.destroy()
    return reply
  }
  return await reply.code(202).send({ requestId, accepted: messages.length })
}

/** Names the fields that are wrong, and never repeats what was in them. */
function fieldsOf(error: z.ZodError): string[] {
  return [...new Set(error.issues.map((issue) => issue.path.join('.')))].slice(0, 20)
}

function mayCall(header: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

/** A repeated call has luck of its own, so that a caller who tries again gets through in the end. */
function draw(seed: number, requestId: string, attempt: number): number {
  return createHash('sha256').update(`${seed}\n${requestId}\n${attempt}`).digest().readUIntBE(0, 6) / 2 ** 48
}
