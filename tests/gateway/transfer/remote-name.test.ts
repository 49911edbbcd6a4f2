/** Names at the bank (S26): a corpus of hostile ones, and the ones that banks really use. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { remoteNameFlaw, remotePath, shownRemoteName } from '../../../gateway/transfer/remote-name.ts'

describe('S26: a remote name', () => {
  test.each([
    ['', 'empty'],
    ['.', 'empty'],
    ['..', 'parent'],
    ['../../x', 'separator'],
    ['..\\..\\x', 'separator'],
    ['/etc/passwd', 'separator'],
    ['C:\\x', 'separator'],
    ['a..b', 'parent'],
    ['a\u0000.txt', 'control-character'],
    ['a\nb.txt', 'control-character'],
    ['a\u0085b', 'control-character'],
    ['a\u2028b', 'control-character'],
    ['%2e%2e%2fx', 'percent-escape'],
    ['%2E', 'percent-escape'],
    ['invoice\u202etxt.exe', 'invisible-character'],
    ['a\u200bb', 'invisible-character'],
    ['\ufeffa', 'invisible-character'],
    ['CON', 'reserved'],
    ['lpt1.txt', 'reserved'],
    [`${'a'.repeat(201)}`, 'too-long'],
    [`${'汉'.repeat(67)}`, 'too-long'],
    ['e\u0301.txt', 'not-nfc'],
    ['\ufffd\ufffd.txt', 'not-utf8'],
    ['a\ud800.txt', 'not-utf8'],
    [' a.txt', 'edge-character'],
    ['-rf', 'edge-character'],
    ['a.txt ', 'edge-character'],
  ])('like %j is refused as %s', (name, flaw) => {
    expect(remoteNameFlaw(name)).toBe(flaw)
    expect(() => remotePath('/inbox', name)).toThrowError(expect.objectContaining({ code: 'REMOTE_REFUSED' }))
  })

  test.each([
    'DF00000000777290058110097202603010001I.txt',
    'req_20260301_001.txt',
    'UBD_COM001_9800_20260301_01.txt',
    'final_20260301.ret',
    'JSYH_F_1_20260301.txt.OK',
    '回盘_20260301.txt',
    `${'汉'.repeat(66)}`,
  ])('that banks use, like %s, is taken as it is', (name) => {
    expect(remoteNameFlaw(name)).toBeUndefined()
    expect(remotePath('/inbox/', name)).toBe(`/inbox/${name}`)
  })

  test('S26: any text at all is shown without a control, a separator or a direction mark, and short', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        expect(shownRemoteName(name)).toMatch(/^[\p{L}\p{N} ._+=@~\\{}…-]{0,80}$/u)
      }),
    )
  })
})
