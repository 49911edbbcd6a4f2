/**
 * MD5 side files of some banks: the digest of the data file in hex, alone or before its name as md5sum writes it.
 * It shows that a transfer was not cut; it proves nothing about who sent what.
 */
import { digestsOf } from '../digests.ts'
import { type ContentSource, EnvelopeRefused } from '../envelope.ts'
import { type LegacyAgreement, refuseUnlessAgreed } from './legacy-agreement.ts'

const LONGEST_TEXT = 4096
const LINE = /^([0-9a-fA-F]{32})(?:[ \t]+\*?([^\r\n]+))?\r?\n?$/

/** A side file with the name of the data file that it must be for, where it says one. */
export interface Md5SideFile {
  readonly text: string
  readonly dataFileName: string
}

/** Reads the content once; throws EnvelopeRefused unless the side file holds its digest. */
export async function verifyMd5SideFile(
  content: ContentSource,
  sideFile: Md5SideFile,
  agreement: LegacyAgreement,
): Promise<{ sizeBytes: number; sha256: string }> {
  refuseUnlessAgreed('md5-side-file', agreement)
  const announced = digestIn(sideFile)
  const { md5, sizeBytes, sha256 } = await digestsOf(content())
  if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'there is no content')
  if (md5 !== announced) {
    throw new EnvelopeRefused('DIGEST_MISMATCH', 'the content is not the one of its MD5 side file')
  }
  return { sizeBytes, sha256 }
}

function digestIn({ text, dataFileName }: Md5SideFile): string {
  const [, digest, name] = (text.length <= LONGEST_TEXT && LINE.exec(text)) || []
  if (digest === undefined)
    throw new EnvelopeRefused('MALFORMED', 'the side file is not one line with an MD5')
  if (name !== undefined && name !== dataFileName) {
    throw new EnvelopeRefused('DIGEST_MISMATCH', 'the MD5 side file is for another file')
  }
  return digest.toLowerCase()
}
