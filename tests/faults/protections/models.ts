/** Guards of pure decisions, missed by the models that walk through every world or very many of them. */
import type { Protection } from '../protection.ts'

const models = 'tests/pure/models'

/** One guard an entry. */
export const protections: readonly Protection[] = [
  {
    fault: 'F27',
    promise: 'before the final name was asked for nothing was handed over',
    file: 'gateway/transfer/decide-delivery.ts',
    take: `  if (file.sendStage !== 'renaming')\n`,
    put: `  if (file.sendStage === undefined)\n`,
    test: `${models}/deliveries.test.ts`,
    title: 'F27: every world of folders',
  },
  {
    fault: 'F49',
    promise: 'a denial counts only a settle time after the file was handed over',
    file: 'gateway/transfer/decide-delivery.ts',
    take: `said.handedAt.getTime() >= settleMs)`,
    put: `said.handedAt.getTime() >= 0 * settleMs)`,
    test: 'tests/gateway/transfer/api/decide-query.test.ts',
    title: 'F49: one denial proves nothing, two early ones neither, two a settle time apart do',
  },
  {
    fault: 'F49',
    promise: 'the word that a bank has a file outweighs that it does not know it',
    file: 'gateway/transfer/api/decide-query.ts',
    take: `  if (known) return { kind: known.outcome === 'accepted' ? 'accepted' : 'in-progress' }\n`,
    put: '',
    test: `${models}/deliveries.test.ts`,
    title:
      'F49: is never taken for undelivered once the bank said that it has the file, whatever it forgets later',
  },
  {
    fault: 'F52',
    promise: 'of a capped number of queries one is kept for the day on which the answer is late',
    file: 'gateway/transfer/api/decide-query.ts',
    take: `  if (use === 'in-turn' && asked >= most - 1) return { kind: 'kept-back' }\n`,
    put: '',
    test: `${models}/deliveries.test.ts`,
    title:
      'F52: is never asked too early, too often or once too many, whatever it answers and whenever we look',
  },
  {
    fault: 'F59',
    promise: 'what was said of a line before counts when the next answer comes',
    file: 'gateway/results/match-lines.ts',
    take: `  for (const { seq, answer } of earlier) if (holds(seq)) add(seq, said[answer])\n`,
    put: `  for (const { seq, answer } of earlier) if (holds(seq) && answer === 'unknown') add(seq, said[answer])\n`,
    test: `${models}/honest-answers.test.ts`,
    title: 'F59: an honest bank is understood however it cuts, repeats and shuffles',
  },
  {
    fault: 'F60',
    promise: 'what a file states is what its lines come to',
    file: 'formats/lines/file-tally.ts',
    take: `    if (said === undefined || said === found[what]) return []\n`,
    put: `    if (said === undefined || said === found[what] || where !== '') return []\n`,
    test: `${models}/mutated-answers.test.ts`,
    title: 'F56 F60 F69: mutated is refused with reasons, or read to rows that tie with what it states',
  },
  {
    fault: 'F62',
    promise: 'a line that the file does not hold is none of its lines',
    file: 'gateway/results/match-lines.ts',
    take: `      if (!holds(seq)) return { kind: 'not-in-file', seq }\n`,
    put: '',
    test: `${models}/honest-answers.test.ts`,
    title:
      'F62 F68: a serial of another file, a place outside and a serial of nobody never touch a line of the file',
  },
  {
    fault: 'F68',
    promise: 'a serial of another file, and so of another bank, is none of this one',
    file: 'gateway/results/match-lines.ts',
    take: `      if (fileId !== undefined && fileId !== file.fileId) return { kind: 'other-file', fileId }\n`,
    put: '',
    test: `${models}/honest-answers.test.ts`,
    title:
      'F62 F68: a serial of another file, a place outside and a serial of nobody never touch a line of the file',
  },
  {
    fault: 'F76',
    promise: 'no move leads from doubt to a re-issue',
    file: 'gateway/ledger/instruction-states.ts',
    take: `    conflict: 'answers contradict each other',\n`,
    put: `    conflict: 'answers contradict each other',\n    reissued: 'somebody was in a hurry',\n`,
    test: `${models}/legal-moves.test.ts`,
    title: 'F76: in doubt is neither corrected, re-issued nor returned to the treasury by any move',
  },
]
