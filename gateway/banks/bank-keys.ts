/** Opens what an agreement names by file: the envelope's keys. Nothing read here ever reaches a log or the database. */
import { openAgreedEnvelope } from '../../crypto/agreed-envelope.ts'
import type { Envelope } from '../../crypto/envelope.ts'
import { createFieldCipher, readFieldCipherKey } from '../../crypto/field-cipher.ts'
import type { FieldCipher } from '../../formats/profile/compiled-profile.ts'
import { charset } from '../../formats/values/charset.ts'
import type { Clock } from '../clock.ts'
import { Fault } from '../faults.ts'
import type { BankBook, ContractedBank } from './bank-book.ts'
import { envelopeTerms } from './envelope-terms.ts'

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

/** Opens the ciphers of single fields once. Throws KEY_UNREADABLE with the bank's code; never with key material. */
export function openFieldCiphers(book: BankBook): (bank: ContractedBank) => FieldCipher | undefined {
  const ciphers = new Map(book.banks.map((bank) => [bank.bank, openFieldCipher(bank)]))
  return (bank) => ciphers.get(bank.bank)
}

function openFieldCipher({ bank, agreement }: ContractedBank): FieldCipher | undefined {
  const chosen = agreement.fieldCipher
  if (chosen === undefined) return undefined
  const { algorithm, encoding, text, ivHex, keyFile } = chosen
  const iv = ivHex === undefined ? {} : { iv: Buffer.from(ivHex, 'hex') }
  try {
    return createFieldCipher(readFieldCipherKey(keyFile), { algorithm, encoding, text: charset(text), ...iv })
  } catch (error) {
    throw new Fault('KEY_UNREADABLE', { bank, reason: error instanceof Error ? error.message : '' }, error)
  }
}

async function openEnvelope(bank: ContractedBank, scratchFolder: string, clock: Clock): Promise<Envelope> {
  try {
    const terms = envelopeTerms(bank.agreement.envelope)
    return await openAgreedEnvelope(terms, { scratchFolder, now: () => clock.now() })
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw new Fault('KEY_UNREADABLE', { bank: bank.bank, reason }, error)
  }
}
