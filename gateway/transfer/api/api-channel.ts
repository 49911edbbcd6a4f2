/**
 * The road over a bank's HTTP API (DESIGN §5, law 4; reliability.md F48-F55): one contract for every shape. A file is
 * known by its number, a send whose end is in doubt is followed by questions under that number and by nothing else,
 * and a result is kept as it came before anybody lists it.
 */
import { asFault, Fault } from '../../faults.ts'
import { readContent } from '../../store/content-store.ts'
import type { AskedNow, Channel, OutboundFile, RemoteEvidence, RemoteFile, SendOutcome } from '../channel.ts'
import { isAbsent } from '../decide-delivery.ts'
import {
  beginSend,
  endExchange,
  findAnswer,
  keepRaw,
  listAnswers,
  readExchanges,
  readPause,
} from './api-store.ts'
import { type ApiDesk, askBank, outcomeOf, settleFailure } from './ask-bank.ts'
import { type ApiCall, type Said, unclear } from './bank-api.ts'
import { lastHanded, neverLeft, saidSince } from './decide-query.ts'
import { listSent } from './list-sent.ts'
import { findOpenOrders, findOrder, type OrderedFile } from './order-store.ts'

/** Makes a channel over an API; connects with its first call. */
export function apiChannel(desk: ApiDesk): Channel {
  return {
    send: (file) => send(desk, file),
    confirm: (name) => confirm(desk, name),
    list: () => list(desk),
    fetch: (name) => fetchAnswer(desk, name),
    ask: (name) => ask(desk, name),
    sent: () => listSent(desk),
    sentSha256: async () => undefined,
    async close() {
      await desk.line.close()
      await desk.api.close()
    },
  }
}

/** Whatever is thrown before the call left came before the bank could know of the file. */
async function send(desk: ApiDesk, outbound: OutboundFile): Promise<SendOutcome> {
  try {
    const ordered = await findOrder(desk.db, desk.bank, outbound.name)
    if (ordered.file.sideFiles.length > 0)
      throw new Fault('AGREEMENT_INVALID', { problems: 'an API carries no side files' })
    const pause = await readPause(desk.db, desk.bank.bankNo, desk.clock.now())
    if (pause) throw new Fault('BANK_UNREACHABLE', { until: pause.toISOString() })
    const earlier = await earlierSend(desk, ordered)
    if (earlier) return earlier
    const content = await wholeContent(outbound, desk.terms.maxRequestBytes)
    const call = await desk.api.submission(ordered.order, content, desk.clock.now())
    await outbound.beforeRename?.()
    const exchangeNo = await beginSend(desk.db, ordered.file, attemptOf(outbound), desk.clock.now())
    return await hand(desk, ordered, outbound, call, exchangeNo)
  } catch (error) {
    return { kind: 'not-accepted', fault: asFault(error, 'BANK_UNREACHABLE') }
  }
}

/** A retry is never blind: where an earlier try may have arrived, the bank is asked first. Undefined when it may go. */
async function earlierSend(desk: ApiDesk, ordered: OrderedFile): Promise<SendOutcome | undefined> {
  const { fileId } = ordered.file
  const before = lastHanded(await readExchanges(desk.db, fileId))
  if (!before || before.outcome === 'refused') return undefined
  if ((await saidOf(desk, fileId)).kind !== 'accepted') await askBank(desk, ordered, 'in-doubt')
  const said = await saidOf(desk, fileId)
  switch (said.kind) {
    case 'accepted':
    case 'in-progress':
      return { kind: 'accepted', sizeBytes: ordered.file.sealedBytes ?? 0 }
    case 'refused':
    case 'never-left':
      return undefined
    case 'not-known':
      if (isAbsent(said)) return undefined
      return { kind: 'unknown', fault: new Fault('SEND_UNCONFIRMED', { fileId, reason: 'not known yet' }) }
    case 'nothing':
      return { kind: 'unknown', fault: new Fault('SEND_UNCONFIRMED', { fileId, reason: said.why }) }
  }
}

/** From here on nothing may end as not-accepted that the bank may have taken. */
async function hand(
  desk: ApiDesk,
  ordered: OrderedFile,
  outbound: OutboundFile,
  call: ApiCall,
  exchangeNo: bigint,
): Promise<SendOutcome> {
  const exchange = await desk.line.post(call)
  try {
    const at = desk.clock.now()
    await keepRaw(desk.db, exchangeNo, exchange)
    const fault = await settleFailure(desk, exchange, (how) => endExchange(desk.db, exchangeNo, at, how))
    if (fault) return { kind: exchange.kind === 'not-sent' ? 'not-accepted' : 'unknown', fault }
    if (exchange.kind !== 'answered') throw new Fault('INTERNAL', { reason: 'no answer and no fault' })
    const said = decided(desk.api.submitted(ordered.order, exchange.body))
    await endExchange(desk.db, exchangeNo, at, outcomeOf(said))
    return outcomeOfSend(said, outbound.sizeBytes)
  } catch (error) {
    // The answer could not be written down; what the bank did stands, and will be asked for.
    return { kind: 'unknown', fault: asFault(error) }
  }
}

