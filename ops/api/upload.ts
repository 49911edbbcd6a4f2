/** Uploads: what kind of lines come, how they are packed, and how many may come from one client at a time (S13). */
import type { IncomingMessage } from 'node:http'
import type { Db } from '../../gateway/store/pool.ts'
import { type ApiNeeds, defaultLimits } from './api-needs.ts'
import { ApiProblem } from './api-problem.ts'
import { receiving } from './body-stream.ts'

/** A body on its way; `close` gives its place to the client's next upload. */
export interface Upload {
  readonly body: AsyncIterable<Buffer>
  readonly format: 'ndjson' | 'csv'
  readonly encoding: 'identity' | 'gzip'
  close(): void
}

/** Media types of uploads with the lines that they stand for. */
export const uploadTypes = { 'application/x-ndjson': 'ndjson', 'text/csv': 'csv' } as const

/** Opens the body of a request. Throws MEDIA_TYPE_UNKNOWN, ENCODING_UNKNOWN and TOO_MANY_UPLOADS. */
export function openUpload(needs: ApiNeeds, client: string, raw: IncomingMessage): Upload {
  const format = formatOf(raw.headers['content-type'] ?? '')
  const encoding = encodingOf(raw.headers['content-encoding'] ?? 'identity')
  const { uploadsPerClient, uploadIdleMs } = { ...defaultLimits, ...needs.limits }
  const places = placesOf(needs.db)
  const taken = places.get(client) ?? 0
  if (taken >= uploadsPerClient) throw new ApiProblem('TOO_MANY_UPLOADS', { members: { uploadsPerClient } })
  places.set(client, taken + 1)
  return {
    body: receiving(raw, { idleMs: uploadIdleMs }),
    format,
    encoding,
    close: () => void places.set(client, (places.get(client) ?? 1) - 1),
  }
}

/** Uploads under way by client, for each ledger that this process serves. */
const uploads = new WeakMap<Db, Map<string, number>>()

function placesOf(db: Db): Map<string, number> {
  const places = uploads.get(db) ?? new Map<string, number>()
  uploads.set(db, places)
  return places
}

function formatOf(contentType: string): 'ndjson' | 'csv' {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  const foreign = charset !== undefined && charset.replaceAll('"', '') !== 'utf-8'
  if (foreign || (type !== 'application/x-ndjson' && type !== 'text/csv'))
    throw new ApiProblem('MEDIA_TYPE_UNKNOWN')
  return uploadTypes[type]
}

function encodingOf(encoding: string): 'identity' | 'gzip' {
  const named = encoding.trim().toLowerCase()
  if (named === 'identity' || named === 'gzip') return named
  throw new ApiProblem('ENCODING_UNKNOWN', { headers: { 'accept-encoding': 'gzip, identity' } })
}
