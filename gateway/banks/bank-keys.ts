/** Opens what an agreement names by file: the envelope's keys. Nothing read here ever reaches a log or the database. */
import { createCmsEnvelope } from '../../crypto/cms/cms-envelope.ts'
import type { Envelope } from '../../crypto/envelope.ts'
import { loadOwnKeys, loadPeerKeys } from '../../crypto/keyring.ts'
import { plainEnvelope } from '../../crypto/plain-envelope.ts'
import type { Clock } from '../clock.ts'
import { Fault } from '../faults.ts'
import type { BankBook, ContractedBank } from './bank-book.ts'

/** Loads the keys of every bank once. Throws KEY_UNREADABLE with the bank's code; never with key material. */
export async function openEnvelopes(
  book: BankBook,
  scratchFolder: string,
  clock: Clock,
): Promise<(bank: ContractedBank) => Envelope> {
  const envelopes = new Map<string, Envelope>()
  for (const bank of book.banks) envelopes.set(bank.bank, await openEnvelope(bank, scratchFolder, clock))
  return (bank) => {
    const envelope = envelopes.get(bank.bank)
    if (!envelope) throw new Fault('INTERNAL', { reason: 'a bank without an envelope', bank: bank.bank })
    return envelope
  }
}

async function openEnvelope(bank: ContractedBank, scratchFolder: string, clock: Clock): Promise<Envelope> {
  const { envelope } = bank.agreement
  if (envelope.scheme === 'none') return plainEnvelope({ scratchFolder })
  try {
    const own = await loadOwnKeys({
      signing: {
        kind: 'pem',
        keyPath: envelope.signingKeyFile,
        certificatePath: envelope.signingCertificateFile,
      },
    })
    const peer = await loadPeerKeys({
      recipientCertificatePath: envelope.recipientCertificateFile,
      trustedSignerPaths: envelope.trustedSignerFiles,
    })
    return createCmsEnvelope({ own, peer, scratchFolder, now: () => clock.now() })
  } catch (error) {
    throw new Fault(
      'KEY_UNREADABLE',
      { bank: bank.bank, reason: error instanceof Error ? error.message : '' },
      error,
    )
  }
}
