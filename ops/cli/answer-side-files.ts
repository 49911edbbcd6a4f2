/**
 * Files that a bank puts beside its answer: digests are compared, markers only have to be there, signatures are left
 * to the envelope and named as unverified.
 */
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileRefusal } from '../../formats/bank-file.ts'
import type { AnswerSideFile } from '../../formats/profile/compiled-profile.ts'
import { largestSideBytes, type SideDigest, statedDigest } from '../../formats/wire/side-digest.ts'

/** Digests of the answer as it lies on disk, lower-case hex. */
export interface SideDigests {
  readonly md5: string
  readonly sha256: string
}

/** What became of each side file. */
export interface SideFindings {
  readonly differing: readonly FileRefusal[]
  readonly missing: readonly AnswerSideFile[]
  readonly unverified: readonly AnswerSideFile[]
}

/** Looks for the side files in a folder. */
export async function checkSideFiles(
  sideFiles: readonly AnswerSideFile[],
  folder: string,
  digests: SideDigests,
): Promise<SideFindings> {
  const differing: FileRefusal[] = []
  const missing: AnswerSideFile[] = []
  const unverified: AnswerSideFile[] = []
  for (const side of sideFiles) {
    const text = await textOf(join(folder, basename(side.name)))
    if (text === undefined) missing.push(side)
    else if (side.proves === 'signature') unverified.push(side)
    else if (side.proves !== 'complete')
      differing.push(...differences(side.name, side.proves, text, digests[side.proves]))
  }
  return { differing, missing, unverified }
}

/** The refusal of an answer whose side file is not there. */
export const missingSide = ({ name, proves }: AnswerSideFile): FileRefusal => ({
  code: 'SIDE_FILE',
  facts: { name, what: proves, found: 'nothing' },
})

function differences(name: string, what: SideDigest, text: string, found: string): readonly FileRefusal[] {
  const stated = statedDigest(text, what)
  if (stated === found) return []
  return [{ code: 'SIDE_FILE', facts: { name, what, stated: stated ?? 'no digest', found } }]
}

async function textOf(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(largestSideBytes), 0, largestSideBytes, 0)
    return buffer.subarray(0, bytesRead).toString('latin1')
  } finally {
    await handle.close()
  }
}
