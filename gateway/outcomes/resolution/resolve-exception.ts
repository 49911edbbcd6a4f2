/**
 * Ends one exception by an act of a person: looks, locks, weighs, acts, and keeps who did it and on what, in one
 * transaction (reliability.md R3, R5-R8). Locks are taken in one order everywhere: bank files by number, the exception,
 * the lines. So an answer that arrives at the same moment is before it or after it, and never in between.
 */
import { recordAct } from '../../audit-store.ts'
import { lockBankFile } from '../../dispatch/bank-file-store.ts'
import type { Db, Tx } from '../../store/pool.ts'
import { inTransaction } from '../../store/transaction.ts'
import { allowedActs, type ResolutionFacts, weighActs } from './decide-acts.ts'
import { keepEvidence } from './evidence-store.ts'
import { readFacts } from './exception-facts.ts'
import { keepResolution, reserveResolution } from './kept-resolution-store.ts'
import { filesOfCode, resolveRemap } from './remap-code.ts'
import {
  approvalWanted,
  type ExceptionSubject,
  type ResolutionAct,
  type ResolutionReport,
} from './resolution.ts'
import {
  type ActContext,
  type ActEnd,
  type ResolutionRequest,
  type ResolveNeeds,
  refusal,
  requestRefusals,
} from './resolution-request.ts'
import * as store from './resolution-store.ts'
import {
  resolveDismiss,
  resolveDoubt,
  resolveReadAgain,
  resolveRefusedByBank,
  resolveSendAgain,
} from './resolve-file.ts'
import { resolveFailLines, resolveLine, resolveMatch } from './resolve-lines.ts'
import { resolveReturn } from './resolve-return.ts'
import { findInstruction, type StandingLine } from './standing-line-store.ts'

type Resolved = Extract<ResolutionReport, { kind: 'resolved' }>
type Refused = Extract<ResolutionReport, { kind: 'refused' }>

/** Thrown for an act that is not done, so that the transaction which asked for it keeps nothing. */
export class ResolutionRefused extends Error {
  override readonly name = 'ResolutionRefused'
  readonly report: Refused
  constructor(report: Refused) {
    super(`the act is refused: ${report.refusals.map(({ code }) => code).join(', ')}`)
    this.report = report
  }
}

/** Resolves in a transaction of its own; a code over a million lines may take minutes. */
export async function resolveException(
  needs: ResolveNeeds & { readonly db: Db },
  request: ResolutionRequest,
): Promise<ResolutionReport> {
  try {
    return await inTransaction(needs.db, (tx) => resolveIn(tx, needs, request), {
      statementTimeoutMs: 900_000,
    })
  } catch (error) {
    if (error instanceof ResolutionRefused) return error.report
    throw error
  }
}

/** `resolveException` inside a transaction of the caller's. Throws ResolutionRefused with every reason. */
export async function resolveIn(tx: Tx, needs: ResolveNeeds, request: ResolutionRequest): Promise<Resolved> {
  const found = await lookAt(tx, request)
  if (!found) throw refused([refusal('EXCEPTION_NOT_FOUND', { exceptionId: `${request.exceptionId}` })])
  const named = await nameInstruction(tx, request)
  for (const fileId of await filesToLock(tx, found, request.act, named?.fileId))
    await lockBankFile(tx, fileId)
  const exception = await store.findException(tx, request.exceptionId, 'lock')
  if (!exception) throw refused([refusal('EXCEPTION_NOT_FOUND')])
  const facts = await readFacts(tx, request.act.kind === 'remap' ? needs.bankBook : undefined, exception)
  const allowed = allowedActs(exception, facts)
  const wrong = [...requestRefusals(request), ...stateRefusals(exception, facts, request.act)]
  if (wrong.length > 0) throw refused(wrong, allowed)
  // Looked up again behind the lock: what was named may have been answered while we waited for it.
  const again = await nameInstruction(tx, request)
  if (again?.fileId !== named?.fileId) throw refused([refusal('LINE_ELSEWHERE')], allowed)
  return act(tx, needs, request, { exception, facts, named: again }, allowed)
}

const refused = (refusals: Refused['refusals'], allowed: Refused['allowed'] = []): ResolutionRefused =>
  new ResolutionRefused({ kind: 'refused', refusals, allowed })

