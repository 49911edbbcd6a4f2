import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { EnvelopeRefused } from '../../../crypto/envelope.ts'
import { createGmEnvelope } from '../../../crypto/gm/gm-envelope.ts'
import { flipped } from '../cms/messages.ts'
import { AT, leftInScratch, ownKeys, peerKeys } from '../cms/parties.ts'
import { gmSignedAndEnveloped } from './gm-messages.ts'
import {
  bank,
  both,
  content,
  framed,
  type GmCase,
  outcomeOf,
  scratchFolder,
  sealedFrame,
  signed,
  us,
} from './tampering.ts'

afterAll(() => rmSync(scratchFolder, { recursive: true }))

const sealed = await signed()
const sealedBoth = gmSignedAndEnveloped(content, bank, us)

const line = (name: string, change: (value: string) => string): Buffer => {
  const end = sealedFrame.indexOf('\n\n')
  const head = sealedFrame
    .toString('latin1', 0, end)
    .replace(new RegExp(`(?<=\n${name}=).*`), (value) => change(value))
  return Buffer.concat([Buffer.from(head, 'latin1'), sealedFrame.subarray(end)])
}
const flipHex = (hex: string): string =>
  flipped(Buffer.from(hex, 'hex'), 40 % (hex.length / 2)).toString('hex')

const frames: readonly GmCase[] = [
  ['right', () => sealedFrame, 'opened', framed],
  ['nothing at all', () => Buffer.alloc(0), 'TRUNCATED', framed],
  ['a plain file', () => content, 'NOT_ENCRYPTED', framed],
  ['a file of GM/T 0010', () => sealed, 'NOT_ENCRYPTED', framed],
  [
    'of another version',
    () => Buffer.from(sealedFrame.toString('latin1').replace(' 1\n', ' 2\n'), 'latin1'),
    'NOT_ENCRYPTED',
    framed,
  ],
  ['cut in its head', () => sealedFrame.subarray(0, 100), 'TRUNCATED', framed],
  ['cut in its content', () => sealedFrame.subarray(0, -16), 'TRUNCATED', framed],
  ['with a block too many', () => Buffer.concat([sealedFrame, Buffer.alloc(16)]), 'TRAILING_BYTES', framed],
  ['with a byte too many', () => Buffer.concat([sealedFrame, Buffer.of(0)]), 'TRAILING_BYTES', framed],
  [
    'with a head that never ends',
    () => Buffer.concat([Buffer.from('HUIDA-SM4-SM2 1\n'), Buffer.alloc(9000, 0x61)]),
    'MALFORMED',
    framed,
  ],
  ['with another line in its head', () => line('iv', (value) => `${value}\nnote=x`), 'MALFORMED', framed],
  ['with a short vector', () => line('iv', (value) => value.slice(2)), 'MALFORMED', framed],
  [
    'with another size within the block',
    () => line('size', (value) => String(Number(value) + 1)),
    'MALFORMED',
    framed,
  ],
  ['with another vector', () => line('iv', flipHex), 'BAD_SIGNATURE', framed],
  ['with another key', () => line('key', flipHex), 'UNDECRYPTABLE', framed],
  ['with its key in another order', () => sealedFrame, 'WRONG_ORDER', { ...framed, keyTransport: 'c1c3c2' }],
  ['with another signature', () => line('signature', flipHex), 'BAD_SIGNATURE', framed],
  [
    'with a signature of 63 bytes',
    () => line('signature', (value) => value.slice(2)),
    'BAD_SIGNATURE_SHAPE',
    framed,
  ],
  ['where DER is agreed', () => sealedFrame, 'BAD_SIGNATURE_SHAPE', { ...framed, signatureShape: 'der' }],
  ['under another user id', () => sealedFrame, 'BAD_SIGNATURE', { ...framed, userId: 'N002432300000000' }],
  [
    'with a byte of its ciphertext altered',
    () => flipped(sealedFrame, sealedFrame.length - 100),
    'BAD_SIGNATURE',
    framed,
  ],
  ['with its last block altered', () => flipped(sealedFrame, -17), 'UNDECRYPTABLE', framed],
  ['with more content than agreed', () => sealedFrame, 'TOO_LARGE', { ...framed, maxContentBytes: 100 }],
]

describe('F71: a framed file', () => {
  for (const [title, make, outcome, terms] of frames) {
    it(`${title}: ${outcome}`, async () => {
      const message = await make()
      expect(await outcomeOf(message, terms)).toBe(outcome)
      expect(await outcomeOf(message, terms, 13)).toBe(outcome)
      expect(leftInScratch(scratchFolder)).toEqual([])
    })
  }
})

describe('a source that breaks', () => {
  it.each([{}, both, framed])('passes its own error on and leaves nothing behind (%o)', async (terms) => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield (terms === framed ? sealedFrame : terms === both ? sealedBoth : sealed).subarray(0, 800)
      throw new Error('connection lost')
    }
    const envelope = createGmEnvelope(ownKeys(us), peerKeys(bank), { scratchFolder, ...terms })
    await expect(envelope.open(broken(), AT)).rejects.toThrow('connection lost')
    expect(leftInScratch(scratchFolder)).toEqual([])
  })

  it.each([{}, both, framed])('is closed when the file is refused before its end (%o)', async (terms) => {
    let closed = false
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield randomBytes(100)
      } finally {
        closed = true
      }
    }
    const envelope = createGmEnvelope(ownKeys(us), peerKeys(bank), { scratchFolder, ...terms })
    await expect(envelope.open(watched(), AT)).rejects.toThrow(EnvelopeRefused)
    expect(closed).toBe(true)
  })
})
