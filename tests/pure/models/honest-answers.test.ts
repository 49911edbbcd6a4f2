/**
 * A bank that tells the truth, however it cuts, repeats and shuffles what it says, is understood: every line ends as the
 * bank booked it, nothing is a contradiction, and lines of other files are never ours (I5).
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Outcome } from '../../../formats/bank-file.ts'
import { membership } from '../../../gateway/dispatch/bank-file.ts'
import { lineSerial } from '../../../gateway/ledger/line-serial.ts'
import { type EarlierAnswer, type LineVerdict, matchLines } from '../../../gateway/results/match-lines.ts'

const anyFile = fc
  .record({
    loSeq: fc.integer({ min: 1, max: 5_000 }),
    length: fc.integer({ min: 1, max: 30 }),
    left: fc.array(fc.nat(29), { maxLength: 10 }),
    byMembers: fc.boolean(),
  })
  .map(({ loSeq, length, left, byMembers }) => {
    const gone = new Set(left.map((at) => loSeq + (at % length)))
    const seqs = Array.from({ length }, (_, at) => loSeq + at)
    const kept = seqs.filter((seq) => !gone.has(seq))
    const range = { fileId: 42, loSeq, hiSeq: loSeq + length - 1 }
    return byMembers
      ? { ...range, gaps: [], members: kept }
      : { ...range, gaps: [...gone], members: undefined }
  })
type File = Parameters<typeof matchLines>[0]

const seqsOf = (file: File): number[] => {
  const holds = membership(file)
  return Array.from({ length: file.hiSeq - file.loSeq + 1 }, (_, at) => file.loSeq + at).filter(holds)
}

interface Said {
  readonly seq: number
  readonly outcome: Outcome
}

/** Before its final word a bank may say anything that is none; afterwards only the same again. */
const honest = (file: File) =>
  fc
    .tuple(...seqsOf(file).map((seq) => fc.tuple(fc.constant(seq), fc.boolean(), fc.nat(3))))
    .chain((lines) => {
      const truth = new Map(lines.map(([seq, paid]) => [seq, paid ? ('paid' as const) : ('failed' as const)]))
      const before = lines.flatMap(([seq, , doubts]): Said[] =>
        Array.from({ length: doubts }, (_, at) => ({ seq, outcome: at % 2 === 0 ? 'open' : 'unknown' })),
      )
      const final = lines.flatMap(([seq, paid, repeats]): Said[] =>
        Array.from({ length: 1 + (repeats % 2) }, () => ({ seq, outcome: paid ? 'paid' : 'failed' })),
      )
      const mixed = (said: Said[]) =>
        fc.shuffledSubarray(said, { minLength: said.length, maxLength: said.length })
      return fc.record({
        truth: fc.constant(truth),
        said: fc.tuple(mixed(before), mixed(final)).map(([one, two]) => [...one, ...two]),
        cuts: fc.array(fc.nat(120), { maxLength: 5 }),
      })
    })

/** Applies answers one after the other and gives every verdict; `known` is what the ledger remembers. */
function applyAll(
  file: File,
  said: readonly Said[],
  cuts: readonly number[],
): [Map<number, EarlierAnswer>, LineVerdict[]] {
  const known = new Map<number, EarlierAnswer>()
  const verdicts: LineVerdict[] = []
  const ends = [...cuts.map((cut) => Math.min(cut, said.length)), said.length].sort((a, b) => a - b)
  for (const [index, end] of ends.entries()) {
    const matcher = matchLines(
      file,
      [...known].map(([seq, answer]) => ({ seq, answer })),
    )
    const rows = said.slice(index === 0 ? 0 : ends[index - 1], end)
    const given = rows.map(({ seq, outcome }) => matcher.match({ serial: lineSerial(42, seq), outcome }))
    for (const one of given)
      if (one.kind === 'final') known.set(one.seq, one.paid ? 'paid' : 'failed')
      else if (one.kind === 'unknown' && !known.has(one.seq)) known.set(one.seq, 'unknown')
    verdicts.push(...given)
  }
  return [known, verdicts]
}

it('F59: an honest bank is understood however it cuts, repeats and shuffles', () =>
  fc.assert(
    fc.property(
      anyFile.chain((file) => honest(file).map((bank) => ({ file, bank }))),
      ({ file, bank }) => {
        const [known, verdicts] = applyAll(file, bank.said, bank.cuts)
        expect(Object.fromEntries(known)).toEqual(Object.fromEntries(bank.truth))
        expect(verdicts).toHaveLength(bank.said.length)
        expect(verdicts.filter(({ kind }) => kind === 'conflicting')).toEqual([])
        expect(verdicts.filter(({ kind }) => kind === 'final')).toHaveLength(bank.truth.size)
      },
    ),
    { numRuns: 800 },
  ))

it('F62 F68: a serial of another file, a place outside and a serial of nobody never touch a line of the file', () =>
  fc.assert(
    fc.property(
      anyFile,
      fc.integer({ min: 0, max: 6_000 }),
      fc.integer({ min: 1, max: 99 }),
      (file, seq, fileId) => {
        const verdict = matchLines(file).match({ serial: lineSerial(fileId, seq), outcome: 'paid' })
        const isOurs = fileId === 42 && membership(file)(seq)
        expect(verdict.kind === 'final').toBe(isOurs)
      },
    ),
    { numRuns: 3_000 },
  ))
