/**
 * Envelopes that nobody agreed: the bank's own document with another signing key, another SM2 user id, signatures in
 * the other shape, or a content key in the order C1C2C3 without 04 (bank-formats.md section 19, number 13).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import type { Envelope } from '../../../crypto/envelope.ts'
import { type AgreedEnvelopeDocument, envelopeSchema } from '../../../gateway/banks/envelope-schema.ts'
import { envelopeTerms } from '../../../gateway/banks/envelope-terms.ts'
import type { Clock } from '../../../gateway/clock.ts'
import type { MisdeedName } from '../misdeeds/misdeed-catalog.ts'
import { readBankSide } from './bank-side.ts'
import { bankKeysFolder, type KeyFiles, makeFolder, makeParty, partyPaths } from './party-keys.ts'
import { type EnvelopeKind, envelopeFacts } from './world-envelopes.ts'

/** Opens the envelope of a misdeed; undefined where this bank's kind of envelope has no such thing. */
export async function openStrangeEnvelope(
  bankFolder: string,
  kind: EnvelopeKind,
  misdeed: MisdeedName,
  clock: Clock,
): Promise<Envelope | undefined> {
  const { envelope } = await readBankSide(bankFolder)
  const changed = await changedDocument(bankFolder, kind, envelope, misdeed)
  if (changed === undefined) return undefined
  const scratchFolder = join(bankFolder, 'envelope-scratch')
  const read = envelopeSchema.safeParse(changed)
  if (!read.success) return undefined
  return await openAgreedEnvelope(envelopeTerms(read.data), { scratchFolder, now: () => clock.now() })
}

async function changedDocument(
  bankFolder: string,
  kind: EnvelopeKind,
  envelope: AgreedEnvelopeDocument,
  misdeed: MisdeedName,
): Promise<object | undefined> {
  if (misdeed === 'wrong-key') return withSigner(envelope, await strangerKeys(bankFolder, kind))
  if (envelope.scheme !== 'gm') return undefined
  switch (misdeed) {
    case 'other-user-id':
      return { ...envelope, userId: 'ALICE123@YAHOO.COM' }
    case 'raw-signature':
      return { ...envelope, signatureShape: envelope.layout === 'detached-sm4' ? 'der' : 'raw' }
    case 'bare-key':
      return { ...envelope, keyTransport: 'c1c2c3-bare' }
    default:
      return undefined
  }
}

/** Keys of somebody whom nobody knows, made once. */
async function strangerKeys(bankFolder: string, kind: EnvelopeKind): Promise<KeyFiles> {
  const folder = join(bankKeysFolder(bankFolder), 'stranger')
  const { family } = envelopeFacts[kind]
  const paths = partyPaths(folder)[family]
  if (existsSync(paths.publicKey)) return paths
  await makeFolder(folder)
  return (await makeParty(folder, 'a stranger', [family])).paths[family]
}

function withSigner(envelope: AgreedEnvelopeDocument, keys: KeyFiles): object | undefined {
  switch (envelope.scheme) {
    case 'cms':
    case 'gm':
      return { ...envelope, signing: { keyFile: keys.secretKey, certificateFile: keys.publicKey } }
    case 'pgp':
      return { ...envelope, signing: { keyFile: keys.secretKey } }
    case 'none':
      return undefined
  }
}
