/**
 * Turns whatever was thrown into a problem+json answer (RFC 9457, S37): the code, both titles and a trace id go out;
 * stacks, SQL, paths and people's data stay inside. What is our own failure is handed to the log with the same id.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { asFault } from '../../gateway/faults.ts'
import { ApiProblem } from './api-problem.ts'
import { jsonText } from './json-text.ts'
import { type ProblemCode, problemOf, problemType } from './problems.ts'

/** A failure of ours, for the log: never for a client. */
export interface Failure {
  readonly traceId: string
  readonly code: ProblemCode
  readonly route: string
  readonly error: unknown
}

/** Where failures are told. */
export type TellFailure = (failure: Failure) => void

const byStatus: Readonly<Record<number, ProblemCode>> = {
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNKNOWN',
  431: 'HEADERS_TOO_LARGE',
}

/** The problem that an error stands for; faults and bugs keep their code and nothing else. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const status = frameworkStatus(error)
  if (status !== undefined) return new ApiProblem(byStatus[status] ?? 'REQUEST_MALFORMED')
  return new ApiProblem(asFault(error).code)
}

/** The 4xx that the web framework itself gave an error; undefined for anything else. */
function frameworkStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return undefined
  const { statusCode, code } = error
  const known = typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
  return known && statusCode >= 400 && statusCode < 500 ? statusCode : undefined
}

/** The members of an answer, as they stand in its JSON. */
export function problemBody({ code, facts }: ApiProblem, traceId: string): Record<string, unknown> {
  const { status, title, titleZh } = problemOf(code)
  return {
    type: problemType(code),
    title,
    title_zh: titleZh,
    status,
    detail: facts.detail ?? title,
    code,
    instance: `urn:huida:trace:${traceId}`,
    traceId,
    errors: facts.errors ?? [],
    ...facts.members,
  }
}

/** Answers with the problem that `error` stands for, and tells failures of ours. */
export function answerProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  tell: TellFailure | undefined,
): FastifyReply {
  const problem = asProblem(error)
  const { status, retryAfterSeconds } = problemOf(problem.code)
  if (status >= 500) {
    tell?.({ traceId: request.id, code: problem.code, route: request.routeOptions.url ?? '', error })
  }
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  // The framework would cut the connection while a body is on its way, and the client might never read the answer.
  reply.removeHeader('connection')
  return reply
    .code(status)
    .headers({ ...problem.facts.headers })
    .type('application/problem+json')
    .send(jsonText(problemBody(problem, request.id)))
}
