/**
 * The framed file for banks that know SM4 and SM2 but no message syntax. It begins with lines of ASCII, each ended by
 * LF, and goes on with the ciphertext (SM4-CBC, PKCS#7 padding) to its end:
 *
 *     HUIDA-SM4-SM2 1
 *     size=<bytes of the plaintext, decimal>
 *     iv=<32 hex digits>
 *     key=<hex of the SM4 key under SM2, in the agreed arrangement>
 *     signature=<hex of the SM2 signature over the plaintext, in the agreed shape>
 *     <empty line>
 */
import { EnvelopeRefused } from '../envelope.ts'
import { SM4_BYTES } from './sm4.ts'

const MAGIC = 'HUIDA-SM4-SM2 1'
const LONGEST_HEAD_BYTES = 8192
const HEAD =
  /^size=(0|[1-9]\d{0,14})\niv=([0-9a-f]{32})\nkey=((?:[0-9a-f]{2})+)\nsignature=((?:[0-9a-f]{2})+)$/

/** What stands before the ciphertext. */
export interface FrameHead {
  readonly sizeBytes: number
  readonly iv: Buffer
  readonly wrappedKey: Buffer
  readonly signature: Buffer
}

/** Bytes of the head with its empty line. */
export function frameHead(head: FrameHead): Buffer {
  const lines = [
    MAGIC,
    `size=${head.sizeBytes}`,
    `iv=${head.iv.toString('hex')}`,
    `key=${head.wrappedKey.toString('hex')}`,
    `signature=${head.signature.toString('hex')}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n\n`, 'latin1')
}

/**
 * Reads the head of a framed file and gives it with the ciphertext, which throws EnvelopeRefused TRUNCATED or
 * TRAILING_BYTES unless it has the length that the head says. Throws NOT_ENCRYPTED, MALFORMED or TRUNCATED.
 */
export async function readFrame(
  sealed: AsyncIterable<Buffer>,
): Promise<{ head: FrameHead; ciphertext: AsyncGenerator<Buffer> }> {
  const chunks = sealed[Symbol.asyncIterator]()
  try {
    const { text, rest } = await readHeadText(chunks)
    const head = headOf(text)
    const wanted = head.sizeBytes - (head.sizeBytes % SM4_BYTES) + SM4_BYTES
    return { head, ciphertext: exactly(wanted, rest, chunks) }
  } catch (error) {
    await chunks.return?.()
    throw error
  }
}

async function readHeadText(chunks: AsyncIterator<Buffer>): Promise<{ text: string; rest: Buffer }> {
  let held = Buffer.alloc(0)
  for (;;) {
    const end = held.indexOf('\n\n')
    if (end >= 0 && end < LONGEST_HEAD_BYTES) {
      return { text: held.toString('latin1', 0, end), rest: held.subarray(end + 2) }
    }
    refuseOtherBeginning(held)
    if (held.length >= LONGEST_HEAD_BYTES) throw malformed('the head of the file has no end')
    const next = await chunks.next()
    if (next.done === true) throw new EnvelopeRefused('TRUNCATED', 'the file ends inside its head')
    held = Buffer.concat([held, next.value])
  }
}

/** Told as soon as a byte differs, so that a large file of another kind is not read for nothing. */
function refuseOtherBeginning(held: Buffer): void {
  const beginning = held.toString('latin1', 0, MAGIC.length + 1)
  if (!`${MAGIC}\n`.startsWith(beginning)) {
    throw new EnvelopeRefused('NOT_ENCRYPTED', 'the file is not framed as the agreement says')
  }
}

function headOf(text: string): FrameHead {
  refuseOtherBeginning(Buffer.from(`${text}\n`, 'latin1'))
  const [, size, iv, key, signature] = HEAD.exec(text.slice(MAGIC.length + 1)) ?? []
  if (size === undefined || iv === undefined || key === undefined || signature === undefined) {
    throw malformed('the head of the file is not as the frame wants it')
  }
  return {
    sizeBytes: Number(size),
    iv: Buffer.from(iv, 'hex'),
    wrappedKey: Buffer.from(key, 'hex'),
    signature: Buffer.from(signature, 'hex'),
  }
}

async function* exactly(
  wantedBytes: number,
  first: Buffer,
  chunks: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  let leftBytes = wantedBytes
  try {
    for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = await nextOf(chunks)) {
      leftBytes -= chunk.length
      if (leftBytes < 0) throw new EnvelopeRefused('TRAILING_BYTES', 'bytes follow the end of the file')
      if (chunk.length > 0) yield chunk
    }
  } finally {
    await chunks.return?.()
  }
  if (leftBytes > 0) throw new EnvelopeRefused('TRUNCATED', 'the file ends before its ciphertext does')
}

async function nextOf(chunks: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  const next = await chunks.next()
  return next.done === true ? undefined : next.value
}

function malformed(message: string): EnvelopeRefused {
  return new EnvelopeRefused('MALFORMED', message)
}
