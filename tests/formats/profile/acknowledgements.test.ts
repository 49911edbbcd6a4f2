/** Receipts described as data: what they are called, when a file was taken in, and by which codes it was refused whole. */
import { describe, expect, it } from 'vitest'
import { headerFor } from '../fixture-files.ts'
import { bank, problemsOf } from './made-up-bank.ts'

const receipts = (changes: Readonly<Record<string, string>> = {}): string => {
  const parts = {
    name: 'ACK_{date}_{sequence:NNN}.txt',
    accepted: "'^OK'",
    refused: "'(?m)^ERR ([0-9A-Z]+)$'",
    codes: '{ E07: FILE_TOTALS, E08: FILE_DUPLICATE }',
    ...changes,
  }
  const entries = Object.entries(parts).filter(([, value]) => value !== '')
  return `acknowledgement: { ${entries.map(([name, value]) => `${name}: ${/^['{]/.test(value) ? value : `'${value}'`}`).join(', ')} }`
}

const read = (text: string, changes = {}) =>
  bank({ top: receipts(changes) }).acknowledgement?.read(Buffer.from(text))

describe('the receipts of a bank', () => {
  it('are none where the profile describes none', () => {
    expect(bank().acknowledgement).toBeUndefined()
  })

  it('are named after the file that they speak of, and come in the envelope unless told', () => {
    const { acknowledgement } = bank({ top: receipts() })
    const name = acknowledgement?.fileName(headerFor(bank(), []))
    expect(acknowledgement?.matchName(name ?? '')).toMatchObject({ sequence: expect.any(Number) })
    expect(acknowledgement?.matchName('ACK_20261340_001.txt')).toBeUndefined()
    expect(acknowledgement?.sealed).toBe(true)
    expect(bank({ top: receipts({ sealed: 'false' }) }).acknowledgement?.sealed).toBe(false)
  })

  it('accept, or refuse with a code of the list', () => {
    expect(read('OK 0001\n')).toEqual({ kind: 'accepted' })
    expect(read('file 0001\nERR E07\n')).toEqual({ kind: 'refused', code: 'E07', reason: 'FILE_TOTALS' })
    const second = { refused: "'^(ERR|NAK) ([0-9A-Z]+)'", code: '2' }
    expect(read('NAK E08', second)).toEqual({ kind: 'refused', code: 'E08', reason: 'FILE_DUPLICATE' })
  })

  it('say nothing where they fit neither pattern or both, or name a code that is in no list', () => {
    expect(read('hello')).toMatchObject({ kind: 'unreadable' })
    expect(read('OK\nERR E07')).toMatchObject({ kind: 'unreadable' })
    expect(read('ERR E99')).toEqual({ kind: 'unmapped', code: 'E99' })
    expect(read('ERR toString')).toMatchObject({ kind: 'unreadable' })
    expect(read(`OK${'x'.repeat(65_536)}`)).toMatchObject({ kind: 'unreadable' })
    expect(bank({ top: receipts() }).acknowledgement?.read(Buffer.from([0x4f, 0x4b, 0x81]))).toMatchObject({
      kind: 'unreadable',
    })
  })

  it.each([
    [
      'an answer and a receipt of one name',
      { name: 'RES_{date}_{sequence:NNN}.txt' },
      'another name template',
    ],
    ['a name without a sequence', { name: 'ACK_{date}.txt' }, 'lacks {sequence}'],
    ['a pattern with a look-around', { accepted: "'(?=OK)'" }, 'not a pattern of RE2'],
    ['a refusal without codes', { codes: '' }, 'written together'],
    ['codes without a refusal', { refused: '' }, 'written together'],
    ['a refusal that marks no code', { refused: "'^ERR'" }, 'brackets around the code'],
    ['a code that speaks of single lines', { codes: '{ E07: NAME_MISMATCH }' }, 'class F'],
  ])('are refused by the rules for %s', (_, changes, sentence) => {
    expect(problemsOf({ top: receipts(changes) }).join('\n')).toContain(sentence)
  })
})
