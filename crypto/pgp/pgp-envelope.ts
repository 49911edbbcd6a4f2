/**
 * The OpenPGP envelope of an agreement (RFC 9580, as GnuPG 2.2 reads and writes it): signed, then encrypted, in one
 * message. What `open` gives was verified whole; until then it lies in a scratch file that nobody else can read.
 */
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import type { SessionKey } from 'openpgp'
import { type ContentSource, type Envelope, EnvelopeRefused, type OpenedContent } from '../envelope.ts'
import type { KeyTrail } from '../key-id.ts'
import { openScratch, type ScratchWriter } from '../scratch-file.ts'
import { withoutArmor } from './armor.ts'
import { withArmor } from './armor-writer.ts'
import { buffers, sized } from './content-stream.ts'
import { decryptedPackets } from './encrypted-message.ts'
import { encryptionKeyOf, signingKeyOf } from './key-validity.ts'
import { loadOpenPgp, type OpenPgp, strictConfig } from './openpgp-library.ts'
import type { PgpOwnKeys, PgpPeerKeys } from './pgp-keyring.ts'
import { verifySignatures } from './signature-check.ts'
import { type ReadMessage, readSignedMessage } from './signed-message.ts'

const MOST_CONTENT_BYTES = 4 * 1024 ** 3

/** What an agreement fixes besides keys; nothing of it is ever taken from a message. */
export interface PgpOptions {
  /** Folder on a local disk for content that is not verified yet; made when missing. */
  readonly scratchFolder: string
  /** True to write ASCII armour; both forms are read. Default false. */
  readonly armored?: boolean
  /** Largest content either way; default 4 GiB. */
  readonly maxContentBytes?: number
  /** Time of signing and of checking keys while sealing; default the clock of the machine. */
  readonly now?: () => Date
}

/**
 * An envelope for one agreement. `seal` reads its content once and throws EnvelopeRefused for empty or oversized
 * content and for keys that are weak, revoked or out of date: then nothing that it yielded may be sent.
 */
export function createPgpEnvelope(own: PgpOwnKeys, peer: PgpPeerKeys, options: PgpOptions): Envelope {
  const agreed = { own, peer, ...options }
  return {
    scheme: 'pgp',
    seal: (content) => seal(agreed, content),
    open: (sealed, at) => open(agreed, sealed, at),
  }
}

type Agreed = PgpOptions & { readonly own: PgpOwnKeys; readonly peer: PgpPeerKeys }

async function* seal(agreed: Agreed, content: ContentSource): AsyncGenerator<Buffer> {
  const pgp = await loadOpenPgp()
  const date = agreed.now?.() ?? new Date()
  const { signingKey } = agreed.own
  const { recipientKey } = agreed.peer
  await signingKeyOf(pgp, signingKey, date)
  await encryptionKeyOf(pgp, recipientKey, date)
  const config = strictConfig(pgp)
  const counted = sized(content(), agreed.maxContentBytes ?? MOST_CONTENT_BYTES)
  const message = await pgp.createMessage({ binary: ReadableStream.from<Uint8Array>(counted), date })
  const sessionKey: SessionKey = { data: randomBytes(32), algorithm: 'aes256' }
  const common = { message, signingKeys: signingKey, encryptionKeys: recipientKey, sessionKey, date, config }
  const chunks = buffers(await pgp.encrypt({ ...common, format: 'binary' }))
  yield* agreed.armored === true ? withArmor(chunks, 'MESSAGE') : chunks
}

async function open(agreed: Agreed, sealed: AsyncIterable<Buffer>, at: Date): Promise<OpenedContent> {
  const pgp = await loadOpenPgp()
  const trail: KeyTrail = {}
  const scratch = await openScratch(agreed.scratchFolder)
  try {
    const sha256 = createHash('sha256')
    const { signatures, sizeBytes } = await readInto(pgp, agreed, sealed, { scratch, sha256, trail })
    const file = await scratch.finish()
    const { trustedSigners } = agreed.peer
    await verifySignatures(pgp, signatures, file.content, { trustedSigners, at, trail })
    if (sizeBytes === 0) throw new EnvelopeRefused('EMPTY_CONTENT', 'the message has no content')
    return { ...file, sha256: sha256.digest('hex'), keys: trail }
  } catch (error) {
    await scratch.discard()
    throw error
  }
}

async function readInto(
  pgp: OpenPgp,
  agreed: Agreed,
  sealed: AsyncIterable<Buffer>,
  { scratch, sha256, trail }: { scratch: ScratchWriter; sha256: Hash; trail: KeyTrail },
): Promise<ReadMessage> {
  const maxContentBytes = agreed.maxContentBytes ?? MOST_CONTENT_BYTES
  const packets = decryptedPackets(pgp, withoutArmor(sealed, 'MESSAGE'), agreed.own.openingKeys, trail)
  const take = (chunk: Buffer): Promise<void> => {
    sha256.update(chunk)
    return scratch.write(chunk)
  }
  try {
    return await readSignedMessage(packets, { take, maxContentBytes })
  } catch (error) {
    if (error instanceof EnvelopeRefused) await drain(packets, maxContentBytes)
    throw error
  } finally {
    await packets.return(undefined)
  }
}

/**
 * What the inside looks like says nothing while its integrity is not proven (noise may well claim to be too large), so
 * the rest is read, as far as a content may go, and the refusal of the outside, thrown from here, wins.
 */
async function drain(packets: AsyncGenerator<Buffer>, mostBytes: number): Promise<void> {
  let readBytes = 0
  for (
    let next = await packets.next();
    next.done !== true && readBytes <= mostBytes;
    next = await packets.next()
  ) {
    readBytes += next.value.length
  }
}
