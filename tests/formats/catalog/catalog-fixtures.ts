/**
 * The fixtures of every shipped profile, found by walking tests/fixtures/<profile>/<case>: a profile that joins the
 * catalogue is tested as soon as its fixtures lie there. A file's name tells what it is, as it does for the gateway.
 */
import { existsSync, readdirSync } from 'node:fs'
import type { ResultRow } from '../../../formats/bank-file.ts'
import type { AnswerKind, CompiledProfile, FieldCipher } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { fixture, readWhole, type WholeFile } from '../fixture-files.ts'

/** Every shipped profile with its id, in order. */
export const everyProfile: readonly (readonly [string, CompiledProfile])[] = [...loadCatalog()]

/** Profiles of lines, whose fixtures are all this folder's own. */
export const lineProfiles = everyProfile.filter(([, profile]) => profile.layout !== 'xml')

/** A fixture that is a request or an answer of a profile. */
export interface CaseFile {
  readonly profile: CompiledProfile
  /** Below tests/fixtures. */
  readonly path: string
  readonly caseName: string
  readonly name: string
  readonly kind: AnswerKind | 'request'
}

const foldersOf = (id: string): readonly string[] => {
  const root = new URL(`../../fixtures/${id}/`, import.meta.url)
  if (!existsSync(root)) return []
  return readdirSync(root, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []))
}

const namesIn = (path: string): readonly string[] =>
  readdirSync(new URL(`../../fixtures/${path}/`, import.meta.url)).sort()

/** Requests and answers of a profile; side files and malformed ones are left out. */
export const caseFiles = (id: string, profile: CompiledProfile): readonly CaseFile[] =>
  foldersOf(id)
    .filter((folder) => folder !== 'malformed')
    .flatMap((caseName) =>
      namesIn(`${id}/${caseName}`).flatMap((name) => {
        const kind = profile.matchRequestName(name) ? 'request' : profile.matchResultName(name)?.kind
        return kind ? [{ profile, path: `${id}/${caseName}/${name}`, caseName, name, kind }] : []
      }),
    )

/** Every request and answer of the catalogue. */
export const everyCaseFile = everyProfile.flatMap(([id, profile]) => caseFiles(id, profile))

/** Names of a profile's malformed answers. */
export const malformedNames = (id: string): readonly string[] =>
  foldersOf(id).includes('malformed') ? namesIn(`${id}/malformed`) : []

/** A cipher that hides nothing, for fixtures of encrypted fields: `E`, then every byte in hex with its bits turned. */
export const toyCipher: FieldCipher = {
  seal: (text) => `E${turned(Buffer.from(text)).toString('hex')}`,
  open: (sealed) =>
    /^E([0-9a-f]{2})+$/u.test(sealed) ? turned(Buffer.from(sealed.slice(1), 'hex')).toString() : undefined,
}

const turned = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x5a))

/** The key of a case: its fields are encrypted when its folder says so. */
export const cipherOf = ({ caseName }: CaseFile): FieldCipher | undefined =>
  caseName === 'encrypted' ? toyCipher : undefined

/** Reads an answer's bytes as what its name says. */
export function readAnswer(
  file: CaseFile,
  bytes: Buffer = fixture(file.path),
  chunkBytes?: number,
): WholeFile<ResultRow> {
  if (file.kind === 'request') throw new Error(`${file.path} is no answer`)
  return readWhole(file.profile.resultReader(undefined, file.kind, cipherOf(file)), bytes, chunkBytes)
}

/** Reads a request's bytes as the bank would. */
export const readRequest = (file: CaseFile, bytes: Buffer = fixture(file.path), chunkBytes?: number) =>
  readWhole(file.profile.requestReader(file.profile.sampleSettings, cipherOf(file)), bytes, chunkBytes)
