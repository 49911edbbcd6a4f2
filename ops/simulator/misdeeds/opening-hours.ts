/** When a bank takes nothing: from its day-end until midnight, and on days off (bank-formats.md section 19, number 15). */
import { chinaDay } from '../../../gateway/clock.ts'
import { isBankDay } from '../bank/answer-times.ts'
import type { CallBook } from './call-book.ts'

/** True when a file that comes now is not taken; a day-end that has begun lasts until midnight in China. */
export async function isShut(book: CallBook, now: Date): Promise<boolean> {
  if (book.rules('closed-days').length > 0 && !isBankDay(now)) return true
  const since = book.lastHit('cut-over')
  if (since !== undefined && chinaDay(since) === chinaDay(now)) return true
  return (await book.hit('cut-over')) !== undefined
}
