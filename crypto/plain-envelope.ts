/**
 * The envelope of agreements that have none: bytes pass as they are, and what arrives is still held back until
 * it was received whole. It proves nothing about who sent it.
 */
import { tmpdir } from 'node:os'
import { type Envelope, EnvelopeRefused } from './envelope.ts'
import { spoolToScratch } from './scratch-file.ts'

const MOST_CONTENT_BYTES = 4 * 1024 ** 3

/** Where to hold content until it is whole (default: the system's folder) and how much of it (default 4 GiB). */
export interface PlainAgreement {
  readonly scratchFolder?: string
  readonly maxContentBytes?: number
}

/** Scheme `none`; `open` throws EnvelopeRefused EMPTY_CONTENT or TOO_LARGE and nothing else of its own. */
export function plainEnvelope(agreement: PlainAgreement = {}): Envelope {
  const maxContentBytes = agreement.maxContentBytes ?? MOST_CONTENT_BYTES
  return {
    scheme: 'none',
    seal: (content) => bounded(content(), maxContentBytes),
    open: (sealed) => spoolToScratch(bounded(sealed, maxContentBytes), agreement.scratchFolder ?? tmpdir()),
  }
}

async function* bounded(chunks: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let sizeBytes = 0
  for await (const chunk of chunks) {
    sizeBytes += chunk.length
    if (sizeBytes > mostBytes)
      throw new EnvelopeRefused('TOO_LARGE', `the content is larger than ${mostBytes} bytes`)
    yield chunk
  }
  if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'there is no content')
}
