/**
 * Reads JSON bodies: UTF-8 only, within a size and a time, and with whole numbers only, since JSON.parse would round
 * what it cannot hold. Each flaw has a problem code of its own.
 */
import type { IncomingMessage } from 'node:http'
import { parseIntegerJson } from '../../gateway/intake/integer-json.ts'
import { ApiProblem } from './api-problem.ts'
import { receiving } from './body-stream.ts'

/** How large a body may be in bytes, and how long it may take in all in milliseconds. */
export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
}

/** Reads and parses a body. Throws BODY_TOO_LARGE, REQUEST_TIMEOUT, JSON_MALFORMED, NUMBER_NOT_INTEGER, ENCODING_UNKNOWN. */
export async function readJsonBody(raw: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  if ((raw.headers['content-encoding'] ?? 'identity') !== 'identity') throw new ApiProblem('ENCODING_UNKNOWN')
  if (Number(raw.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits)
  const result = parseIntegerJson(decode(await readAll(raw, limits)))
  if (result.kind === 'refused') throw new ApiProblem(result.code)
  return result.value
}

async function readAll(raw: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of receiving(raw, { wholeMs: limits.timeoutMs })) {
    sizeBytes += chunk.length
    if (sizeBytes > limits.maxBytes) throw tooLarge(limits)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = ({ maxBytes }: BodyLimits): ApiProblem =>
  new ApiProblem('BODY_TOO_LARGE', { members: { maxBytes } })

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ApiProblem('JSON_MALFORMED')
  }
}
