/**
 * One route as data: where it is, what it takes, what it answers. The server, the checks and the OpenAPI document are
 * made of the same record, so they cannot drift apart. What a route did not declare never leaves it (S07).
 */
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { isKey } from '../../gateway/intake/seal-batch.ts'
import type { ApiNeeds } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import type { ProblemCode } from './problems.ts'
import { parseRequest } from './request-check.ts'

/** A call as it came, by a client that is known. */
export interface RawCall {
  readonly client: string
  readonly params: unknown
  readonly query: unknown
  /** Parsed JSON; undefined for calls without a body and for uploads. */
  readonly body: unknown
  readonly idempotencyKey: string | undefined
  readonly raw: IncomingMessage
}

/** A call whose parts have their declared shapes. */
export interface Call<Params, Query, Body> {
  readonly client: string
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly idempotencyKey: string | undefined
  readonly raw: IncomingMessage
}

/** An answer and the shape that it must have. */
export interface Answer {
  readonly status: number
  readonly schema: z.ZodType
  readonly body: unknown
}

/** Makes an answer; `body` is what the schema takes in, such as bigints and dates. */
export const answer = <Schema extends z.ZodType>(
  status: number,
  schema: Schema,
  body: z.input<Schema>,
): Answer => ({
  status,
  schema,
  body,
})

/** What everybody may read of a route. */
export interface RouteShape {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** With parameters in braces: `/v1/batches/{batchNo}`. */
  readonly path: string
  readonly operation: string
  readonly summary: { readonly zh: string; readonly en: string }
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  /** Shape of a JSON body for the document; `upload` stands for a stream of lines. */
  readonly body?: z.ZodType | 'upload'
  /** Where the body is larger than JSON bodies usually are. */
  readonly large?: boolean
  readonly key?: 'required' | 'optional'
  /** Shape of each successful answer by its status. */
  readonly answers: Readonly<Record<number, z.ZodType>>
  /** Problems of its own, beside those that every route can answer. */
  readonly problems: readonly ProblemCode[]
}

/** A route that can be called. */
export interface Route extends RouteShape {
  run(needs: ApiNeeds, call: RawCall): Promise<Answer>
}

/** A route with what it does; the shapes of its parameters, query and JSON body are checked before it is called. */
export interface Definition<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>
  extends RouteShape {
  readonly params: Params
  readonly query: Query
  /** `z.unknown()` where the stage behind checks the body itself. */
  readonly checked: Body
  handle(needs: ApiNeeds, call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<Answer>
}

/** Makes a route of its definition. What it runs throws ApiProblem for calls that do not have their shape. */
export function defineRoute<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Params, Query, Body>,
): Route {
  const { handle, checked, ...shape } = definition
  return {
    ...shape,
    async run(needs, call) {
      requireKey(shape, call.idempotencyKey)
      const made = await handle(needs, {
        ...call,
        params: parseRequest(shape.params, call.params, 'path'),
        query: parseRequest(shape.query, call.query, 'query'),
        body: parseRequest(checked, call.body, 'body'),
      })
      if (shape.answers[made.status] !== made.schema)
        throw new Error('a route answered what it never declared')
      return { ...made, body: made.schema.parse(made.body) }
    },
  }
}

function requireKey({ key }: RouteShape, given: string | undefined): void {
  if (key === 'required' && given === undefined) throw new ApiProblem('IDEMPOTENCY_KEY_MISSING')
  if (key && given !== undefined && !isKey(given)) throw new ApiProblem('IDEMPOTENCY_KEY_INVALID')
}

/** The path of a route as the web framework writes it. */
export const fastifyPath = ({ path }: RouteShape): string => path.replaceAll(/\{(\w+)\}/g, ':$1')
