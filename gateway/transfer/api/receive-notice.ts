/**
 * A bank says by itself that there is something to fetch (reliability.md F53, F54). The notice is verified as the bank's
 * answers are, counts once, and does nothing but make us look: what it says of payments is never read.
 */
import type { ContractedBank } from '../../banks/bank-book.ts'
import type { Needs } from '../../needs.ts'
import { due, type Wake } from '../../run-step.ts'
import { inTransaction } from '../../store/transaction.ts'
import { enterNotice } from './api-store.ts'

/** What taking notices uses; `noticeIdOf` gives the identity of a verified notice. */
export type NoticeNeeds = Pick<Needs, 'db' | 'bankBook' | 'clock'> & {
  readonly noticeIdOf: (bank: ContractedBank, body: Buffer) => string | undefined
}

/** What became of a notice. `refused`: not proven to be of this bank, or of no bank of ours. */
export type NoticeResult =
  | { readonly kind: 'taken'; readonly wake: Wake }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused' }

/** Takes a notice of a bank, by its code. */
export async function receiveNotice(
  needs: NoticeNeeds,
  bankCode: string,
  body: Buffer,
): Promise<NoticeResult> {
  const bank = needs.bankBook.byCode(bankCode)
  const noticeId = bank?.agreement.channel.kind === 'api' ? needs.noticeIdOf(bank, body) : undefined
  if (!bank || noticeId === undefined) return { kind: 'refused' }
  const now = needs.clock.now()
  return inTransaction(needs.db, async (tx): Promise<NoticeResult> => {
    if (!(await enterNotice(tx, bank.bankNo, noticeId, now))) return { kind: 'repeated' }
    return { kind: 'taken', wake: await due(tx, 'collect', bank.bankNo, now) }
  })
}
