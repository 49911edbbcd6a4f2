import { describe, expect, it } from 'vitest'
import type { EnvelopeRefusal } from '../../../crypto/envelope.ts'
import { createCmbMessages } from '../../../crypto/gm/cmb-message.ts'
import { flipped } from '../cms/messages.ts'
import { agreement, answer, sealedText } from './cmb-bank.ts'
import { codeOf } from './gm-parties.ts'

const ours = createCmbMessages(agreement)
const right = answer('{"a":1}')
const bytes = Buffer.from(right, 'base64')
const changed = (from: string, to: string) => answer('{"a":1}', { change: (text) => text.replace(from, to) })
const withSignature = (sigdat: string) => answer('{"a":1}', { sigdat })

const answers: readonly (readonly [string, () => string, EnvelopeRefusal | 'accepted'])[] = [
  ['right', () => right, 'accepted'],
  ['an error in clear text', () => 'CDCServer: 502 系统繁忙', 'CLEAR_TEXT'],
  ['another error in clear text', () => '\nErrMsg=login failed', 'CLEAR_TEXT'],
  ['an error in clear text before a right answer', () => `ErrMsg=${right}`, 'CLEAR_TEXT'],
  ['nothing at all', () => '', 'MALFORMED'],
  ['a page of a proxy', () => '<html>gateway time-out</html>', 'MALFORMED'],
  ['one letter too few', () => right.slice(0, -1), 'MALFORMED'],
  ['an answer longer than any', () => 'A'.repeat(16 * 1024 * 1024 + 1), 'TOO_LARGE'],
  ['half a block', () => 'QUJD', 'UNDECRYPTABLE'],
  ['cut by a block', () => bytes.subarray(0, -16).toString('base64'), 'UNDECRYPTABLE'],
  ['a block too many', () => Buffer.concat([bytes, Buffer.alloc(16)]).toString('base64'), 'UNDECRYPTABLE'],
  ['with wrong padding', () => sealedText(Buffer.alloc(32, 0x11), 'none'), 'UNDECRYPTABLE'],
  ['with its last block altered', () => flipped(bytes, -17).toString('base64'), 'UNDECRYPTABLE'],
  ['that is no JSON', () => sealedText('not json'), 'MALFORMED'],
  ['that is no UTF-8', () => sealedText(Buffer.from([0xff, 0xfe])), 'MALFORMED'],
  ['that is a list', () => sealedText('[]'), 'NOT_SIGNED'],
  ['with its signature taken out', () => sealedText('{"response":{}}'), 'NOT_SIGNED'],
  [
    'with a number for a signature',
    () => sealedText('{"response":{},"signature":{"sigdat":5}}'),
    'NOT_SIGNED',
  ],
  ['with a signature of three bytes', () => withSignature('QUJD'), 'BAD_SIGNATURE_SHAPE'],
  [
    'with r and s of 63 bytes',
    () => withSignature(Buffer.alloc(63, 7).toString('base64')),
    'BAD_SIGNATURE_SHAPE',
  ],
  ['with the placeholder left in', () => withSignature('__signature_sigdat__'), 'BAD_SIGNATURE_SHAPE'],
  ['with DER where r and s are agreed', () => answer('{"a":1}', { shape: 'der' }), 'BAD_SIGNATURE_SHAPE'],
  ['with another r and s', () => withSignature(Buffer.alloc(64, 7).toString('base64')), 'BAD_SIGNATURE'],
  ['with another amount', () => changed('"a":1', '"a":2'), 'BAD_SIGNATURE'],
  ['with the same amount written otherwise', () => changed('"a":1', '"a":1.0'), 'BAD_SIGNATURE'],
  ['with the content of another answer', () => changed('{"a":1}', '{"b":7}'), 'BAD_SIGNATURE'],
  ['with another time of signing', () => changed('20260602', '20260603'), 'BAD_SIGNATURE'],
  ['with a key twice', () => changed('"a":1', '"a":1,"a":1'), 'MALFORMED'],
  ['signed under another user id', () => answer('{}', { userId: '1234567812345678' }), 'BAD_SIGNATURE'],
  ['our own request sent back', () => ours.seal('{}', new Date('2026-06-01T16:30:05Z')), 'BAD_SIGNATURE'],
]

describe('F71: an answer of CMB', () => {
  for (const [title, make, outcome] of answers)
    it(`${title}: ${outcome}`, () => expect(codeOf(() => ours.open(make()))).toBe(outcome))

  it('in clear text is shown in one short line without control characters', () => {
    expect(() => ours.open(`ErrMsg\u0007${'x'.repeat(9999)}`)).toThrow(/^[^\p{C}]{1,260}$/u)
  })
})
