/** Puts a file of the bank's into `out/`: sealed for us, whole before it has its final name, never over another. */
import { access, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentSource } from '../../../crypto/envelope.ts'
import type { BankDesk } from './bank-desk.ts'
import { writeDurably } from './stored-request.ts'

/** Publishes an answer under its name and the envelope's suffix; does nothing when it is there already. */
export async function publishAnswer(desk: BankDesk, name: string, content: ContentSource): Promise<void> {
  const target = answerPath(desk, name)
  if (await isPublished(desk, name)) return
  await writeDurably(`${target}.tmp`, desk.envelope.seal(content))
  await rename(`${target}.tmp`, target)
}

/** True when an answer of this name lies in `out/`. */
export async function isPublished(desk: BankDesk, name: string): Promise<boolean> {
  return await access(answerPath(desk, name)).then(
    () => true,
    () => false,
  )
}

function answerPath(desk: BankDesk, name: string): string {
  return join(desk.folders.out, `${name}${desk.suffix}`)
}
