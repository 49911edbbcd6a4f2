/** Serials say which line of which file they mean, in every width; sealed lines come back as they were packed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { money } from '../../formats/values/money.ts'
import { membership } from '../../gateway/dispatch/bank-file.ts'
import { bankNo, batchId } from '../../gateway/ledger/batch.ts'
import { fileNumber, lineSerial, parseSerial } from '../../gateway/ledger/line-serial.ts'
import { blockContext, packLines, type SealedLine, unpackLines } from '../../gateway/ledger/sealed-line.ts'

const anyFile = fc.integer({ min: 1, max: 2_147_483_647 })
const anySeq = fc.integer({ min: 1, max: 99_999_999 })

describe('a serial', () => {
  it('of 20 digits says the file and the line', () =>
    fc.assert(
      fc.property(anyFile, anySeq, (fileId, seq) => {
        const serial = lineSerial(fileId, seq)
        expect(serial).toMatch(/^\d{20}$/)
        expect(serial.startsWith(fileNumber(fileId))).toBe(true)
        expect(parseSerial(serial)).toEqual({ seq, fileId })
      }),
    ))

  it('cut to its last 8 digits, or without leading zeros, still says the line', () =>
    fc.assert(
      fc.property(anyFile, anySeq, (fileId, seq) => {
        expect(parseSerial(lineSerial(fileId, seq).slice(-8))).toEqual({ seq, fileId: undefined })
        expect(parseSerial(String(seq))).toEqual({ seq, fileId: undefined })
      }),
    ))

  it('cut to 7 digits says the line of a file that has less than ten million', () =>
    expect(parseSerial(lineSerial(3, 1_234_567).slice(-7))).toEqual({ seq: 1_234_567, fileId: undefined }))

  it.each(['', '0', '00000000', '1'.repeat(21), '12a', '１２', '-1', '1e3', ' 1', '1 '])(
    'is not "%s"',
    (text) => expect(parseSerial(text)).toBeUndefined(),
  )
})

describe('what a file holds', () => {
  it('is its range without its gaps, or exactly its members', () => {
    const range = membership({ loSeq: 3, hiSeq: 9, gaps: [5, 6], members: undefined })
    expect([2, 3, 5, 6, 7, 9, 10].filter(range)).toEqual([3, 7, 9])
    const released = membership({ loSeq: 3, hiSeq: 9, gaps: [], members: [3, 8] })
    expect([3, 4, 8, 9].filter(released)).toEqual([3, 8])
  })
})

const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const anyLine: fc.Arbitrary<SealedLine> = fc
  .record({
    seq: anySeq,
    fen: fc.bigInt(1n, 900_000_000_000_000_000n),
    instructionId: text,
    payeeName: text,
    payeeAccount: text,
    others: fc.record(
      { payeeIdNumber: text, phone: text, remark: text, household: text },
      { requiredKeys: [] },
    ),
  })
  .map(({ fen, others, ...line }) => ({ ...line, ...others, amountFen: money(fen) }))

describe('sealed lines', () => {
  it('come back as they were packed, amounts to the last fen and absent members absent', () =>
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 8 }), (lines) => {
        expect(unpackLines(packLines(lines))).toEqual(lines)
      }),
    ))

  it('are tied to their batch, bank and place', () => {
    const contexts = [
      blockContext(batchId(1), bankNo(1), 1),
      blockContext(batchId(1), bankNo(11), 1),
      blockContext(batchId(11), bankNo(1), 1),
      blockContext(batchId(1), bankNo(1), 11),
    ]
    expect(new Set(contexts).size).toBe(contexts.length)
  })
})
