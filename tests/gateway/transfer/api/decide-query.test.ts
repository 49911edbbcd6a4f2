/** When a bank may be asked about a file, and what its words so far prove. */
import { describe, expect, it } from 'vitest'
import {
  decideQuery,
  type ExchangeOutcome,
  neverLeft,
  type PastExchange,
  saidSince,
} from '../../../../gateway/transfer/api/decide-query.ts'
import { retryAfterMs } from '../../../../gateway/transfer/api/retry-after.ts'
import { decideDelivery } from '../../../../gateway/transfer/decide-delivery.ts'

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 2, minute))
const call = (purpose: PastExchange['purpose'], minute: number, outcome?: ExchangeOutcome): PastExchange => ({
  purpose,
  begunAt: at(minute),
  outcome,
  attempt: 7n,
  reason: 'X1',
})

const asked = { sealedBytes: 10, sendStage: 'renaming' } as const
const delivery = (...past: PastExchange[]): string =>
  decideDelivery(asked, { said: saidSince(past, 15) }).kind

describe('what a bank has said decides whether a file is there', () => {
  it('only its own word that it has the file proves a delivery', () => {
    expect(delivery(call('send', 0, 'accepted'))).toBe('delivered')
    expect(delivery(call('send', 0), call('query', 5, 'in-progress'))).toBe('delivered')
    expect(delivery(call('send', 0, 'unanswered'))).toBe('unclear')
    expect(delivery(call('send', 0, 'unclear'), call('query', 5, 'unclear'))).toBe('unclear')
    expect(delivery(call('send', 0, 'busy'))).toBe('unclear')
  })

  it('F49: one denial proves nothing, two early ones neither, two a settle time apart do', () => {
    const send = call('send', 0, 'unanswered')
    expect(delivery(send, call('query', 20, 'not-known'))).toBe('unclear')
    expect(delivery(send, call('query', 1, 'not-known'), call('query', 14, 'not-known'))).toBe('unclear')
    expect(delivery(send, call('query', 5, 'not-known'), call('query', 25, 'not-known'))).toBe('unclear')
    expect(delivery(send, call('query', 15, 'not-known'), call('query', 29, 'not-known'))).toBe('unclear')
    expect(delivery(send, call('query', 15, 'not-known'), call('query', 30, 'not-known'))).toBe(
      'not-delivered',
    )
  })

  it('a denial after the bank said that it has the file takes nothing back', () => {
    const denials = [call('query', 20, 'not-known'), call('query', 50, 'not-known')]
    expect(delivery(call('send', 0), call('query', 5, 'accepted'), ...denials)).toBe('delivered')
  })

  it('denials of an earlier sending say nothing of a later one', () => {
    const first = [call('send', 0), call('query', 15, 'not-known'), call('query', 30, 'not-known')]
    expect(delivery(...first, call('send', 31, 'unanswered'))).toBe('unclear')
  })

  it('a sending without a call, or whose call never got a connection, did not leave', () => {
    expect(neverLeft([], 7n)).toBe(true)
    expect(neverLeft([call('send', 0, 'not-sent')], 7n)).toBe(true)
    expect(neverLeft([call('send', 0)], 7n)).toBe(false)
    expect(neverLeft([call('send', 0, 'unanswered')], 8n)).toBe(true)
  })
})

describe('a bank is asked no more often than agreed', () => {
  const terms = { firstAfterMinutes: 60, everyMinutes: 30, most: 5 }

  it('waits after the sending, and between queries', () => {
    expect(decideQuery([call('send', 0)], terms, at(59))).toEqual({ kind: 'wait', until: at(60) })
    expect(decideQuery([call('send', 0)], terms, at(60)).kind).toBe('ask')
    const once = [call('send', 0), call('query', 60, 'in-progress')]
    expect(decideQuery(once, terms, at(89))).toEqual({ kind: 'wait', until: at(90) })
  })

  it('counts what may have been answered, and not what certainly was not', () => {
    const counted: (ExchangeOutcome | undefined)[] = [
      'accepted',
      'in-progress',
      'unclear',
      'unanswered',
      undefined,
    ]
    const five = counted.map((outcome, index) => call('query', index, outcome))
    expect(decideQuery(five, terms, at(500))).toEqual({ kind: 'exhausted', asked: 5 })
    const free: ExchangeOutcome[] = ['not-known', 'refused', 'busy', 'not-sent', 'not-known']
    const none = free.map((outcome, index) => call('query', index, outcome))
    expect(decideQuery(none, terms, at(500)).kind).toBe('ask')
    const three = [...five.slice(0, 3), call('page', 9, 'accepted')]
    expect(decideQuery(three, terms, at(500)).kind).toBe('ask')
  })

  it('F72: keeps the last one back for a late result, which does not wait for its turn', () => {
    const four = [0, 1, 2, 3].map((minute) => call('query', minute, 'in-progress'))
    expect(decideQuery(four, terms, at(500))).toEqual({ kind: 'kept-back' })
    expect(decideQuery(four, terms, at(4), 'deadline')).toEqual({ kind: 'ask' })
    expect(decideQuery(four, terms, at(4), 'in-doubt')).toEqual({ kind: 'wait', until: at(33) })
    const five = [...four, call('query', 4, 'in-progress')]
    expect(decideQuery(five, terms, at(500), 'deadline')).toEqual({ kind: 'exhausted', asked: 5 })
    const unlimited = { firstAfterMinutes: 60, everyMinutes: 30 }
    expect(decideQuery(five, unlimited, at(500))).toEqual({ kind: 'ask' })
  })
})

describe('F55: Retry-After', () => {
  it('is read as seconds or as a date, and never longer than a day', () => {
    expect(retryAfterMs('120', at(0))).toBe(120_000)
    expect(retryAfterMs(at(10).toUTCString(), at(0))).toBe(600_000)
    expect(retryAfterMs(at(0).toUTCString(), at(10))).toBe(1000)
    expect(retryAfterMs('999999999', at(0))).toBe(86_400_000)
    expect(retryAfterMs('soon', at(0))).toBe(60_000)
    expect(retryAfterMs(undefined, at(0))).toBe(60_000)
  })
})
