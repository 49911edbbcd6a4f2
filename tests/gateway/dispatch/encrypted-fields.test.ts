/** A bank that has single fields encrypted: no clear account or name stands in the file, and its answer is matched all the same. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { charset } from '../../../formats/values/charset.ts'
import { agreementSchema } from '../../../gateway/banks/agreement.ts'
import type { ContractedBank } from '../../../gateway/banks/bank-book.ts'
import { openFieldCiphers } from '../../../gateway/banks/bank-keys.ts'
import { bankBook } from '../../../gateway/banks/open-bank-book.ts'
import { bankFolders } from '../../../ops/simulator/bank/bank-desk.ts'
import { readBankLedgers } from '../../../ops/simulator/world/read-bank-ledgers.ts'
import { type Journey, startJourney } from '../../support/journey.ts'
import { countsOf, expectConserved, sendBatch } from '../../support/ledger-view.ts'

const document = `
id: secret-bank
version: 1
title: 字段加密的银行
source: made for this test
fidelity: invented
charset: gbk
newline: lf
layout: delimited
delimiter: '|'
limits: { maxRows: 1000, maxAmountFen: 99999999999 }
request:
  name: 'Q_{date}_{sequence:NNN}.txt'
  row:
    - { item: serial, bytes: 20 }
    - { item: account, maxBytes: 200, encrypted: true }
    - { item: name, maxBytes: 200, encrypted: true }
    - { item: amount }
result:
  style: full-list
  name: 'A_{date}_{sequence:NNN}.txt'
  appended: [ { item: code }, { item: text } ]
  codes: { '0': PAID, '1': NAME_MISMATCH }
`

const root = mkdtempSync(join(tmpdir(), 'huida-encrypted-fields-'))
let journey: Journey

/** The contracted bank with an agreement that names another key for its fields. */
function agreed(key: string): ContractedBank {
  const bank = journey.assembly.bankBook.byCode('my-secret-bank')
  if (!bank) throw new Error('no bank')
  const { fieldCipher } = agreementSchema.shape
  return {
    ...bank,
    agreement: { ...bank.agreement, fieldCipher: fieldCipher.parse({ algorithm: 'sm4-cbc', keyFile: key }) },
  }
}

/** The request as the bank has it on its disk, out of its envelope. */
function storedRequest(): string {
  const folder = journey.world.world.banks[0]?.folder ?? ''
  return charset('gbk').decode(readFileSync(join(bankFolders(folder).requests, '000001.request')))
}

beforeAll(async () => {
  const profiles = mkdtempSync(join(root, 'profiles'))
  writeFileSync(join(profiles, 'secret-bank.yaml'), document)
  journey = await startJourney({ only: [], profiles, failShare: 0 })
})
afterAll(async () => {
  await journey.close()
  rmSync(root, { recursive: true })
})

describe('fields under a key of the agreement', () => {
  it('reach the bank as ciphertext, and its answer pays the people behind it', async () => {
    const { batchId, lines } = await sendBatch(journey, 'E1', 5, 'my-secret-bank')
    await journey.settle()
    expect(await countsOf(journey, batchId)).toEqual({ paid: 5 })
    await expectConserved(journey, batchId)
    const request = storedRequest()
    for (const { payeeAccount, payeeName } of lines) {
      expect(request).not.toContain(payeeAccount)
      expect(request).not.toContain(payeeName)
    }
    expect(request.match(/\|[0-9a-f]{64}\|/gu)).toHaveLength(5)
    const credits: string[] = []
    for await (const posting of readBankLedgers(journey.banksFolder))
      if (posting.kind === 'credit') credits.push(posting.account)
    expect(credits).toEqual(lines.map(({ payeeAccount }) => payeeAccount))
  })

  it('a key that others may read stops the start with the name of the bank', () => {
    const open = join(root, 'open.key')
    writeFileSync(open, '0123456789abcdeffedcba9876543210')
    chmodSync(open, 0o644)
    expect(() => openFieldCiphers(bankBook([agreed(open)], []))).toThrow(
      expect.objectContaining({ code: 'KEY_UNREADABLE' }),
    )
  })
})
