/** Where `huida bank simulate` sends what banks and the SMS provider say by themselves: over HTTP, to the address given. */
import type { RunOptions } from '../simulator/world/run-world.ts'

const timeoutMs = 5000

/** Senders for the addresses that were given; a notice that is not taken with a 2xx or a 401 is sent again later. */
export function toldOver({
  notices,
  smsReceipts,
}: {
  readonly notices?: string
  readonly smsReceipts?: string
}): Pick<RunOptions, 'tellNotice' | 'tellReceipts'> {
  return {
    ...(notices !== undefined && {
      tellNotice: async (bank, body) => {
        const status = await post(`${notices}/bank-notices/${bank}`, 'application/octet-stream', body)
        // 401 is what a forged notice earns; sending it again would earn the same.
        if (status >= 300 && status !== 401) throw new Error(`the notice was answered with ${status}`)
      },
    }),
    ...(smsReceipts !== undefined && {
      tellReceipts: async (receipts) => {
        if (receipts.length > 0) await post(smsReceipts, 'application/json', JSON.stringify(receipts))
      },
    }),
  }
}

async function post(url: string, contentType: string, body: Buffer | string): Promise<number> {
  const signal = AbortSignal.timeout(timeoutMs)
  const content = typeof body === 'string' ? body : new Uint8Array(body)
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: content,
    signal,
  })
  return answer.status
}
