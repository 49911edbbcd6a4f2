/**
 * Files that a bank lays beside its answer: until they are all there the answer may still be written, and a digest
 * among them must be that of the bytes that we fetched. Signatures are verified with the envelope.
 */
import { digestsOf } from '../../../crypto/digests.ts'
import type { ContentSource } from '../../../crypto/envelope.ts'
import type { FileRefusal } from '../../../formats/bank-file.ts'
import type { AnswerSideFile } from '../../../formats/profile/compiled-profile.ts'
import { largestSideBytes, type SideDigest, statedDigest } from '../../../formats/wire/side-digest.ts'
import { type ContractedBank, knownProfiles } from '../../banks/bank-book.ts'
import type { Channel } from '../channel.ts'

/** Side files of an answer by its name at the bank; of the first layout that gives its answers such a name. */
export function sidesOf(
  bank: ContractedBank,
  remoteName: string,
  answerName: string,
): readonly AnswerSideFile[] {
  const profile = knownProfiles(bank).find((one) => one.matchResultName(answerName) !== undefined)
  return profile?.answerSideFiles(remoteName).filter(({ proves }) => proves !== 'signature') ?? []
}

/** True when every side file lies beside the answer. */
export const sidesComplete = (sides: readonly AnswerSideFile[], names: ReadonlySet<string>): boolean =>
  sides.every(({ name }) => names.has(name))

/** Every digest beside the answer that is not that of its bytes. Throws a Fault when the bank cannot give one. */
export async function sideFlaws(
  channel: Channel,
  sides: readonly AnswerSideFile[],
  content: ContentSource,
): Promise<readonly FileRefusal[]> {
  const digests = sides.flatMap(({ name, proves }) =>
    proves === 'md5' || proves === 'sha256' ? [{ name, proves }] : [],
  )
  if (digests.length === 0) return []
  const found = await digestsOf(content())
  const flaws: FileRefusal[] = []
  for (const { name, proves } of digests) {
    const flaw = flawOf(name, proves, await sideText(channel, name), found[proves])
    if (flaw) flaws.push(flaw)
  }
  return flaws
}

function flawOf(name: string, what: SideDigest, text: string, found: string): FileRefusal | undefined {
  const stated = statedDigest(text, what)
  if (stated === found) return undefined
  return { code: 'SIDE_FILE', facts: { name, what, stated: stated ?? 'no digest', found } }
}

/** The beginning of a side file; what is longer than a digest and a name is not read further. */
async function sideText(channel: Channel, name: string): Promise<string> {
  let text = ''
  for await (const block of channel.fetch(name)) {
    text += block.toString('latin1')
    if (text.length >= largestSideBytes) break
  }
  return text.slice(0, largestSideBytes)
}
