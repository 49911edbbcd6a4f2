/**
 * What goes wrong in the calls to a bank's API: before its own interface is reached, within it, and on the way back.
 * Whether anything was taken by then is what the customer cannot know.
 */
import type { ApiTerms } from '../../../gateway/banks/channel-schema.ts'
import type { CallBook } from '../misdeeds/call-book.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import type { MisdeedName } from '../misdeeds/misdeed-catalog.ts'
import { isShut } from '../misdeeds/opening-hours.ts'
import type { ApiManners } from './api-manners.ts'
import type { DoorAnswer, DoorCall } from './https-door.ts'

/** A handler of calls. */
export type Handle = (call: DoorCall) => Promise<DoorAnswer>

/** What misbehaving uses; `now` is simulated time. */
export interface CallMisdeeds {
  readonly book: CallBook
  readonly manners: ApiManners
  readonly shape: ApiTerms['shape']
  readonly now: () => Date
}

/** Lays what holds at all times into the manners. */
export function settleManners({ book, manners }: Pick<CallMisdeeds, 'book' | 'manners'>): void {
  const [limit] = book.rules('query-limit')
  if (limit) manners.mostQueries = limit.queries ?? 5
  const [pages] = book.rules('small-pages')
  if (pages) manners.pageRows = pages.rows ?? 2
}

/** The handler with everything that goes wrong around it. */
export function misbehaving(misdeeds: CallMisdeeds, handle: Handle): Handle {
  const { book, manners, now } = misdeeds
  return async (call) => {
    const submits = isSubmission(misdeeds.shape, call)
    const busy = await book.hit('busy')
    if (busy)
      return {
        kind: 'answer',
        status: 429,
        headers: { 'retry-after': `${busy.retryAfterS ?? 120}` },
        body: 'busy',
      }
    const [lost, silent, lostAfter, silentAfter] = submits ? await submissionHits(book) : []
    if (lost) return { kind: 'break' }
    if (silent) return { kind: 'silence' }
    const before = await spoiledAnswer(book, false)
    if (before) return before
    manners.shut = submits && (await isShut(book, now()))
    const answer = await handledOddly(misdeeds, submits, call, handle)
    if (lostAfter) return { kind: 'break' }
    if (silentAfter) return { kind: 'silence' }
    return (await spoiledAnswer(book, true)) ?? (await garbled(book, answer))
  }
}

/** Every submission counts for every one of these, whichever of them it meets. */
const submissionHits = (book: CallBook) =>
  Promise.all([
    book.hit('break-before-taking'),
    book.hit('time-out-before-taking'),
    book.hit('break-after-taking'),
    book.hit('time-out-after-taking'),
  ])

/** The bank's own interface, once or twice, in the mood that the rules put it in. */
async function handledOddly(
  { book, manners }: CallMisdeeds,
  submits: boolean,
  call: DoorCall,
  handle: Handle,
): Promise<DoorAnswer> {
  const { inProgress } = manners
  if (!submits && (await book.hit('in-progress'))) manners.inProgress = 1
  manners.signature = (await book.hit('answer-der'))
    ? 'der'
    : (await book.hit('answer-user-id'))
      ? 'other-user-id'
      : 'usual'
  const doubled = await book.hit('post-doubled')
  const answer = await handle(call)
  if (doubled) await handle(call)
  manners.inProgress = inProgress
  manners.signature = 'usual'
  return answer
}

/** An answer that is none, in the place of the right one; `after` tells whether that one was made. */
async function spoiledAnswer(book: CallBook, after: boolean): Promise<DoorAnswer | undefined> {
  const fits = (rule: FaultRule): boolean => (rule.after ?? true) === after
  const hit = (name: MisdeedName): Promise<FaultRule | undefined> => book.hit(name, fits)
  const error = await hit('http-error')
  if (error) return { kind: 'answer', status: error.status ?? 502, body: 'Bad Gateway' }
  if (await hit('html-page'))
    return {
      kind: 'answer',
      headers: { 'content-type': 'text/html' },
      body: '<html><body>系统维护中</body></html>',
    }
  if (await hit('clear-text')) return { kind: 'answer', body: 'CDCServer:系统繁忙，请稍后再试' }
  if (after) return undefined
  if (await hit('garbled')) return { kind: 'answer', body: 'reqData=PD94bWwgdm' }
  if (await hit('wrong-charset')) return { kind: 'answer', body: Buffer.from('系统繁忙', 'utf16le') }
  return undefined
}

/** Half of the right answer, or all of it in another charset. */
async function garbled(book: CallBook, answer: DoorAnswer): Promise<DoorAnswer> {
  if (answer.kind !== 'answer') return answer
  const after = (rule: FaultRule): boolean => rule.after ?? true
  const body = Buffer.from(answer.body)
  if (await book.hit('garbled', after))
    return { ...answer, body: body.subarray(0, Math.floor(body.length / 2)) }
  if (await book.hit('wrong-charset', after))
    return { ...answer, body: Buffer.from(body.toString('utf8'), 'utf16le') }
  return answer
}

/** True for a call that hands a file over. */
function isSubmission(shape: ApiTerms['shape'], { body }: DoorCall): boolean {
  const form = new URLSearchParams(body.toString('latin1'))
  switch (shape) {
    case 'json-sm':
      return form.get('FUNCODE') !== jsonQuery
    case 'xml-post':
      return form.get('TransCode') !== 'QPAYPER'
    case 'form-post':
      return form.get('txnType') === '21'
  }
}

/** Code of the service that tells of a batch. */
export const jsonQuery = 'BB6BPDQY'
