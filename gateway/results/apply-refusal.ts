/**
 * Takes a refusal of a whole file out of an authenticated answer (class F): the file is refused and somebody told; its
 * money stays in flight until a person lets it go. Whatever the answer says of lines beside it, nothing of it is applied.
 */
import type { FileRefusal } from '../../formats/bank-file.ts'
import { canonicalReasons, isReasonCode } from '../../formats/reasons/reason-taxonomy.ts'
import type { Tx } from '../store/pool.ts'
import { type InboundFile, inboundMoves } from '../transfer/collect/inbound-file.ts'
import { moveInbound, recordInboundCounts } from '../transfer/collect/inbound-store.ts'
import type { OweNeeds } from '../transfer/owed/owe.ts'
import { refuseBankFile } from '../transfer/refusal/refuse-bank-file.ts'
import { AnswerRefused } from './answer-lines.ts'
import type { NamedFile } from './answered-file.ts'
import { maskDigits } from './reason-store.ts'

/** The bank's word on a whole file. */
export interface RefusalWord {
  /** Canonical reason of class F. */
  readonly reason: string
  readonly code: string
  readonly text: string
}

/** The word by which an answer refuses our whole file; undefined where anything else is wrong with the answer. */
export function refusalWord(refusals: readonly FileRefusal[]): RefusalWord | undefined {
  const [first] = refusals
  if (!first || refusals.some(({ code }) => code !== 'BANK_REFUSED')) return undefined
  const { reason, code = '', token = '', text = '' } = first.facts
  const canonical = `${reason}`
  if (!isReasonCode(canonical) || canonicalReasons[canonical].class !== 'F') return undefined
  return { reason: canonical, code: shown(`${code || token}`), text: shown(`${text}`) }
}

const shown = (text: string): string => maskDigits(text)

/** Where a refusal was said. */
export interface SaidIn extends NamedFile {
  readonly inbound: InboundFile
  readonly contentSha256: Buffer
  /** Keys that opened and verified its envelope. */
  readonly keys: Readonly<Record<string, unknown>>
  readonly at: Date
}

/** Applies a refusal inside `tx`. Throws AnswerRefused where it contradicts lines that the bank has answered. */
export async function applyRefusal(tx: Tx, needs: OweNeeds, said: SaidIn, word: RefusalWord): Promise<void> {
  const { bank, inbound, at } = said
  const { fileId } = said.file
  const { inboundId } = inbound
  const end = await refuseBankFile(tx, needs, bank, { fileId, inboundId, at, ...word })
  if (end === 'contradicts') {
    const facts = { ...word, contradicts: 'lines that the bank has answered' }
    throw new AnswerRefused([{ code: 'BANK_REFUSED', facts }])
  }
  const { contentSha256 } = said
  await recordInboundCounts(tx, inboundId, { ...noLines, fileId, contentSha256 })
  const facts = { refused: word.reason, code: word.code, before: end === 'before', ...said.keys }
  const { matched } = inboundMoves.collected
  await moveInbound(tx, inboundId, 'collected', 'matched', matched, at, facts)
  await moveInbound(tx, inboundId, 'matched', 'closed', inboundMoves.matched.closed, at)
}

/** Counts of an inbound file that speaks of a file as a whole. */
export const noLines = { late: false, rowCount: 0, appliedCount: 0, exceptionCount: 0 } as const
