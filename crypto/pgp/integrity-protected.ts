/**
 * Decrypts the content of a packet of type 18, version 1 (RFC 9580 section 5.13.1): AES in CFB mode, closed by a
 * SHA-1 over the whole plaintext. Nothing that is yielded may be trusted before the stream ended without an error.
 */
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { EnvelopeRefused } from '../envelope.ts'
import { byteReader, isAtEnd, peek, take, takeSome } from './byte-reader.ts'
import type { SessionKey } from './session-key.ts'

const BLOCK_BYTES = 16
/** A random block, of which the last two bytes come again. */
const PREFIX_BYTES = BLOCK_BYTES + 2
const DIGEST_BYTES = 20
/** Header of the closing packet, type 19, with its length. */
const CLOSING_HEADER = Buffer.of(0xd3, DIGEST_BYTES)
const CLOSING_BYTES = CLOSING_HEADER.length + DIGEST_BYTES
const CHUNK_BYTES = 1024 * 1024

const CIPHERS = { aes128: 'aes-128-cfb', aes192: 'aes-192-cfb', aes256: 'aes-256-cfb' } as const

/** Yields the packets inside; throws EnvelopeRefused UNDECRYPTABLE at the end when anything was altered. */
export async function* integrityChecked(
  ciphertext: AsyncIterable<Buffer>,
  { algorithm, key }: SessionKey,
): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv(CIPHERS[algorithm], key, Buffer.alloc(BLOCK_BYTES))
  const digest = createHash('sha1')
  const reader = byteReader(mapped(ciphertext, (chunk) => decipher.update(chunk)))
  digest.update(await take(reader, PREFIX_BYTES))
  for (;;) {
    const ready = (await peek(reader, CHUNK_BYTES + CLOSING_BYTES)).length - CLOSING_BYTES
    if (ready <= 0) break
    const chunk = await takeSome(reader, ready)
    digest.update(chunk)
    yield chunk
  }
  const header = await take(reader, CLOSING_HEADER.length)
  digest.update(header)
  const closing = await take(reader, DIGEST_BYTES)
  const intact = header.equals(CLOSING_HEADER) && timingSafeEqual(digest.digest(), closing)
  if (!intact || !(await isAtEnd(reader))) {
    throw new EnvelopeRefused(
      'UNDECRYPTABLE',
      'the content does not decrypt: it was altered or its key is wrong',
    )
  }
}

async function* mapped(
  chunks: AsyncIterable<Buffer>,
  change: (chunk: Buffer) => Buffer,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield change(chunk)
}
