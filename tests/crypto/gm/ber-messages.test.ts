import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type Element, readElement } from '../../../crypto/der/der-reader.ts'
import { derOctets, TAG } from '../../../crypto/der/der-writer.ts'
import { leftInScratch } from '../cms/parties.ts'
import { gmEnvelopeOf, gmSignedAndEnveloped, gmSignedMessage } from './gm-messages.ts'
import { bank, both, content, outcomeOf, scratchFolder, us } from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const END = Buffer.of(0, 0)

/** The same message without lengths: structures down to `levels` are indefinite, long octets come in pieces. */
function asBer(element: Element, levels: number): Buffer {
  if (levels === 0) return element.encoded
  const octets = element.tag === TAG.octetString || element.tag === 0x80
  if (octets && element.content.length > 100) return inPieces(element)
  if (element.children.length === 0) return element.encoded
  const children = element.children.map((child) => asBer(child, levels - 1))
  return Buffer.concat([Buffer.of(element.tag, 0x80), ...children, END])
}

function inPieces({ tag, content: octets }: Element): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < octets.length; at += 37) pieces.push(derOctets(octets.subarray(at, at + 37)))
  const nested = Buffer.concat([Buffer.of(0x24, 0x80), ...pieces, END])
  return Buffer.concat([Buffer.of(tag | 0x20, 0x80), nested, END])
}

describe('a message of GM/T 0010 in BER', () => {
  it('opens when envelope and signed message come without lengths and in pieces', async () => {
    const message = asBer(readElement(gmSignedMessage(content, bank)), 6)
    const sealed = asBer(readElement(await gmEnvelopeOf(message, us)), 5)
    for (const pieceBytes of [sealed.length, 1, 13])
      expect(await outcomeOf(sealed, {}, pieceBytes)).toBe('opened')
  })

  it('opens in one structure too', async () => {
    const sealed = asBer(readElement(gmSignedAndEnveloped(content, bank, us)), 5)
    for (const pieceBytes of [sealed.length, 1, 13])
      expect(await outcomeOf(sealed, both, pieceBytes)).toBe('opened')
  })

  it('is refused when it ends before its marks of end do', async () => {
    const sealed = asBer(readElement(gmSignedAndEnveloped(content, bank, us)), 5)
    expect(await outcomeOf(sealed.subarray(0, -1), both)).toBe('TRUNCATED')
    expect(await outcomeOf(sealed.subarray(0, -2), both)).toBe('TRUNCATED')
    expect(leftInScratch(scratchFolder)).toEqual([])
  })
})
