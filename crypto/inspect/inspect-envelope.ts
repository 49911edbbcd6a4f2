/**
 * Tells what a file is without any key: family, layers, algorithms, for whom, by whom, how large. One pass, flat
 * memory. It verifies nothing: everything here is what the sender claims.
 */
import { BadEncoding } from '../der/der-reader.ts'
import { EnvelopeRefused } from '../envelope.ts'
import { readFrame } from '../gm/sm4-frame.ts'
import { binaryMessage } from '../pem-stream.ts'
import { withoutArmor } from '../pgp/armor.ts'
import type { EnvelopeDescription } from './envelope-description.ts'
import { describeCms } from './inspect-cms.ts'
import { describePgp } from './inspect-pgp.ts'

const FRAME = 'HUIDA-SM4-SM2'
const PGP_ARMOR = '-----BEGIN PGP '
const LOOKED_AT_BYTES = 4096

/** Describes a file; throws EnvelopeRefused for one that is no envelope, or that is cut or followed by more. */
export async function inspectEnvelope(source: AsyncIterable<Buffer>): Promise<EnvelopeDescription> {
  const counted = { sizeBytes: 0 }
  const { start, all } = await begun(counting(source, counted))
  try {
    const described = await describe(start, all)
    return { ...described, sizeBytes: counted.sizeBytes }
  } catch (error) {
    throw error instanceof BadEncoding ? new EnvelopeRefused('MALFORMED', error.message) : error
  }
}

type Described = Omit<EnvelopeDescription, 'sizeBytes'>

async function describe(start: Buffer, all: AsyncGenerator<Buffer>): Promise<Described> {
  const text = start.toString('latin1')
  if (start.length === 0) throw new EnvelopeRefused('TRUNCATED', 'the file is empty')
  if (text.startsWith(FRAME)) return describeFrame(all)
  if (text.trimStart().startsWith(PGP_ARMOR)) return describeArmor(text, all)
  if (start.readUInt8(0) >= 0x80) return { scheme: 'pgp', form: 'binary', layers: await describePgp(all) }
  const { form, chunks } = await binaryMessage(all)
  const { scheme, layer } = await describeCms(chunks)
  return { scheme, form, layers: [layer] }
}

async function describeArmor(text: string, all: AsyncGenerator<Buffer>): Promise<Described> {
  const kind = text.includes('-----BEGIN PGP SIGNATURE-----') ? 'SIGNATURE' : 'MESSAGE'
  return { scheme: 'pgp', form: 'armor', layers: await describePgp(withoutArmor(all, kind)) }
}

async function describeFrame(all: AsyncGenerator<Buffer>): Promise<Described> {
  const { head, ciphertext } = await readFrame(all)
  let sizeBytes = 0
  for await (const chunk of ciphertext) sizeBytes += chunk.length
  const layer = {
    kind: 'signed-and-encrypted',
    type: 'framed file',
    cipher: 'sm4Cbc',
    recipients: [{ id: 'not named', algorithm: `SM2, ${head.wrappedKey.length} bytes` }],
    signers: [{ id: 'not named', algorithm: `SM2, ${head.signature.length} bytes` }],
    sizeBytes,
  } as const
  return { scheme: 'gm', form: 'frame', layers: [layer] }
}

async function* counting(
  source: AsyncIterable<Buffer>,
  counted: { sizeBytes: number },
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    counted.sizeBytes += chunk.length
    yield chunk
  }
}

/** The first bytes of a stream, and the whole stream again. */
async function begun(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ start: Buffer; all: AsyncGenerator<Buffer> }> {
  let start: Buffer = Buffer.alloc(0)
  while (start.length < LOOKED_AT_BYTES) {
    const next = await chunks.next()
    if (next.done === true) break
    start = Buffer.concat([start, next.value])
  }
  return { start, all: resumed(start, chunks) }
}

async function* resumed(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