/** What a client may not see is not there for it. */
async function lookAt(
  tx: Tx,
  { exceptionId, client }: ResolutionRequest,
): Promise<ExceptionSubject | undefined> {
  if (client !== undefined && !(await store.concernsClient(tx, exceptionId, client))) return undefined
  return store.findException(tx, exceptionId)
}

function nameInstruction(tx: Tx, { act, client }: ResolutionRequest): Promise<StandingLine | undefined> {
  return act.kind === 'match' || act.kind === 'match-return'
    ? findInstruction(tx, act.instructionId, client)
    : Promise.resolve(undefined)
}

async function filesToLock(
  tx: Tx,
  exception: ExceptionSubject,
  act: ResolutionAct,
  namedFile: number | undefined,
): Promise<number[]> {
  const own = exception.fileId === undefined ? [] : [exception.fileId]
  const others =
    act.kind === 'remap'
      ? await filesOfCode(tx, exception)
      : act.kind === 'refused-by-bank'
        ? [act.fileId]
        : []
  const all = [...own, ...others, ...(namedFile === undefined ? [] : [namedFile])]
  return [...new Set(all)].sort((a, b) => a - b)
}

function stateRefusals(exception: ExceptionSubject, facts: ResolutionFacts, { kind }: ResolutionAct) {
  const against = weighActs(exception, facts).find((verdict) => verdict.act === kind)?.against
  if (against === undefined) return []
  const { line, file, inbound } = facts
  return [
    refusal(against, {
      act: kind,
      kind: exception.kind,
      ...(line && { line: line.state }),
      ...(file && { file: file.state }),
      ...(inbound && { inbound: inbound.state }),
    }),
  ]
}

async function act(
  tx: Tx,
  needs: ResolveNeeds,
  request: ResolutionRequest,
  found: Pick<ActContext, 'exception' | 'facts' | 'named'>,
  allowed: ReturnType<typeof allowedActs>,
): Promise<Resolved> {
  const { exceptionId, evidence, client } = request
  const { kind, ...asked } = request.act
  const at = needs.clock.now()
  const resolutionId = await reserveResolution(tx)
  const kept = {
    exceptionId: `${exceptionId}`,
    exception: found.exception.kind,
    act: request.act,
    ...evidence,
    at,
  }
  const content = await keepEvidence(tx, { resolutionId: `${resolutionId}`, ...kept })
  const cause = `${evidence.by} resolved exception ${exceptionId} (${kind}): ${evidence.reason}`
  const context = { ...found, tx, needs, resolutionId, content, cause, actor: evidence.by, at }
  const end = await perform(context, request.act)
  if (end.kind === 'refused') throw refused([end.refusal], allowed)
  const effect = { ...end.effect, exceptions: end.effect.exceptions + 1 }
  const approval = approvalWanted(kind) ? 'wanted' : 'not-wanted'
  const told = { lines: effect.lines, amountFen: `${effect.amountFen}`, exceptions: effect.exceptions }
  await keepResolution(tx, {
    ...{ ...evidence, resolutionId, exceptionId, act: kind, asked, effect: told, approval, client, at },
  })
  await recordAct(tx, at, client ?? evidence.by, 'exception.resolved', String(exceptionId), {
    ...{
      resolutionId: `${resolutionId}`,
      kind: found.exception.kind,
      act: kind,
      by: evidence.by,
      approval,
      ...told,
    },
  })
  return { kind: 'resolved', resolutionId, act: kind, approval, effect, wakes: end.wakes }
}

function perform(context: ActContext, asked: ResolutionAct): Promise<ActEnd> {
  switch (asked.kind) {
    case 'paid':
    case 'failed':
      return resolveLine(context, asked)
    case 'remap':
      return resolveRemap(context)
    case 'match':
      return resolveMatch(context, asked)
    case 'match-return':
      return resolveReturn(context, asked)
    case 'read-again':
      return resolveReadAgain(context)
    case 'refused-by-bank':
      return resolveRefusedByBank(context, asked)
    case 'send-again':
      return resolveSendAgain(context)
    case 'fail-lines':
      return resolveFailLines(context, asked)
    case 'delivered':
    case 'absent':
      return resolveDoubt(context, asked.kind)
    case 'dismiss':
      return resolveDismiss(context)
    default:
      return asked satisfies never
  }
}
