/**
 * The pieces of work that a bench of envelopes times: our seal and open from file to file, and the floor, which is the
 * digest and the cipher of the family over the same bytes by node:crypto and nothing else.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { openAgreedEnvelope } from '../../crypto/agreed-envelope.ts'
import type { EnvelopeTerms } from '../../crypto/envelope-terms.ts'
import type { BenchFamily } from './envelope-parties.ts'

/** Which way an envelope goes. */
export type Way = 'seal' | 'open'

/** Files of one piece of work. */
export interface WorkFiles {
  readonly inPath: string
  readonly outPath: string
  readonly scratchFolder: string
}

const READ_BYTES = 1024 * 1024

/** Digests and cipher that the bytes cannot do without: OpenPGP takes SHA-1 besides, for its integrity packet. */
const floors = {
  cms: { digests: ['sha256'], cipher: 'aes-256-gcm', keyBytes: 32, ivBytes: 12 },
  gm: { digests: ['sm3'], cipher: 'sm4-cbc', keyBytes: 16, ivBytes: 16 },
  pgp: { digests: ['sha256', 'sha1'], cipher: 'aes-256-cfb', keyBytes: 32, ivBytes: 16 },
} as const

const blocksOf = (path: string): AsyncIterable<Buffer> =>
  createReadStream(path, { highWaterMark: READ_BYTES })

/** Seals or opens one file; gives the seconds that it took after the keys were loaded. */
export async function envelopeWork(terms: EnvelopeTerms, way: Way, files: WorkFiles): Promise<number> {
  const { inPath, outPath, scratchFolder } = files
  const envelope = await openAgreedEnvelope(terms, { scratchFolder })
  const before = process.hrtime.bigint()
  if (way === 'seal')
    await pipeline(
      envelope.seal(() => blocksOf(inPath)),
      createWriteStream(outPath),
    )
  else {
    const opened = await envelope.open(blocksOf(inPath), new Date())
    await pipeline(opened.content(), createWriteStream(outPath))
    await opened.discard()
  }
  return secondsSince(before)
}

/** The floor of a family over the bytes of a file. */
export async function floorWork(family: BenchFamily, way: Way, inPath: string): Promise<number> {
  const before = process.hrtime.bigint()
  const { digests, cipher, keyBytes, ivBytes } = floors[family]
  const hashes = digests.map((name) => createHash(name))
  const stream = startCipher(cipher, way, [randomBytes(keyBytes), randomBytes(ivBytes)])
  for await (const block of blocksOf(inPath)) {
    for (const hash of hashes) hash.update(block)
    stream.update(block)
  }
  for (const hash of hashes) hash.digest()
  return secondsSince(before)
}

function startCipher(
  name: string,
  way: Way,
  [key, iv]: readonly [Buffer, Buffer],
): { update(block: Buffer): Buffer } {
  return way === 'seal' ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv)
}

const secondsSince = (before: bigint): number => Number(process.hrtime.bigint() - before) / 1e9
