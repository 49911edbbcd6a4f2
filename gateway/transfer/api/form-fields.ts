/**
 * The signed form of UnionPay (bank-formats §3.1): fields sorted by name, `name=value` joined by `&`, SHA-256 of that in
 * hex, and RSA with SHA-256 over the hex. Requests are URL-encoded on the wire, answers are not.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto'

/** Fields of a message by name; values as they were before any encoding. */
export type FormFields = Readonly<Record<string, string>>

const mostFields = 100

/** The same fields with `signature` over the others. */
export function signedForm(fields: FormFields, key: KeyObject): FormFields {
  const signature = sign('sha256', digestOf(fields), key).toString('base64')
  return { ...fields, signature }
}

/** True when `signature` is the bank's over the other fields. */
export function isSignedForm(fields: FormFields, key: KeyObject): boolean {
  const { signature = '' } = fields
  const bytes = Buffer.from(signature, 'base64')
  if (bytes.length === 0 || bytes.toString('base64') !== signature) return false
  return verify('sha256', digestOf(fields), key, bytes)
}

function digestOf({ signature: _signature, ...fields }: FormFields): Buffer {
  const text = Object.keys(fields)
    .toSorted()
    .map((name) => `${name}=${fields[name] ?? ''}`)
    .join('&')
  return Buffer.from(createHash('sha256').update(text, 'utf8').digest('hex'))
}

/** The body of a request. */
export const formBody = (fields: FormFields): Buffer =>
  Buffer.from(new URLSearchParams({ ...fields }).toString(), 'latin1')

/** Reads a message whose values are not encoded; undefined for what is none, a name that stands twice included. */
export function readForm(body: Buffer): FormFields | undefined {
  const text = body.toString('utf8').trim()
  if (!/^[A-Za-z]\w{0,63}=/.test(text)) return undefined
  const fields = new Map<string, string>()
  for (const part of text.split('&', mostFields + 1)) {
    const at = part.indexOf('=')
    const name = part.slice(0, Math.max(at, 0))
    if (!/^[A-Za-z]\w{0,63}$/.test(name) || fields.has(name)) return undefined
    fields.set(name, part.slice(at + 1))
  }
  return fields.size > mostFields ? undefined : Object.fromEntries(fields)
}
