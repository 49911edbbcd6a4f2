/**
 * The finance platform's side of the API, as the demo plays it. Where lines and servers break it is a good client: it
 * repeats a call that got no answer with the same key and the same bytes, and goes on where it was.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Money } from '../../formats/values/money.ts'
import { toJson } from '../cli/output.ts'
import { persevering } from './persevering-call.ts'

const standing = z.object({ count: z.number(), amountFen: z.number() })
const positionSchema = z.object({
  state: z.string(),
  position: z.object({
    banks: z.array(
      z.object({ bank: z.string(), accepted: standing, states: z.record(z.string(), standing) }),
    ),
    total: z.object({ accepted: standing, states: z.record(z.string(), standing) }),
  }),
})

/** A batch's position as the API shows it. */
export type BatchPosition = z.infer<typeof positionSchema>

const reason = z.object({ code: z.string(), class: z.string(), bankCode: z.string(), bankText: z.string() })
const outcomesSchema = z.object({
  outcomes: z.array(
    z.object({
      instructionId: z.string(),
      bank: z.string(),
      outcome: z.string(),
      amountFen: z.number(),
      reason,
    }),
  ),
  next: z.string(),
  more: z.boolean(),
})

/** One outcome of the feed. */
export type FeedOutcome = z.infer<typeof outcomesSchema>['outcomes'][number]

const correctionsSchema = z.object({
  items: z.array(z.object({ instructionId: z.string(), wanted: z.string(), reason })),
  next: z.string(),
  more: z.boolean(),
})

/** A correction that the gateway asks for. */
export type AskedCorrection = z.infer<typeof correctionsSchema>['items'][number]

const returnsSchema = z.object({
  items: z.array(z.object({ instructionId: z.string() })),
  next: z.string(),
  more: z.boolean(),
})
const treasurySchema = z.object({ done: z.array(z.string()), refused: z.array(z.unknown()) })

/** A batch as the platform hands it in. */
export interface HandIn {
  readonly header: Readonly<Record<string, unknown>> & { readonly batchNo: string }
  readonly chunks: Iterable<Buffer>
  readonly seal: { readonly count: number; readonly amountFen: Money; readonly sha256: string }
}

/** The calls that the demo makes. */
export interface PlatformClient {
  handIn(batch: HandIn): Promise<void>
  position(batchNo: string): Promise<BatchPosition>
  outcomes(after: string): AsyncGenerator<{ outcomes: readonly FeedOutcome[]; next: string }>
  openCorrections(): Promise<AskedCorrection[]>
  pendingReturns(): Promise<string[]>
  returnToTreasury(instructionIds: readonly string[], reason: string): Promise<number>
  confirmReturns(instructionIds: readonly string[], voucherNo: string, voucherDate: string): Promise<number>
  close(): Promise<void>
}

/**
 * Makes a client with its own connections. With `patienceMs` above 0 a call without an answer, or with one that says to
 * come again, is repeated for so long, and each chunk of a batch is a part of its own, so that a broken line costs no
 * more than that. Throws on any other answer that is not a success, with the problem's text.
 */
export function platformClient(apiUrl: string, token: string, patienceMs = 0): PlatformClient {
  const line = openLine(apiUrl, token, patienceMs)
  const treasury = async (
    path: string,
    act: string,
    ids: readonly string[],
    facts: object,
  ): Promise<number> => {
    let done = 0
    for (let at = 0; at < ids.length; at += idsAtOnce) {
      const part = ids.slice(at, at + idsAtOnce)
      const key = { 'idempotency-key': `${act}-${part[0]}-${part.length}` }
      done += treasurySchema.parse(await line.call('POST', path, { instructionIds: part, ...facts }, key))
        .done.length
    }
    return done
  }
  return {
    handIn: (batch) => handIn(line, batch, patienceMs > 0),
    position: async (batchNo) =>
      positionSchema.parse(await line.call('GET', `/v1/batches/${encodeURIComponent(batchNo)}`)),
    outcomes: (after) => outcomes(line, after),
    openCorrections: () => pages(line, '/v1/corrections?state=open', correctionsSchema),
    pendingReturns: async () =>
      (await pages(line, '/v1/treasury-returns?state=pending', returnsSchema)).map(
        (item) => item.instructionId,
      ),
    returnToTreasury: (ids, reason) =>
      treasury('/v1/treasury-returns', 'return', ids, { by: '县财政局 国库岗', reason }),
    confirmReturns: (ids, voucherNo, voucherDate) =>
      treasury('/v1/treasury-returns/confirmations', 'confirm', ids, {
        voucherNo,
        voucherDate,
        by: '县财政局 国库中心',
      }),
    close: () => line.close(),
  }
}

