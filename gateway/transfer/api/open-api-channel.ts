/** Opens the channel of a bank whose agreement names an API: reads its keys, chooses its shape, pins its server. */

import { createPrivateKey } from 'node:crypto'
import { createCmbMessages } from '../../../crypto/gm/cmb-message.ts'
import { readSm2PrivateKey } from '../../../crypto/gm/sm2-key-file.ts'
import { readPassphrase, readPublicFile, readSecretFile } from '../../../crypto/secret-file.ts'
import type { ContractedBank } from '../../banks/bank-book.ts'
import type { ApiTerms, FormPostTerms, JsonSmTerms, XmlPostTerms } from '../../banks/channel-schema.ts'
import { Fault } from '../../faults.ts'
import type { Needs } from '../../needs.ts'
import type { Channel } from '../channel.ts'
import { apiChannel } from './api-channel.ts'
import type { BankApi } from './bank-api.ts'
import { formPostApi } from './form-post.ts'
import { httpsLine, type LineTerms } from './https-line.ts'
import { jsonSmApi } from './json-sm.ts'
import { xmlPostApi } from './xml-post.ts'

/** Opens a channel. `bank` gives the bank with its current profile. Throws KEY_UNREADABLE, never with key material. */
export function openApiChannel(
  needs: Pick<Needs, 'db' | 'clock'>,
  bank: () => ContractedBank,
  terms: ApiTerms,
): Channel {
  const { api, line } = keysRead(bank().bank, () => ({
    api: openBankApi(terms),
    line: httpsLine(lineTerms(terms)),
  }))
  return apiChannel({
    ...needs,
    get bank() {
      return bank()
    },
    terms,
    api,
    line,
  })
}

/** The API of an agreement with its keys read. Throws KeyRefused and what node:crypto throws for keys. */
export function openBankApi(terms: ApiTerms): BankApi {
  switch (terms.shape) {
    case 'json-sm':
      return openJsonSm(terms)
    case 'xml-post':
      return openXmlPost(terms)
    case 'form-post':
      return openFormPost(terms)
  }
}

function keysRead<T>(bank: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Fault('KEY_UNREADABLE', { bank, reason: error instanceof Error ? error.message : '' }, error)
  }
}

function openJsonSm(terms: JsonSmTerms): BankApi {
  const passphrase = terms.passphraseFile === undefined ? undefined : readPassphrase(terms.passphraseFile)
  const messages = createCmbMessages({
    uid: terms.uid,
    symmetricKey: hexOf(readSecretFile(terms.symmetricKeyFile), 16, 'symmetricKeyFile'),
    signingKey: readSm2PrivateKey(readSecretFile(terms.signingKeyFile), passphrase).key,
    bankKey: hexOf(readPublicFile(terms.bankKeyFile), 65, 'bankKeyFile'),
  })
  return jsonSmApi(terms, messages)
}

function hexOf(text: Buffer, sizeBytes: number, member: string): Buffer {
  const digits = text.toString('latin1').trim()
  if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length !== sizeBytes * 2)
    throw new RangeError(`${member} does not hold ${sizeBytes * 2} hex digits`)
  return Buffer.from(digits, 'hex')
}

function openXmlPost(terms: XmlPostTerms): BankApi {
  const { sign, connectMs, answerMs } = terms
  if (sign === undefined) return xmlPostApi(terms, undefined)
  const { url, serverPins: pins } = sign
  // A signed document is a third longer than the file, and comes with its certificates.
  const maxAnswerBytes = terms.maxRequestBytes * 2 + 65_536
  return xmlPostApi(terms, httpsLine({ url, connectMs, answerMs, maxAnswerBytes, ...(pins && { pins }) }))
}

function openFormPost(terms: FormPostTerms): BankApi {
  const key = readSecretFile(terms.signingKeyFile)
  const passphrase =
    terms.passphraseFile === undefined ? {} : { passphrase: readPassphrase(terms.passphraseFile) }
  return formPostApi(terms, {
    signing: createPrivateKey({ key, ...passphrase }),
    bank: readPublicFile(terms.bankKeyFile),
  })
}

/** How the server of an agreement is known and reached, with its files read. Throws KeyRefused. */
export function lineTerms(terms: ApiTerms): LineTerms {
  const { url, connectMs, answerMs, maxAnswerBytes, serverPins: pins, serverCaFile } = terms
  const { clientCertificateFile, clientKeyFile } = terms
  const text = (file: string): string => readPublicFile(file).toString('utf8')
  return {
    url,
    connectMs,
    answerMs,
    maxAnswerBytes,
    ...(pins && { pins }),
    ...(serverCaFile !== undefined && { ca: text(serverCaFile) }),
    ...(clientCertificateFile !== undefined && { clientCertificate: text(clientCertificateFile) }),
    ...(clientKeyFile !== undefined && { clientKey: readSecretFile(clientKeyFile).toString('utf8') }),
  }
}
