/**
 * Receipts of the simulated SMS provider, in the shape of bank-formats.md section 15: keyed by `out_id`, which is our
 * reference, with a `biz_id` that a whole request shares. A script loses them, repeats them, or sends them early.
 */
import type { CallBook } from '../misdeeds/call-book.ts'

/** One receipt as it is sent; never a phone number. */
export interface SmsReceipt {
  readonly out_id: string
  readonly biz_id: string
  readonly success: boolean
  readonly report_time: string
}

/** Takes receipts; rejects when they were not taken. */
export type TellReceipts = (receipts: readonly SmsReceipt[]) => Promise<void>

/** Receipts of one request, in two lots: those that come before the submit is answered, and those after it. */
export async function receiptsOf(
  book: CallBook,
  {
    requestId,
    refs,
    at,
  }: { readonly requestId: string; readonly refs: readonly string[]; readonly at: Date },
): Promise<{ early: readonly SmsReceipt[]; usual: readonly SmsReceipt[] }> {
  const early: SmsReceipt[] = []
  const usual: SmsReceipt[] = []
  for (const ref of refs) {
    const receipt = { out_id: ref, biz_id: requestId, success: true, report_time: at.toISOString() }
    if (await book.hit('sms-receipt-lost')) continue
    const lot = (await book.hit('sms-receipt-early')) ? early : usual
    lot.push(receipt)
    if (await book.hit('sms-receipt-twice')) usual.push(receipt)
  }
  return { early, usual }
}
