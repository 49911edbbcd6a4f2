/**
 * The work on one chunk of lines, pure and free of the database, so that it runs on any thread: bytes in, rows for
 * COPY, sealed blocks and findings out. A bad line takes its seq but writes no row.
 */
import type { FieldKey } from '../../crypto/field-key.ts'
import { createFieldSealer, type FieldSealer } from '../../crypto/field-sealing.ts'
import { createPseudonymizer, type Pseudonymizer } from '../../crypto/pseudonym.ts'
import type { CompiledProfile } from '../../formats/profile/compiled-profile.ts'
import { type Money, money } from '../../formats/values/money.ts'
import type { BankNo, BatchId } from '../ledger/batch.ts'
import type { SealedLine } from '../ledger/sealed-line.ts'
import { checkLine, type LineDesk } from './check-line.ts'
import { type EncodingFlaw, encodingFlaw, splitLines } from './chunk-text.ts'
import { type Finding, findingCap, type Tally, tallyFindings } from './finding.ts'
import { type FitLine, instructionRows } from './instruction-rows.ts'
import type { CheckLevels } from './line-identity.ts'
import { sealBlocks } from './sealed-blocks.ts'

/** What all chunks of a batch share; plain data, so that it can be handed to a thread. */
export interface ChunkSetting {
  readonly batchId: BatchId
  readonly shard: number
  readonly checks: CheckLevels
  readonly counties?: ReadonlySet<string> | undefined
  readonly banks: readonly ChunkBank[]
  readonly fieldKey: FieldKey
}

/** A bank that lines may name, and the profile that they must fit. */
export interface ChunkBank {
  readonly bank: string
  readonly bankNo: BankNo
  readonly profileId: string
  readonly profileVersion: number
}

/** Whole lines of a body: `columns` when they are CSV rows. */
export interface ChunkJob {
  readonly bytes: Uint8Array
  /** Number of the chunk's first line in the batch. */
  readonly firstSeq: number
  readonly first: boolean
  readonly last: boolean
  readonly columns?: readonly string[]
}

/** What a chunk came to. Every hold is listed; of other findings at most 1,000, counted exactly in the tally. */
export type ChunkResult =
  | { readonly kind: 'refused'; readonly flaw: EncodingFlaw }
  | {
      readonly kind: 'checked'
      readonly lineCount: number
      /** Sum of all amounts that could be read, those of bad lines included, so that totals can be compared. */
      readonly amountFen: Money
      /** COPY text for the instruction table. */
      readonly instructions: Uint8Array
      /** COPY binary for the sealed_block table. */
      readonly blocks: Uint8Array
      readonly findings: readonly Finding[]
      readonly tally: Tally
    }

/** Checks chunks of one batch. */
export type ChunkFunction = (job: ChunkJob) => ChunkResult

interface Desk extends LineDesk {
  readonly setting: ChunkSetting
  readonly sealer: FieldSealer
  readonly pseudonyms: Pseudonymizer
}

/** Makes the chunk function of a batch; throws when a bank's profile is not among `profiles` in its version. */
export function createChunkFunction(
  setting: ChunkSetting,
  profiles: ReadonlyMap<string, CompiledProfile>,
): ChunkFunction {
  const banks = new Map(
    setting.banks.map((bank) => [bank.bank, { bankNo: bank.bankNo, profile: profileOf(bank, profiles) }]),
  )
  const [sealer, pseudonyms] = [createFieldSealer(setting.fieldKey), createPseudonymizer(setting.fieldKey)]
  const { checks, counties } = setting
  const desk = { setting, checks, counties, banks, sealer, pseudonyms }
  return (job) => checkChunk(desk, job)
}

function profileOf(bank: ChunkBank, profiles: ReadonlyMap<string, CompiledProfile>): CompiledProfile {
  const profile = profiles.get(bank.profileId)
  if (profile?.version === bank.profileVersion) return profile
  throw new Error(
    `the profile ${bank.profileId} of ${bank.bank} is not there in version ${bank.profileVersion}`,
  )
}

function checkChunk(desk: Desk, job: ChunkJob): ChunkResult {
  const bytes = Buffer.from(job.bytes.buffer, job.bytes.byteOffset, job.bytes.byteLength)
  const flaw = encodingFlaw(bytes, job.first)
  if (flaw) return { kind: 'refused', flaw }
  const lines = splitLines(bytes.toString('utf8'), job.last)
  const findings: Finding[] = []
  const fit: FitLine[] = []
  let amountFen = 0n
  for (const [index, line] of lines.entries()) {
    const checked = checkLine(desk, line, job.firstSeq + index, job.columns)
    if (checked.findings.length > 0) findings.push(...checked.findings)
    if (checked.fit) fit.push(checked.fit)
    amountFen += checked.amountFen
  }
  return {
    kind: 'checked',
    lineCount: lines.length,
    amountFen: money(amountFen),
    instructions: instructionRows(desk.pseudonyms, desk.setting, fit),
    blocks: sealBlocks(desk.sealer, desk.setting, byBank(fit)),
    findings: capFindings(findings),
    tally: tallyFindings(findings),
  }
}

function byBank(fit: readonly FitLine[]): Map<BankNo, SealedLine[]> {
  const groups = new Map<BankNo, SealedLine[]>()
  for (const one of fit) {
    const lines = groups.get(one.bankNo)
    if (lines) lines.push(toSealedLine(one))
    else groups.set(one.bankNo, [toSealedLine(one)])
  }
  return groups
}

function toSealedLine({ seq, amountFen, line }: FitLine): SealedLine {
  return {
    seq,
    amountFen,
    instructionId: line.instructionId,
    payeeName: line.payeeName,
    payeeAccount: line.payeeAccount,
    ...(line.payeeIdNumber !== undefined && { payeeIdNumber: line.payeeIdNumber }),
    ...(line.phone !== undefined && { phone: line.phone }),
    ...(line.remark !== undefined && { remark: line.remark }),
    ...(line.household !== undefined && { household: line.household }),
  }
}

/** Holds are kept whole because each becomes a state in the ledger. */
function capFindings(findings: readonly Finding[]): Finding[] {
  const listed = { refuse: 0, warn: 0, hold: 0 }
  return findings.filter((found) => found.level === 'hold' || ++listed[found.level] <= findingCap)
}
