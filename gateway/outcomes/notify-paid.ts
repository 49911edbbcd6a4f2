/**
 * Asks the SMS provider for one arrival notice for each paid line of an answer, with programme, amount and the last
 * four digits (P6). Requests are cut once and recorded; the state is committed before the call, so a request whose
 * answer never came is asked about first and never doubled.
 */
import { formatYuan } from '../../formats/values/money.ts'
import { Fault } from '../faults.ts'
import { type Batch, batchId } from '../ledger/batch.ts'
import { findBatch } from '../ledger/batch-store.ts'
import { type Claim, finishDueWork } from '../ledger/due-work-store.ts'
import { openLines } from '../ledger/payee-store.ts'
import type { SealedLine } from '../ledger/sealed-line.ts'
import type { Needs } from '../needs.ts'
import type { StepEnd } from '../run-step.ts'
import { inTransaction } from '../store/transaction.ts'
import { openException } from '../transfer/exception-store.ts'
import type { SmsMessage, SmsOutcome, SmsProvider } from './sms-provider.ts'
import * as store from './sms-store.ts'

/** What notifying uses; without a provider nobody is notified, and the console says so. */
export type NotifyNeeds = Pick<Needs, 'db' | 'sealer' | 'clock'> & { readonly sms: SmsProvider | undefined }

const requestsAtOnce = 50

/** A call leaves that long after it was begun or not at all, so that a worker who slept wakes up to nothing (F73). */
const leavesWithinMs = 20_000

/** Step `notify`: subject is a matched inbound file's number. */
export async function notifyPaid(needs: NotifyNeeds, subject: string, claim: Claim): Promise<StepEnd> {
  const { sms } = needs
  const source = await store.findNoticeSource(needs.db, Number(subject))
  const batch = source && (await findBatch(needs.db, batchId(source.batchId)))
  if (!source || !batch)
    throw new Fault('INTERNAL', { reason: 'an answer without its batch', inboundId: subject })
  if (sms) await requestAll(needs, sms, batch, source)
  await finishDueWork(needs.db, claim)
  return { kind: 'done' }
}

async function requestAll(
  needs: NotifyNeeds,
  sms: SmsProvider,
  batch: Batch,
  source: store.NoticeSource,
): Promise<void> {
  await inTransaction(needs.db, (tx) => store.planRequests(tx, batch, source, sms.maxMessages))
  for (;;) {
    const open = await store.openRequests(needs.db, source.inboundId, requestsAtOnce)
    if (open.length === 0) return
    for (const request of open) await requestOne(needs, sms, batch, source, request)
  }
}

async function requestOne(
  needs: NotifyNeeds,
  sms: SmsProvider,
  batch: Batch,
  source: store.NoticeSource,
  request: store.SmsRequest,
): Promise<void> {
  if (request.state !== 'planned') return askAbout(needs, sms, request)
  const messages = await compose(needs, batch, source, request)
  const at = needs.clock.now()
  const begun = await store.beginRequest(needs.db, request, messages.length, at)
  if (!begun) return
  const mayLeave = (): boolean => needs.clock.now().getTime() <= at.getTime() + leavesWithinMs
  // Nobody in it left a phone number: the request is done without a call.
  const outcome: SmsOutcome =
    messages.length === 0 ? { kind: 'accepted' } : await sms.send(begun.requestId, messages, mayLeave)
  await record(needs, source, begun, outcome)
}

/**
 * Asks about a call that was begun and has no end here. That the provider does not know it proves something only when it
 * can no longer be on its way: whoever began it may be slow, or asleep.
 */
async function askAbout(needs: NotifyNeeds, sms: SmsProvider, request: store.SmsRequest): Promise<void> {
  const { requestId, requestedAt } = request
  const answer = await sms.ask(requestId)
  const now = needs.clock.now()
  const settledAt = (requestedAt?.getTime() ?? 0) + leavesWithinMs + sms.settleMs
  if (answer === 'absent' && now.getTime() < settledAt)
    throw new Fault('SMS_UNCONFIRMED', { requestId, reason: 'the request may still be on its way' })
  await store.moveRequest(needs.db, request, answer === 'accepted' ? 'accepted' : 'planned', now)
}

async function record(
  needs: NotifyNeeds,
  source: store.NoticeSource,
  request: store.SmsRequest,
  outcome: SmsOutcome,
): Promise<void> {
  const at = needs.clock.now()
  switch (outcome.kind) {
    case 'accepted':
      await store.moveRequest(needs.db, request, 'accepted', at)
      return
    case 'refused':
      return recordRefused(needs, source, request, outcome.fault)
    case 'not-accepted':
      await store.moveRequest(needs.db, request, 'planned', at)
      throw outcome.fault
    case 'unknown':
      await store.moveRequest(needs.db, request, 'unconfirmed', at)
      throw outcome.fault
    default:
      outcome satisfies never
  }
}

/** Repeating will not cure it and nobody will be notified, so people are told, once for each request. */
function recordRefused(
  needs: NotifyNeeds,
  { inboundId, batchId: id, bankNo, fileId, loSeq, hiSeq }: store.NoticeSource,
  request: store.SmsRequest,
  { code, facts }: Fault,
): Promise<void> {
  const at = needs.clock.now()
  return inTransaction(needs.db, async (tx) => {
    if (!(await store.moveRequest(tx, request, 'refused', at))) return
    await openException(tx, {
      ...{ kind: 'sms-refused', bankNo, inboundId, fileId, batchId: batchId(id), at },
      facts: {
        requestId: request.requestId,
        code,
        status: facts['status'] === undefined ? '' : `${facts['status']}`,
        loSeq,
        hiSeq,
      },
    })
  })
}

async function compose(
  needs: NotifyNeeds,
  batch: Batch,
  source: store.NoticeSource,
  request: store.SmsRequest,
): Promise<SmsMessage[]> {
  const { loSeq, hiSeq } = request
  const paid = await store.paidSeqs(needs.db, batch, source.inboundId, loSeq, hiSeq)
  const messages: SmsMessage[] = []
  for await (const lines of openLines(needs.db, needs.sealer, batch, source.bankNo, loSeq, hiSeq)) {
    for (const line of lines)
      if (paid.has(line.seq) && line.phone) messages.push(message(batch, line, line.phone))
  }
  return messages
}

const message = (batch: Batch, line: SealedLine, phone: string): SmsMessage => ({
  ref: `${batch.batchId}-${line.seq}`,
  phone,
  params: {
    name: line.payeeName,
    programme: batch.programmeName,
    period: batch.period,
    amountYuan: formatYuan(line.amountFen),
    last4: line.payeeAccount.slice(-4),
  },
})
