/**
 * Puts a file of the bank's into `out/`: sealed for us, whole before it has its final name, never over another. What
 * the layout lays beside its answers follows, digests first and the marker that says "complete" last.
 */
import { createReadStream } from 'node:fs'
import { access, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { digestsOf } from '../../../crypto/digests.ts'
import type { ContentSource } from '../../../crypto/envelope.ts'
import type { AnswerSideFile } from '../../../formats/profile/compiled-profile.ts'
import type { BankDesk } from './bank-desk.ts'
import { writeDurably } from './stored-request.ts'

/** Publishes an answer under its name and the envelope's suffix, and what lies beside it; replaces nothing. */
export async function publishAnswer(desk: BankDesk, name: string, content: ContentSource): Promise<void> {
  const sealedName = `${name}${desk.suffix}`
  await publishSealed(desk, sealedName, () => desk.envelope.seal(content), false)
}

/** As `publishAnswer` with bytes that are sealed already; `replaces` what lies there under the name. */
export async function publishSealed(
  desk: BankDesk,
  sealedName: string,
  sealed: ContentSource,
  replaces: boolean,
): Promise<void> {
  const target = join(desk.folders.out, sealedName)
  if (replaces || !(await exists(target))) await put(target, sealed())
  for (const side of sidesInOrder(desk, sealedName)) {
    const path = join(desk.folders.out, side.name)
    if (replaces || !(await exists(path))) await put(path, textOf(side, sealedName, target))
  }
}

/** True when an answer of this name lies in `out/` with all that belongs to it. */
export async function isPublished(desk: BankDesk, name: string): Promise<boolean> {
  const sealedName = `${name}${desk.suffix}`
  const names = [sealedName, ...sidesInOrder(desk, sealedName).map((side) => side.name)]
  const found = await Promise.all(names.map((one) => exists(join(desk.folders.out, one))))
  return found.every((there) => there)
}

/** Signatures are in the envelope, so no file beside the answer holds one. */
function sidesInOrder(desk: BankDesk, sealedName: string): readonly AnswerSideFile[] {
  const sides = desk.profile.answerSideFiles(sealedName).filter(({ proves }) => proves !== 'signature')
  const isMarker = ({ proves }: AnswerSideFile): boolean => proves === 'complete'
  return [...sides.filter((side) => !isMarker(side)), ...sides.filter(isMarker)]
}

/** A digest is that of the bytes as they lie in `out/`; a marker only has to be there. */
async function* textOf(
  { proves }: AnswerSideFile,
  sealedName: string,
  target: string,
): AsyncGenerator<Buffer> {
  if (proves !== 'md5' && proves !== 'sha256') return yield Buffer.from(`${sealedName}\n`)
  const digests = await digestsOf(createReadStream(target))
  yield Buffer.from(`${digests[proves]}  ${sealedName}\n`)
}

/** Writes a file whole and gives it its name in one step. */
export async function put(target: string, content: AsyncIterable<Buffer>): Promise<void> {
  await writeDurably(`${target}.tmp`, content)
  await rename(`${target}.tmp`, target)
}

/** True when something lies under a path. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
