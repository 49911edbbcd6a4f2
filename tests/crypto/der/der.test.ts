import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  berStream,
  enter,
  expectEnd,
  leave,
  octetsFrom,
  readStructure,
} from '../../../crypto/der/ber-stream.ts'
import { BadEncoding, oidOf, readElement, smallIntegerOf, timeOf } from '../../../crypto/der/der-reader.ts'
import {
  der,
  derHeader,
  derOctets,
  derOid,
  derSequence,
  derSetOf,
  derSmallInteger,
  derTime,
  derUnsigned,
  TAG,
} from '../../../crypto/der/der-writer.ts'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { bytesOf, inPieces } from '../cms/parties.ts'

describe('DER', () => {
  it('keeps numbers, identifiers and times', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), (number, arcs) => {
        expect(smallIntegerOf(readElement(derSmallInteger(number)))).toBe(number)
        const dotted = ['1.2', ...arcs].join('.')
        expect(oidOf(readElement(derOid(dotted)))).toBe(dotted)
      }),
    )
    for (const text of ['1950-01-01T00:00:00.000Z', '2049-12-31T23:59:59.000Z', '2050-01-01T00:00:00.000Z']) {
      expect(timeOf(readElement(derTime(new Date(text)))).toISOString()).toBe(text)
    }
  })

  it('writes the shortest lengths, also beyond what 32 bits hold', () => {
    expect(derHeader(0x04, 127).toString('hex')).toBe('047f')
    expect(derHeader(0x04, 128).toString('hex')).toBe('048180')
    expect(derHeader(0x04, 65_536).toString('hex')).toBe('0483010000')
    expect(derHeader(0x04, 5_000_000_000).toString('hex')).toBe('0485012a05f200')
  })

  it('writes numbers without surplus octets and never as negative ones', () => {
    expect(derUnsigned(Buffer.of(0, 0, 0x80)).toString('hex')).toBe('02020080')
    expect(derUnsigned(Buffer.of(0)).toString('hex')).toBe('020100')
    expect(derSmallInteger(256).toString('hex')).toBe('02020100')
  })

  it('sorts a set by its encodings', () => {
    const parts = [derOctets(Buffer.of(2)), derSmallInteger(1), derOctets(Buffer.of(1))]
    expect(derSetOf(parts).toString('hex')).toBe('3109020101040101040102')
  })

  it('reads any bytes as a structure or refuses them as BadEncoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          readElement(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(BadEncoding)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['a padded identifier', '06032a8001'],
    ['an identifier cut short', '06022a80'],
    ['an identifier without arcs', '0600'],
  ])('refuses %s', (_title, hex) => {
    expect(() => oidOf(readElement(Buffer.from(hex, 'hex')))).toThrow(BadEncoding)
  })

  it.each([
    ['a child longer than its parent', '30030405aa'],
    ['bytes after the structure', '050000'],
    ['a primitive element without length', '0480aa0000'],
    ['a long tag', '1f810105'],
    ['no end of contents', '30800500'],
  ])('refuses %s', (_title, hex) => {
    expect(() => readElement(Buffer.from(hex, 'hex'))).toThrow(BadEncoding)
  })
})

describe('BER in a stream', () => {
  const indefinite = (...parts: readonly Buffer[]) =>
    Buffer.concat([Buffer.of(0x24, 0x80), ...parts, Buffer.of(0, 0)])

  it('gives the octets of a string however it is constructed and however it is cut', async () => {
    const content = randomBytes(400)
    const halves = [derOctets(content.subarray(0, 150)), derOctets(content.subarray(150))]
    const forms = [
      derOctets(content),
      der(0x24, ...halves),
      indefinite(...halves),
      indefinite(indefinite(...halves)),
      der(0x24, indefinite(...halves), derOctets(Buffer.alloc(0))),
    ]
    for (const form of forms) {
      for (const pieceBytes of [1, 2, 151, 10_000]) {
        const stream = berStream(inPieces(derSequence(form), pieceBytes))
        await enter(stream, TAG.sequence)
        expect((await bytesOf(octetsFrom(stream, TAG.octetString))).equals(content)).toBe(true)
        await leave(stream)
        await expectEnd(stream)
      }
    }
  })

  it('stops at the limit of a structure before it holds it', async () => {
    const endless = {
      async *[Symbol.asyncIterator]() {
        for (;;) yield derOctets(Buffer.alloc(100))
      },
    }
    async function* structure(): AsyncGenerator<Buffer> {
      yield Buffer.of(0x30, 0x80)
      yield* endless
    }
    await expect(readStructure(berStream(structure()), TAG.sequence, 5000)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
  })

  it('reads any bytes or refuses them, and comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const message = Buffer.concat([Buffer.of(0x24, 0x80), Buffer.from(bytes)])
        await bytesOf(octetsFrom(berStream(inPieces(message, 3)), TAG.octetString)).catch(
          (error: unknown) => {
            expect(error instanceof EnvelopeRefused || error instanceof BadEncoding).toBe(true)
          },
        )
      }),
      { numRuns: 500 },
    )
  })
})
