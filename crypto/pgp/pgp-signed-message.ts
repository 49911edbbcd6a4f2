/**
 * Signed OpenPGP messages without encryption, as `gpg --sign` makes them. What `open` gives was verified whole.
 */
import { createHash } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import type { Key, PrivateKey } from 'openpgp'
import { type ContentSource, type Envelope, EnvelopeRefused, type OpenedContent } from '../envelope.ts'
import type { KeyTrail } from '../key-id.ts'
import { openScratch } from '../scratch-file.ts'
import { withoutArmor } from './armor.ts'
import { withArmor } from './armor-writer.ts'
import { buffers, sized } from './content-stream.ts'
import { signingKeyOf } from './key-validity.ts'
import { loadOpenPgp, strictConfig } from './openpgp-library.ts'
import { verifySignatures } from './signature-check.ts'
import { readSignedMessage } from './signed-message.ts'

/** What an agreement fixes besides keys. */
export interface PgpSignedTerms {
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  readonly maxContentBytes: number
  /** True to write ASCII armour; both forms are read. */
  readonly armored: boolean
  readonly now: () => Date
}

/** Signs content that is read once; sealing throws EnvelopeRefused. */
export function pgpSigner(signingKey: PrivateKey, terms: PgpSignedTerms): Envelope['seal'] {
  return async function* seal(content: ContentSource): AsyncGenerator<Buffer> {
    const pgp = await loadOpenPgp()
    const date = terms.now()
    await signingKeyOf(pgp, signingKey, date)
    const counted = sized(content(), terms.maxContentBytes)
    const message = await pgp.createMessage({ binary: ReadableStream.from<Uint8Array>(counted), date })
    const config = strictConfig(pgp)
    const chunks = buffers(
      await pgp.sign({ message, signingKeys: signingKey, date, format: 'binary', config }),
    )
    yield* terms.armored ? withArmor(chunks, 'MESSAGE') : chunks
  }
}

/** Verifies a signed message by pinned keys; opening throws EnvelopeRefused. */
export function pgpVerifier(trustedSigners: readonly Key[], terms: PgpSignedTerms): Envelope['open'] {
  return async (sealed, at): Promise<OpenedContent> => {
    const pgp = await loadOpenPgp()
    const trail: KeyTrail = {}
    const scratch = await openScratch(terms.scratchFolder)
    const sha256 = createHash('sha256')
    const take = (chunk: Buffer): Promise<void> => {
      sha256.update(chunk)
      return scratch.write(chunk)
    }
    try {
      const taking = { take, maxContentBytes: terms.maxContentBytes }
      const { signatures, sizeBytes } = await readSignedMessage(withoutArmor(sealed, 'MESSAGE'), taking)
      const file = await scratch.finish()
      await verifySignatures(pgp, signatures, file.content, { trustedSigners, at, trail })
      if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'the message has no content')
      return { ...file, sha256: sha256.digest('hex'), keys: trail }
    } catch (error) {
      await scratch.discard()
      throw error
    }
  }
}
