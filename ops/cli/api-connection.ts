/**
 * Calls of the HTTP API with deadlines of our own. Calls are idempotent, so one whose answer was lost is made again a
 * few times; an upload is not, since its stream is used up. The token comes from a file and appears in no message.
 */

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { z } from 'zod'
import { KeyRefused, readSecretFile } from '../../crypto/secret-file.ts'
import { type ProblemAnswer, problemAnswer } from './api-answers.ts'
import { exitOf, problemText } from './api-problem-text.ts'
import { CommandEnd, exit } from './output.ts'

const connectMs = 10_000
const tries = 4
/** Longest wait between an upload's last byte and its answer: the lines are being checked and loaded. */
const loadMs = 30 * 60_000

/** Where the API is and who calls. */
export interface ApiFlags {
  readonly url: string
  readonly tokenFile?: string
}

/** A JSON call. `deadlineMs` is for each try, 30 s unless told. */
export interface ApiCall {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** JSON text. */
  readonly body?: string
  readonly idempotencyKey?: string
  readonly deadlineMs?: number
}

/** A streamed body of known size. */
export interface ApiUpload {
  readonly path: string
  readonly contentType: string
  readonly contentEncoding: 'identity' | 'gzip'
  readonly sizeBytes: number
  readonly body: AsyncIterable<Buffer>
}

/** The API refused or failed; `problem` is its answer. */
export class ApiRefusal extends CommandEnd {
  readonly problem: ProblemAnswer

  constructor(problem: ProblemAnswer) {
    super(exitOf(problem), problemText(problem))
    this.problem = problem
  }
}

/** No answer came: it is not known whether the last call was heard. */
export class ApiSilent extends CommandEnd {
  constructor(url: string, cause: unknown) {
    const reason = cause instanceof Error ? causeOf(cause) : String(cause)
    super(exit.fault, `连不上服务 / No answer from ${url}: ${reason}`)
  }
}

const causeOf = (error: Error): string =>
  'code' in error && error.message === '' ? String(error.code) : error.message

/** A connection to the API. */
export class ApiConnection {
  readonly #url: string
  readonly #token: string
  readonly #agent = new Agent({
    connect: { timeout: connectMs },
    headersTimeout: loadMs,
    bodyTimeout: 60_000,
  })

  constructor(flags: ApiFlags) {
    this.#url = flags.url.replace(/\/+$/, '')
    this.#token = readToken(flags.tokenFile)
  }

  /** Makes a call and reads its answer. Throws ApiRefusal, ApiSilent, or CommandEnd for what is no answer of ours. */
  async call<Schema extends z.ZodType>(schema: Schema, call: ApiCall): Promise<z.output<Schema>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(schema, call)
      } catch (error) {
        if (attempt === tries || !isPassing(error)) throw error
        await sleep(250 * 2 ** attempt)
      }
    }
  }

  /** Sends a body as it comes and reads the answer. Throws as `call` does. */
  async upload<Schema extends z.ZodType>(schema: Schema, upload: ApiUpload): Promise<z.output<Schema>> {
    const headers = {
      ...this.#headers(),
      'content-type': upload.contentType,
      'content-length': String(upload.sizeBytes),
      ...(upload.contentEncoding === 'gzip' && { 'content-encoding': 'gzip' }),
    }
    const body = Readable.from(upload.body, { objectMode: false })
    return this.#read(schema, upload.path, { method: 'PUT', headers, body })
  }

  /** Hangs up. */
  close(): Promise<void> {
    return this.#agent.close()
  }

  #once<Schema extends z.ZodType>(schema: Schema, call: ApiCall): Promise<z.output<Schema>> {
    const { method, path, body, idempotencyKey, deadlineMs = 30_000 } = call
    const headers = {
      ...this.#headers(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    }
    const signal = AbortSignal.timeout(deadlineMs)
    return this.#read(schema, path, { method, headers, body: body ?? null, signal })
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}`, accept: 'application/json, application/problem+json' }
  }

  async #read<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    options: Pick<Dispatcher.RequestOptions, 'method' | 'body'> & {
      headers: Record<string, string>
      signal?: AbortSignal
    },
  ): Promise<z.output<Schema>> {
    const { status, text } = await this.#exchange(path, options)
    const body = parsed(text)
    if (status >= 400) {
      const problem = problemAnswer.safeParse(body)
      throw problem.success ? new ApiRefusal(problem.data) : this.#notOurs(status)
    }
    const answer = schema.safeParse(body)
    if (!answer.success) throw this.#notOurs(status)
    return answer.data
  }

  async #exchange(
    path: string,
    options: Parameters<typeof request>[1],
  ): Promise<{ status: number; text: string }> {
    try {
      const { statusCode, body } = await request(`${this.#url}${path}`, {
        ...options,
        dispatcher: this.#agent,
      })
      return { status: statusCode, text: await body.text() }
    } catch (error) {
      // What our own stream threw is no silence of the service.
      throw error instanceof CommandEnd ? error : new ApiSilent(this.#url, error)
    }
  }

  #notOurs(status: number): CommandEnd {
    return new CommandEnd(
      exit.fault,
      `应答不是惠达接口的 / What answers at ${this.#url} is no Huida API of this version (HTTP ${status}).`,
    )
  }
}

/** Worth another try: no answer, or one that says so. */
const isPassing = (error: unknown): boolean =>
  error instanceof ApiSilent ||
  (error instanceof ApiRefusal &&
    (error.problem.status === 429 || error.problem.status === 503 || error.problem.code === 'COMMIT_UNKNOWN'))

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readToken(path: string | undefined): string {
  if (path === undefined)
    throw new CommandEnd(
      exit.usage,
      '缺少令牌文件 / No token: name its file with --token-file or HUIDA_TOKEN_FILE.',
    )
  try {
    const token = readSecretFile(path).toString('utf8').trim()
    if (/^[\x21-\x7e]{16,512}$/.test(token)) return token
  } catch (error) {
    if (error instanceof KeyRefused) throw new CommandEnd(exit.usage, error.message)
    throw error
  }
  throw new CommandEnd(exit.usage, `${path} 不是令牌文件 / ${path} holds no token of one line.`)
}
