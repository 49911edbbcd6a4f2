/** Wrappings of content: bytes come back as they went, whatever the chunks; bombs, cuts and garbage are refused. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { EnvelopeRefused } from '../../crypto/envelope.ts'
import { unwrapped, type Wrapping, wrapped } from '../../crypto/wrapped-envelope.ts'
import { bytesOf, inPieces } from './cms/parties.ts'

const lines = Buffer.from('6222000000000000|王某|1200.00\n'.repeat(800))
const contents: readonly (readonly [string, Buffer])[] = [
  ['lines', lines],
  ['one byte', Buffer.of(0)],
  ['two bytes', Buffer.of(255, 0)],
  ['noise', randomBytes(20_003)],
]
const wrappings: readonly Wrapping[] = ['gzip', 'zlib', 'base64']

const most = 1024 * 1024
const opened = (wrapping: Wrapping, bytes: Buffer, pieceBytes = 777, mostBytes = most): Promise<Buffer> =>
  bytesOf(unwrapped(wrapping, inPieces(bytes, pieceBytes), mostBytes))

async function refusal(wrapping: Wrapping, bytes: Buffer, pieceBytes = 777, mostBytes = most) {
  try {
    await opened(wrapping, bytes, pieceBytes, mostBytes)
    return 'opened'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

describe.each(wrappings)('%s', (wrapping) => {
  it.each(contents)('gives back %s in pieces of any size', async (_title, content) => {
    for (const pieceBytes of [1, 3, 64, 65, 4096, content.length]) {
      const sealed = await bytesOf(wrapped(wrapping, inPieces(content, Math.max(pieceBytes, 3))))
      expect((await opened(wrapping, sealed, pieceBytes)).equals(content)).toBe(true)
    }
  })

  it('refuses a message that is cut, wherever', async () => {
    const sealed = await bytesOf(wrapped(wrapping, inPieces(randomBytes(302), 302)))
    const whole = sealed.at(-1) === 0x0a ? sealed.subarray(0, -1) : sealed
    // Base64 that is cut between two groups looks whole; what is inside tells.
    const isWhole = (cut: number): boolean =>
      wrapping === 'base64' && whole.toString('latin1', 0, cut).replaceAll('\n', '').length % 4 === 0
    for (let cut = 1; cut < whole.length; cut += 7)
      expect(await refusal(wrapping, whole.subarray(0, cut))).toBe(isWhole(cut) ? 'opened' : 'TRUNCATED')
    expect(await refusal(wrapping, whole.subarray(0, -1))).toBe('TRUNCATED')
  })

  it('refuses what follows the end', async () => {
    const sealed = await bytesOf(wrapped(wrapping, inPieces(Buffer.from('content!'), 8)))
    // Behind a gzip file the next one may begin, so other bytes there are a damaged file.
    const code = wrapping === 'gzip' ? 'MALFORMED' : 'TRAILING_BYTES'
    expect(await refusal(wrapping, Buffer.concat([sealed, Buffer.from('QUJD')]))).toBe(code)
  })

  it('refuses garbage', async () => {
    expect(await refusal(wrapping, Buffer.from('这不是约定的格式，长长长长长长长'))).toBe('MALFORMED')
  })
})

describe('compression', () => {
  it('refuses what grows above the limit or beyond all proportion', async () => {
    expect(await refusal('gzip', gzipSync(lines), 777, 1000)).toBe('TOO_LARGE')
    const zeros = Buffer.alloc(64 * 1024 * 1024)
    expect(await refusal('gzip', gzipSync(zeros), 65536, 1e9)).toBe('TOO_LARGE')
    expect(await refusal('zlib', deflateSync(zeros), 65536, 1e9)).toBe('TOO_LARGE')
  })

  it('is TRUNCATED when nothing came at all, and MALFORMED when a byte inside was altered', async () => {
    expect(await refusal('gzip', Buffer.alloc(0))).toBe('TRUNCATED')
    const altered = Buffer.from(gzipSync(lines))
    altered.writeUInt8(altered.readUInt8(altered.length - 6) ^ 1, altered.length - 6)
    expect(await refusal('gzip', altered)).toBe('MALFORMED')
  })

  it('is what other programs read and write', async () => {
    expect(gunzipSync(await bytesOf(wrapped('gzip', inPieces(lines, 999)))).equals(lines)).toBe(true)
    expect(inflateSync(await bytesOf(wrapped('zlib', inPieces(lines, 999)))).equals(lines)).toBe(true)
    expect(
      execFileSync('gzip', ['-dc'], { input: await bytesOf(wrapped('gzip', inPieces(lines, 999))) }),
    ).toEqual(lines)
    expect(await opened('gzip', execFileSync('gzip', ['-9c'], { input: lines }))).toEqual(lines)
  })
})

describe('Base64', () => {
  it('comes in lines of 64 letters and is read in any lines', async () => {
    const text = (await bytesOf(wrapped('base64', inPieces(lines, 1000)))).toString('latin1')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBe(64)
    expect(await opened('base64', Buffer.from(lines.toString('base64')))).toEqual(lines)
    expect(await opened('base64', Buffer.from(text.replaceAll('\n', '\r\n')))).toEqual(lines)
  })

  it.each([
    ['padding in the middle', 'QQ==QUJD', 'TRAILING_BYTES'],
    ['padding too early', 'Q===', 'MALFORMED'],
    ['padding alone', '====', 'MALFORMED'],
    ['bits left over', 'QR==', 'MALFORMED'],
    ['letters of another alphabet', 'QU-_', 'MALFORMED'],
    ['a group that is not whole', 'QUJ', 'TRUNCATED'],
    ['padding that is cut', 'QQ=', 'TRUNCATED'],
  ])('refuses %s', async (_title, text, code) => {
    for (const pieceBytes of [1, 2, 3, text.length])
      expect(await refusal('base64', Buffer.from(text), pieceBytes)).toBe(code)
  })
})
