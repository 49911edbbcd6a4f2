/**
 * What a bank behind an API says by itself: that a file's result is there. A notice that nobody took is sent again; a
 * script makes notices come early, twice, late, again, forged or never (reliability.md F53, F54).
 */

import type { ReceivedRequest } from '../bank/request-journal.ts'
import type { SimulatedBank } from '../bank/simulated-bank.ts'
import type { CallBook } from '../misdeeds/call-book.ts'

/** Hands a notice to the customer; rejects when it was not taken. */
export type TellNotice = (bank: string, body: Buffer) => Promise<void>

/** What notices need. `make` gives the signed notice of a file; undefined at banks that send none. */
export interface NoticeNeeds {
  readonly bank: SimulatedBank
  readonly book: CallBook
  readonly make: (request: ReceivedRequest, moment: 'early' | 'done') => Buffer | undefined
  readonly tell: TellNotice
  readonly report: (line: string) => void
}

/** Looks for files whose result is new and tells of them; what was answered before it was made counts as told. */
export function apiNotices(needs: NoticeNeeds): () => Promise<void> {
  const told = new Set(
    needs.bank.requests().flatMap((state) => (isDone(state) ? [state.request.fileName] : [])),
  )
  const news: Buffer[] = []
  const held: Buffer[] = []
  let previous: Buffer | undefined
  const enter = async (request: ReceivedRequest): Promise<void> => {
    const body = needs.make(request, 'done')
    if (body === undefined || (await needs.book.hit('notice-lost'))) return
    if (await needs.book.hit('notice-reordered')) return void held.push(body)
    if (await needs.book.hit('notice-forged')) news.push(forged(body))
    news.push(body, ...held.splice(0))
    if (await needs.book.hit('notice-doubled')) news.push(body)
    if (previous !== undefined && (await needs.book.hit('notice-replayed'))) news.push(previous)
    previous = body
  }
  const early = async (request: ReceivedRequest): Promise<void> => {
    const body = needs.make(request, 'early')
    if (body !== undefined && (await needs.book.hit('notice-early'))) news.push(body)
  }
  return async () => {
    for (const state of needs.bank.requests()) {
      if (state.kind === 'refused' || state.kind === 'received') continue
      const { request } = state
      const key = isDone(state) ? request.fileName : `early ${request.fileName}`
      if (told.has(key)) continue
      told.add(key)
      await (isDone(state) ? enter(request) : early(request))
    }
    await send(needs, news)
  }
}

const isDone = (
  state: ReturnType<SimulatedBank['requests']>[number],
): state is Extract<typeof state, { readonly request: ReceivedRequest }> =>
  state.kind === 'answered' || state.kind === 'returned'

async function send({ bank, tell, report }: NoticeNeeds, news: Buffer[]): Promise<void> {
  for (let body = news[0]; body !== undefined; body = news[0]) {
    try {
      await tell(bank.bank, body)
      news.shift()
    } catch (error) {
      report(`${bank.bank} could not notify: ${error instanceof Error ? error.message : String(error)}`)
      return
    }
  }
}

/** The same notice with one character changed. */
function forged(body: Buffer): Buffer {
  const changed = Buffer.from(body)
  const at = Math.floor(changed.length / 2)
  changed[at] = changed[at] === 0x41 ? 0x42 : 0x41
  return changed
}
