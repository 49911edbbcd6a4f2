/**
 * Settings of the listener that both servers share: trace ids, limits of headers, and problem+json even for requests
 * that are not HTTP at all.
 */
import { randomBytes } from 'node:crypto'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { codeOf } from '../../gateway/faults.ts'
import { ApiProblem } from './api-problem.ts'
import { jsonText } from './json-text.ts'
import { answerProblem, problemBody, type TellFailure } from './problem-answer.ts'
import { type ProblemCode, problemOf } from './problems.ts'

const maxHeaderBytes = 16 * 1024

const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/

/** The trace id of a request: the caller's own where it sends a W3C `traceparent`, else a new one. */
export function traceIdOf(raw: IncomingMessage): string {
  const header = raw.headers['traceparent']
  return (typeof header === 'string' ? traceparent.exec(header)?.[1] : undefined) ?? newTraceId()
}

const newTraceId = (): string => randomBytes(16).toString('hex')

/** Options for a fastify server of ours. */
export const connectionSettings = (tell: TellFailure | undefined) => ({
  logger: false,
  http: { maxHeaderSize: maxHeaderBytes, headersTimeout: 15_000 },
  requestIdHeader: false as const,
  genReqId: traceIdOf,
  clientErrorHandler: answerBrokenRequest,
  frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    answerProblem(request, reply, error, tell)
  },
})

const brokenCodes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** Answers bytes that never became a request. */
function answerBrokenRequest(error: Error, socket: Socket): void {
  const reason = codeOf(error) ?? ''
  if (reason === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code = brokenCodes[reason] ?? 'REQUEST_MALFORMED'
  const { status } = problemOf(code)
  const body = Buffer.from(jsonText(problemBody(new ApiProblem(code), newTraceId())))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
}
