/**
 * One agreement with a bank of several certificates, and how opening a message under it ends.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CmsAgreement, createCmsEnvelope } from '../../../crypto/cms/cms-envelope.ts'
import { type EnvelopeRefusal, EnvelopeRefused } from '../../../crypto/envelope.ts'
import { envelopeOf, type MessageWishes, signedMessage } from './messages.ts'
import { AT, bytesOf, inPieces, makeParty, ownKeys, peerKeys } from './parties.ts'

/** Scratch folder of the agreement; the test file removes it. */
export const scratchFolder = mkdtempSync(join(tmpdir(), 'huida-tamper-'))

export const us = makeParty({ commonName: 'huida' })
export const bank = makeParty({ commonName: 'bank' })
export const stranger = makeParty({ commonName: 'bank' })
export const next = makeParty({ commonName: 'bank, next key' })
export const expired = makeParty({
  key: bank.key,
  commonName: 'expired',
  notAfter: new Date('2026-05-31T00:00:00Z'),
})
export const early = makeParty({
  key: bank.key,
  commonName: 'early',
  notBefore: new Date('2026-07-01T00:00:00Z'),
})
export const notForSigning = makeParty({
  key: bank.key,
  commonName: 'encryption only',
  keyUsages: ['keyEncipherment'],
})
export const weak = makeParty({ bits: 1024, commonName: 'weak' })

export const content = Buffer.from('6222|王某|1200.00\n'.repeat(60))

/** All certificates of the bank are pinned, also those that must be refused for what they are. */
export const agreement: CmsAgreement = {
  own: ownKeys(us),
  peer: peerKeys(bank, next, expired, early, notForSigning, weak),
  scratchFolder,
  maxContentBytes: 5000,
}

/** The content signed and sealed for us, wrong where the wishes say so. */
export const signed = (wishes: MessageWishes = {}, signer = bank): Promise<Buffer> =>
  envelopeOf(signedMessage(content, signer, wishes), us)

/** How opening must end for a message, under an agreement that may differ. */
export type Case = readonly [
  title: string,
  make: () => Promise<Buffer> | Buffer,
  outcome: EnvelopeRefusal | 'opened',
  agreed?: Partial<CmsAgreement>,
]

/** Opens under an agreement and says how it ended. */
export async function outcomeOf(
  message: Buffer,
  agreed: Partial<CmsAgreement> = {},
  pieceBytes = 777,
): Promise<string> {
  try {
    const opened = await createCmsEnvelope({ ...agreement, ...agreed }).open(
      inPieces(message, pieceBytes),
      AT,
    )
    const same = (await bytesOf(opened.content())).equals(content)
    await opened.discard()
    return same ? 'opened' : 'opened with other content'
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.code
    throw error
  }
}
