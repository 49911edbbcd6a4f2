/** Verifies notices with the keys of each bank's agreement; the keys are read at the first notice that a bank sends. */
import type { ContractedBank } from '../../banks/bank-book.ts'
import type { BankApi } from './bank-api.ts'
import { openBankApi } from './open-api-channel.ts'

/** A verifier of notices. */
export interface NoticeVerifier {
  /** The identity of a verified notice; undefined for any other. Throws KeyRefused for keys that cannot be read. */
  idOf(bank: ContractedBank, body: Buffer): string | undefined
  close(): Promise<void>
}

/** Makes a verifier for all banks. */
export function noticeVerifier(): NoticeVerifier {
  const apis = new Map<string, BankApi>()
  return {
    idOf({ bank, agreement }, body) {
      if (agreement.channel.kind !== 'api') return undefined
      const api = apis.get(bank) ?? openBankApi(agreement.channel)
      apis.set(bank, api)
      return api.notice(body)
    },
    async close() {
      await Promise.allSettled([...apis.values()].map((api) => api.close()))
    },
  }
}
