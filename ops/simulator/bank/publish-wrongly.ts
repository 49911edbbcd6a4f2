/**
 * Publishes an answer with what is wrong with it as a whole: cut, unsealed, sealed by a stranger, growing, or laid out
 * once more. Without any rule it is a proper answer, sealed for us.
 */
import { createReadStream } from 'node:fs'
import { copyFile, open, rename, rm, stat, truncate, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import type { Envelope } from '../../../crypto/envelope.ts'
import type { FaultRule } from '../misdeeds/fault-rule.ts'
import type { MisdeedName } from '../misdeeds/misdeed-catalog.ts'
import type { BankDesk } from './bank-desk.ts'
import { exists, publishSealed, put } from './publish-answer.ts'

/** An answer that is written and not sealed yet. `clear` is the path of its content. */
export interface WrittenAnswer {
  readonly name: string
  readonly clear: string
  readonly rules: readonly FaultRule[]
  /** Number of the request, which names what is kept of a growing answer. */
  readonly number: number
  readonly replaces: boolean
}

/** Seals and publishes an answer as the rules say. */
export async function publishWrongly(desk: BankDesk, written: WrittenAnswer): Promise<void> {
  const { rules, name } = written
  const has = (misdeed: MisdeedName): boolean => rules.some((rule) => rule.do === misdeed)
  const content = await contentOf(desk, written)
  const envelope = (await strangeEnvelope(desk, rules)) ?? desk.envelope
  const sealed = has('clear-answer') ? content : () => sealedBy(envelope, content, has('bad-signature'))
  const sealedName = `${name}${desk.suffix}`
  if (!has('grow-answer')) return await publishSealed(desk, sealedName, sealed, written.replaces)
  const whole = growingPath(desk, written.number)
  await put(whole, sealed())
  await growAnswer(desk, written.number, name)
}

async function contentOf(
  desk: BankDesk,
  { clear, rules }: WrittenAnswer,
): Promise<() => AsyncIterable<Buffer>> {
  if (rules.some((rule) => rule.do === 'bomb')) {
    const { wrap } = desk.profile
    return wrap === undefined
      ? bomb
      : async function* () {
          yield wrap(Buffer.alloc(bombBytes))
        }
  }
  if (!rules.some((rule) => rule.do === 'truncate-answer')) return () => createReadStream(clear)
  const { size } = await stat(clear)
  return () => createReadStream(clear, { end: Math.max(0, Math.floor(size * 0.6) - 1) })
}

const bombBytes = 256 * 1024 * 1024

/** A few hundred thousand bytes that unpack to hundreds of millions. */
async function* bomb(): AsyncGenerator<Buffer> {
  const gzip = createGzip({ level: 9 })
  const block = Buffer.alloc(1024 * 1024)
  const fill = async (): Promise<void> => {
    for (let left = bombBytes; left > 0; left -= block.length)
      if (!gzip.write(block)) await new Promise((drained) => gzip.once('drain', drained))
    gzip.end()
  }
  const filled = fill()
  for await (const piece of gzip) yield Buffer.from(piece)
  await filled
}

const strangeSeals: readonly MisdeedName[] = ['wrong-key', 'other-user-id', 'raw-signature', 'bare-key']

async function strangeEnvelope(desk: BankDesk, rules: readonly FaultRule[]): Promise<Envelope | undefined> {
  const rule = rules.find((one) => strangeSeals.includes(one.do))
  if (rule === undefined) return undefined
  const envelope = await desk.strangeEnvelope?.(rule.do)
  if (envelope === undefined) desk.report(`${desk.bank} has no envelope in which it could do ${rule.do}`)
  return envelope
}

/** Spoils one bit near the end, where every envelope has a signature or what proves the content. */
async function* sealedBy(
  envelope: Envelope,
  content: () => AsyncIterable<Buffer>,
  spoiled: boolean,
): AsyncGenerator<Buffer> {
  if (!spoiled) return yield* envelope.seal(content)
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of envelope.seal(content)) {
    held = Buffer.concat([held, piece])
    const ready = Math.max(0, held.length - heldBytes)
    if (ready > 0) yield held.subarray(0, ready)
    held = Buffer.from(held.subarray(ready))
  }
  const at = Math.max(0, held.length - 20)
  held[at] = (held[at] ?? 0) ^ 0x01
  yield held
}

const heldBytes = 4096

const growingPath = (desk: BankDesk, number: number): string =>
  join(desk.folders.requests, `${String(number).padStart(6, '0')}.growing`)

/** Shows a little more of an answer that grows, never its end; false when none of this number is kept. */
export async function growAnswer(desk: BankDesk, number: number, name: string): Promise<boolean> {
  const whole = growingPath(desk, number)
  if (!(await exists(whole))) return false
  const target = join(desk.folders.out, `${name}${desk.suffix}`)
  const { size } = await stat(whole)
  const shown = await stat(target).then(
    (found) => found.size,
    () => Math.floor(size / 2),
  )
  const next = Math.min(size - 1, shown + Math.max(1, Math.floor(size / 50)))
  if (await exists(target)) {
    await extend(target, whole, shown, next)
    return true
  }
  await copyFile(whole, `${target}.tmp`)
  await truncate(`${target}.tmp`, next)
  await rename(`${target}.tmp`, target)
  return true
}

async function extend(target: string, whole: string, from: number, to: number): Promise<void> {
  if (to <= from) return
  const file = await open(target, 'a')
  try {
    for await (const piece of createReadStream(whole, { start: from, end: to - 1 }))
      await file.writeFile(piece)
  } finally {
    await file.close()
  }
}

/** Lays what lies under a name out once more: as new under the same name, or under another one. */
export async function layAgain(desk: BankDesk, name: string, as: string): Promise<void> {
  const from = join(desk.folders.out, `${name}${desk.suffix}`)
  const to = join(desk.folders.out, `${as}${desk.suffix}`)
  if (from === to) {
    const now = new Date()
    return await utimes(to, now, new Date(now.getTime() + 2000))
  }
  await rm(`${to}.tmp`, { force: true })
  await copyFile(from, `${to}.tmp`)
  await publishSealed(desk, `${as}${desk.suffix}`, () => createReadStream(`${to}.tmp`), true)
  await rm(`${to}.tmp`, { force: true })
}
