/**
 * The finance platform of a simulation: a good client. It hands batches in and asks again with the same keys until it is
 * answered, follows the feed, files corrections, and decides with the treasury.
 */

import type { IntakeNeeds } from '../../../gateway/intake/intake-needs.ts'
import { openBatch } from '../../../gateway/intake/open-batch.ts'
import { receivePart } from '../../../gateway/intake/receive-part.ts'
import { sealBatch } from '../../../gateway/intake/seal-batch.ts'
import { digestingNdjson } from '../../demo/batch-ndjson.ts'
import type { DemoLine } from '../../demo/people.ts'
import { simClient } from './sim-world.ts'

/** A batch that the platform wants paid. */
export interface PlatformBatch {
  readonly batchNo: string
  readonly period: string
  readonly lines: readonly DemoLine[]
  /** What the platform knows of it: nothing yet, accepted, or refused with codes. */
  outcome: 'open' | 'accepted' | 'refused'
  refusal: string
}

/** Makes a batch of lines. */
export const platformBatch = (
  batchNo: string,
  period: string,
  lines: readonly DemoLine[],
): PlatformBatch => ({ batchNo, period, lines, outcome: 'open', refusal: '' })

/** Hands a batch in, from the start; every call may be repeated. Throws what the gateway throws. */
export async function handIn(needs: IntakeNeeds, batch: PlatformBatch): Promise<void> {
  const { batchNo } = batch
  const body = digestingNdjson(batch.lines)
  const chunks = [...body.chunks]
  const { count, amountFen, sha256 } = body.totals()
  const sums: Readonly<Record<string, unknown>> = JSON.parse(`{"count":${count},"amountFen":${amountFen}}`)
  const header = { ...headerOf(batch), declared: sums }
  const opened = await openBatch(needs, simClient, header, `open-${batchNo}`)
  if (opened.kind === 'refused' || opened.kind === 'conflict')
    return refuse(batch, opened.kind === 'conflict' ? opened.code : codesOf(opened.problems))
  const part = await receivePart(needs, simClient, batchNo, 1, asBody(chunks), 'ndjson', 'identity')
  if (part.kind === 'refused') return refuse(batch, codesOf(part.problems))
  const sealed = await sealBatch(needs, simClient, batchNo, { ...sums, sha256 }, `seal-${batchNo}`)
  if (sealed.kind === 'accepted') batch.outcome = 'accepted'
  else if (sealed.kind === 'refused') refuse(batch, codesOf(sealed.report.findings))
  else throw new Error(`${batchNo} could not be sealed: ${sealed.kind}`)
}

function refuse(batch: PlatformBatch, refusal: string): void {
  batch.outcome = 'refused'
  batch.refusal = refusal
}

const codesOf = (found: readonly { readonly code: string }[]): string =>
  found.map(({ code }) => code).join(' ')

const headerOf = ({ batchNo, period }: PlatformBatch): Readonly<Record<string, unknown>> => ({
  batchNo,
  programme: { code: 'FARMLAND-2026', name: '耕地地力保护补贴' },
  period,
  region: '430621',
  fundingAccount: '43050166360800000999',
  voucherNo: '5201-2026-000123',
  dueBy: '2026-12-04',
  approvals: [{ role: 'finance', by: '县财政局', at: '2026-11-20T09:00:00+08:00' }],
})

async function* asBody(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

/** Lines of all batches by the platform's own ids. */
export const linesById = (batches: readonly PlatformBatch[]): ReadonlyMap<string, DemoLine> =>
  new Map(batches.flatMap(({ lines }) => lines.map((line) => [line.instructionId, line])))
