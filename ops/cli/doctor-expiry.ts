/** Checks of when keys and certificates of an agreement end: a warning 30 days ahead, a failure when it is too late. */
import type { Agreement } from '../../gateway/banks/agreement.ts'
import { type AgreedKey, type KeyValidity, keysOf } from '../../gateway/banks/key-expiry.ts'
import { type Check, check, failedBy, sentence } from './doctor-check.ts'

const warnDays = 30
const dayMs = 86_400_000

/** One check for each key. */
export async function* expiryChecks(agreement: Agreement, now: Date): AsyncGenerator<Check> {
  for (const key of keysOf(agreement)) {
    const id = `certificate:${agreement.bank}:${key.name}`
    try {
      yield expiryCheck(id, key, await key.read(), now)
    } catch (error) {
      yield failedBy(id, error)
    }
  }
}

/** While a key is exchanged two of them count, and the old one may run out; of others, none may. */
const expiredStatus = ({ use, several }: AgreedKey): 'warn' | 'fail' =>
  several || use === 'opening' ? 'warn' : 'fail'

function expiryCheck(id: string, key: AgreedKey, { keyId, begin, end }: KeyValidity, now: Date): Check {
  const hint = sentence('与银行更换证书或密钥', 'Exchange certificates or keys with the bank.')
  if (begin > now) {
    const from = begin.toISOString()
    const finding = sentence(`${keyId} 从 ${from} 起才有效`, `${keyId} is valid only from ${from}.`)
    return check(id, 'fail', finding, hint)
  }
  if (end === undefined) return check(id, 'ok', sentence(`${keyId} 没有期限`, `${keyId} has no end.`))
  const daysLeft = Math.floor((end.getTime() - now.getTime()) / dayMs)
  if (daysLeft < 0) {
    const on = end.toISOString()
    const finding = sentence(`${keyId} 已于 ${on} 过期`, `${keyId} ended on ${on}.`)
    return check(id, expiredStatus(key), finding, hint)
  }
  const finding = sentence(`${keyId} 还有 ${daysLeft} 天到期`, `${keyId} ends in ${daysLeft} days.`)
  return daysLeft < warnDays ? check(id, 'warn', finding, hint) : check(id, 'ok', finding)
}