const idsAtOnce = 500

interface Line {
  call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>
  close(): Promise<void>
}

/** A call waits long: sealing a batch of millions answers only when it is accepted. */
const longestAnswerMs = 900_000

function openLine(apiUrl: string, token: string, patienceMs: number): Line {
  const agent = new Agent({ headersTimeout: longestAnswerMs, bodyTimeout: longestAnswerMs })
  return {
    call: (method, path, body, headers = {}) =>
      persevering(patienceMs, `${method} ${path}`, async () => {
        const json = body === undefined || isBytes(body) ? {} : { 'content-type': 'application/json' }
        const answer = await request(new URL(path, apiUrl), {
          method,
          dispatcher: agent,
          headers: { authorization: `Bearer ${token}`, ...json, ...headers },
          body: bytesOf(body),
        })
        const text = await answer.body.text()
        return { status: answer.statusCode, text, retryAfter: answer.headers['retry-after'] }
      }),
    close: () => agent.close(),
  }
}

async function handIn(line: Line, { header, chunks, seal }: HandIn, inParts: boolean): Promise<void> {
  const path = `/v1/batches/${encodeURIComponent(header.batchNo)}`
  await line.call('POST', '/v1/batches', header, { 'idempotency-key': `open-${header.batchNo}` })
  const ndjson = { 'content-type': 'application/x-ndjson' }
  const digests: string[] = []
  for (const body of inParts ? chunks : [toAsync(chunks)]) {
    await line.call('PUT', `${path}/instructions?part=${digests.length + 1}`, body, ndjson)
    digests.push(Buffer.isBuffer(body) ? sha256(body) : seal.sha256)
  }
  // Several parts are sealed under the digest of their digests.
  const sealed = digests.length > 1 ? { ...seal, sha256: sha256(digests.join('')) } : seal
  await line.call('POST', `${path}/seal`, sealed, { 'idempotency-key': `seal-${header.batchNo}` })
}

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

async function* outcomes(
  line: Line,
  after: string,
): AsyncGenerator<{ outcomes: readonly FeedOutcome[]; next: string }> {
  for (let cursor = after; ; ) {
    const path = `/v1/outcomes?limit=1000${cursor === '' ? '' : `&after=${cursor}`}`
    const page = outcomesSchema.parse(await line.call('GET', path))
    yield page
    if (!page.more) return
    cursor = page.next
  }
}

async function pages<Item>(
  line: Line,
  path: string,
  schema: z.ZodType<{ items: Item[]; next: string; more: boolean }>,
): Promise<Item[]> {
  const items: Item[] = []
  for (let after = ''; ; ) {
    const page = schema.parse(
      await line.call('GET', `${path}&limit=1000${after === '' ? '' : `&after=${after}`}`),
    )
    items.push(...page.items)
    if (!page.more) return items
    after = page.next
  }
}

type Bytes = Buffer | AsyncGenerator<Buffer>

const isBytes = (body: unknown): body is Bytes =>
  Buffer.isBuffer(body) || (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)

function bytesOf(body: unknown): Buffer | Readable | string | null {
  if (body === undefined) return null
  if (!isBytes(body)) return toJson(body)
  return Buffer.isBuffer(body) ? body : Readable.from(body)
}

async function* toAsync(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}
