/**
 * A bank's own side of its agreement: envelope and field cipher as one document beside its keys, and opened from it.
 * It is the gateway's agreement with the roles exchanged, and the same code opens both.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import type { Envelope } from '../../../crypto/envelope.ts'
import { createFieldCipher, readFieldCipherKey } from '../../../crypto/field-cipher.ts'
import type { FieldCipher } from '../../../formats/profile/compiled-profile.ts'
import { charset } from '../../../formats/values/charset.ts'
import { type Agreement, agreementSchema } from '../../../gateway/banks/agreement.ts'
import { envelopeSuffix, envelopeTerms } from '../../../gateway/banks/envelope-terms.ts'
import type { Clock } from '../../../gateway/clock.ts'
import { bankKeysFolder } from './party-keys.ts'

const bankSideSchema = agreementSchema.pick({ envelope: true, fieldCipher: true })

/** What was agreed, as a document: the envelope, and the field cipher where single fields are encrypted. */
export interface BankSideDocument {
  readonly envelope: object
  readonly fieldCipher?: object
}

/** A bank's side, ready to use; `suffix` is what sealing adds to a file's name. */
export interface BankSide {
  readonly envelope: Envelope
  readonly suffix: string
  readonly cipher?: FieldCipher
}

const documentPath = (bankFolder: string): string => join(bankKeysFolder(bankFolder), 'agreement.yaml')

/** Writes the document beside the bank's keys. */
export async function writeBankSide(bankFolder: string, document: BankSideDocument): Promise<void> {
  await writeFile(
    documentPath(bankFolder),
    stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
  )
}

/** Reads the document, checked as an agreement is. */
export async function readBankSide(bankFolder: string): Promise<Pick<Agreement, 'envelope' | 'fieldCipher'>> {
  return bankSideSchema.parse(parse(await readFile(documentPath(bankFolder), 'utf8')))
}

/** Opens what the document says; its scratch folder in the bank's folder is emptied before. Throws KeyRefused. */
export async function openBankSide(bankFolder: string, clock: Clock): Promise<BankSide> {
  const document = await readBankSide(bankFolder)
  const scratchFolder = join(bankFolder, 'envelope-scratch')
  await rm(scratchFolder, { recursive: true, force: true })
  await mkdir(scratchFolder, { mode: 0o700 })
  const use = { scratchFolder, now: () => clock.now() }
  return {
    envelope: await openAgreedEnvelope(envelopeTerms(document.envelope), use),
    suffix: envelopeSuffix(document.envelope),
    ...(document.fieldCipher !== undefined && { cipher: fieldCipherOf(document.fieldCipher) }),
  }
}

function fieldCipherOf(agreed: NonNullable<Agreement['fieldCipher']>): FieldCipher {
  const { algorithm, encoding, text, ivHex, keyFile } = agreed
  const iv = ivHex === undefined ? {} : { iv: Buffer.from(ivHex, 'hex') }
  return createFieldCipher(readFieldCipherKey(keyFile), { algorithm, encoding, text: charset(text), ...iv })
}