/** An answer to a sending by which the bank has not decided yet is no word on whether it has the file. */
const decided = (said: Said): Said =>
  said.kind === 'in-progress' || said.kind === 'not-known'
    ? unclear(`the bank answered a sending with ${said.kind}`)
    : said

const attemptOf = ({ attempt }: OutboundFile): bigint => {
  if (attempt === undefined) throw new Fault('INTERNAL', { reason: 'a sending without its fence' })
  return BigInt(attempt)
}

function outcomeOfSend(said: Said, sizeBytes: number): SendOutcome {
  switch (said.kind) {
    case 'accepted':
      return { kind: 'accepted', sizeBytes }
    case 'refused':
      return { kind: 'not-accepted', fault: new Fault('REMOTE_REFUSED', { code: said.code }) }
    case 'in-progress':
    case 'not-known':
    case 'unclear':
      return {
        kind: 'unknown',
        fault: new Fault('SEND_UNCONFIRMED', { reason: said.kind === 'unclear' ? said.reason : said.kind }),
      }
  }
}

async function wholeContent({ content, sizeBytes }: OutboundFile, maxBytes: number): Promise<Buffer> {
  const problems = `a file of ${sizeBytes} bytes is too long for a request of ${maxBytes}`
  if (sizeBytes > maxBytes) throw new Fault('AGREEMENT_INVALID', { problems })
  const blocks: Buffer[] = []
  for await (const block of content()) blocks.push(block)
  return Buffer.concat(blocks)
}

async function confirm(desk: ApiDesk, name: string): Promise<RemoteEvidence> {
  const ordered = await findOrder(desk.db, desk.bank, name)
  // Before this was recorded no byte had left, so that there is nothing to ask about.
  if (ordered.file.sendStage !== 'renaming') return {}
  const { fileId } = ordered.file
  const past = await readExchanges(desk.db, fileId)
  if (neverLeft(past, ordered.file.sendAttempt)) return { said: { kind: 'never-left' } }
  const known = saidSince(past, desk.terms.settleMinutes)
  if (known.kind === 'accepted' || known.kind === 'in-progress' || known.kind === 'refused')
    return { said: known }
  if (known.kind === 'not-known' && isAbsent(known)) return { said: known }
  const asked = await askBank(desk, ordered, 'in-doubt')
  const said = await saidOf(desk, fileId)
  return { said: said.kind === 'nothing' && asked.kind === 'put-off' ? { ...said, why: asked.why } : said }
}

/** What a bank owes is late: it is asked although it is not its turn. */
async function ask(desk: ApiDesk, name: string): Promise<AskedNow> {
  const asked = await askBank(desk, await findOrder(desk.db, desk.bank, name), 'deadline')
  switch (asked.kind) {
    case 'asked':
      return { kind: 'asked' }
    case 'put-off':
      return { kind: 'not-asked', why: asked.why }
    case 'trouble':
      return { kind: 'not-asked', why: asked.fault.message }
  }
}

const saidOf = async (desk: ApiDesk, fileId: number) =>
  saidSince(await readExchanges(desk.db, fileId), desk.terms.settleMinutes)

/** Asks about every file whose time has come, then lists what is kept; one file's trouble does not hide the others. */
async function list(desk: ApiDesk): Promise<readonly RemoteFile[]> {
  const { bankNo } = desk.bank
  const since = new Date(desk.clock.now().getTime() - desk.terms.queries.forDays * 86_400_000)
  const faults: Fault[] = []
  for (const ordered of await findOpenOrders(desk.db, desk.bank, since)) {
    const asked = await askBank(desk, ordered, 'in-turn')
    if (asked.kind !== 'trouble') continue
    faults.push(asked.fault)
    // A bank that cannot be reached, or is silent, would be waited for once a file.
    if (asked.fault.code !== 'SEND_UNCONFIRMED') break
  }
  const files = await listAnswers(desk.db, bankNo)
  if (files.length === 0 && faults[0]) throw faults[0]
  return files
}

const blockBytes = 1024 * 1024

async function* fetchAnswer(desk: ApiDesk, name: string): AsyncGenerator<Buffer, void, undefined> {
  const contentId = await findAnswer(desk.db, desk.bank.bankNo, name)
  if (contentId === undefined) throw new Fault('REMOTE_REFUSED', { status: 'NO_SUCH_FILE' })
  for await (const bytes of readContent(desk.db, contentId))
    for (let from = 0; from < bytes.length; from += blockBytes) yield bytes.subarray(from, from + blockBytes)
}
