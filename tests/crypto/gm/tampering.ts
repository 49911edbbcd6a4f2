/** One agreement with a bank of several certificates, and messages that are wrong in one place. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnvelopeRefusal } from '../../../crypto/envelope.ts'
import { createGmEnvelope, type GmOptions } from '../../../crypto/gm/gm-envelope.ts'
import { AT, bytesOf, ownKeys, peerKeys, sourceOf } from '../cms/parties.ts'
import { type GmWishes, gmEnvelopeOf, gmSignedMessage } from './gm-messages.ts'
import { gmOutcomeOf, makeGmParty } from './gm-parties.ts'

/** Scratch folder of the agreement; the test file removes it. */
export const scratchFolder = mkdtempSync(join(tmpdir(), 'huida-gm-tamper-'))

export const us = makeGmParty({ commonName: 'huida' })
export const bank = makeGmParty({ commonName: 'bank' })
/** Another key under the name of the bank. */
export const stranger = makeGmParty({ commonName: 'bank' })
export const next = makeGmParty({ commonName: 'bank, next key' })
const at = (date: string) => new Date(`${date}T00:00:00Z`)
export const expired = makeGmParty({ pair: bank.pair, commonName: 'expired', notAfter: at('2026-05-31') })
export const early = makeGmParty({ pair: bank.pair, commonName: 'early', notBefore: at('2026-07-01') })
export const notForSigning = makeGmParty({
  pair: bank.pair,
  commonName: 'encryption only',
  keyUsages: ['keyEncipherment'],
})

export const content = Buffer.from('6222|王某|1200.00\n'.repeat(60))

/** All certificates of the bank are pinned, also those that must be refused for what they are. */
const own = ownKeys(us)
const peer = peerKeys(bank, next, expired, early, notForSigning)
const options: GmOptions = { scratchFolder, maxContentBytes: 5000 }

/** How opening must end for a message, under terms that may differ. */
export type GmCase = readonly [
  title: string,
  make: () => Promise<Buffer> | Buffer,
  outcome: EnvelopeRefusal | 'opened',
  terms?: Partial<GmOptions>,
]

/** Opens under the agreement and says how it ended. */
export function outcomeOf(
  message: Buffer,
  terms: Partial<GmOptions> = {},
  pieceBytes = 777,
): Promise<string> {
  return gmOutcomeOf(message, content, { own, peer, options: { ...options, ...terms } }, pieceBytes)
}

/** The content signed and sealed for us, wrong where the wishes say so. */
export function signed(wishes: GmWishes = {}, signer = bank): Promise<Buffer> {
  return gmEnvelopeOf(gmSignedMessage(content, signer, wishes), us)
}

/** The other two layouts of the agreement. */
export const both = { layout: 'gmt0010-signed-enveloped' } as const
export const framed = { layout: 'detached-sm4' } as const

/** The content as a framed file from the bank. */
export const sealedFrame = await bytesOf(
  createGmEnvelope(ownKeys(bank), peerKeys(us), { scratchFolder, now: () => AT, ...framed }).seal(
    sourceOf(content),
  ),
)
