/** The token with the signing key is gone: files stay unsealed, nothing unsigned leaves, and sealing goes on when it is back. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAgreedEnvelope } from '../../crypto/agreed-envelope.ts'
import type { Envelope } from '../../crypto/envelope.ts'
import { loadPkcs11 } from '../../crypto/pkcs11/pkcs11-module.ts'
import { envelopeTerms } from '../../gateway/banks/envelope-terms.ts'
import { type Journey, startJourney } from '../support/journey.ts'
import { acceptBatch, countsOf, expectConserved, fileOf, plainPeople } from '../support/ledger-view.ts'
import { startToken, type TestToken } from '../support/softhsm.ts'
import { runOnly } from '../support/step-runs.ts'

const people = 12

let token: TestToken
let journey: Journey
beforeAll(async () => {
  token = startToken()
  journey = await startJourney({ only: ['yy-rcb'], failShare: 0, returnShare: 0, lateAnswerHours: 0 })
})
afterAll(async () => {
  await journey.close()
  token.end()
})

/** The envelope of the only bank, with our own signing key moved into the token. */
async function tokenEnvelope(): Promise<Envelope> {
  const { bankBook, scratchFolder, clock } = journey.assembly
  const [bank] = bankBook.banks
  const terms = bank && envelopeTerms(bank.agreement.envelope)
  if (terms?.scheme !== 'cms' || terms.signing?.kind !== 'pem')
    throw new Error('the bank has no CMS envelope')
  const { keyPath, certificatePath } = terms.signing
  token.importKey(createPrivateKey(readFileSync(keyPath)), 'ours', '01')
  const { modulePath, tokenLabel, pinPath } = token
  const { signing, ...rest } = terms
  const signingToken = { modulePath, tokenLabel, pinPath, keyLabel: 'ours', certificatePath }
  return openAgreedEnvelope(
    { ...rest, signingToken, opening: terms.opening ?? [signing] },
    { scratchFolder, now: () => clock.now() },
  )
}

/** Whoever held the token is logged out, and nobody can log in. */
async function takeOut(): Promise<() => void> {
  const { library } = await loadPkcs11(token.modulePath)
  for (const slot of library.C_GetSlotList(true)) library.C_CloseAllSessions(slot)
  const away = join(token.folder, 'pin-away')
  renameSync(token.pinPath, away)
  return () => renameSync(away, token.pinPath)
}

it('F18: a file whose signing key cannot be reached stays unsealed, and is sealed and paid when it can', async () => {
  const envelope = await tokenEnvelope()
  const signing = { envelopeOf: () => envelope }
  const { batchId } = await acceptBatch(journey, 'H-1', plainPeople('H-1', 'yy-rcb', people))
  await runOnly(journey, ['plan'])
  const putBack = await takeOut()
  expect(await runOnly(journey, ['compose'], signing)).toMatchObject([
    { kind: 'put-off', fault: { code: 'KEY_UNREADABLE' } },
  ])
  await runOnly(journey, ['send'])
  const file = await fileOf(journey, batchId)
  expect(file).toMatchObject({ state: 'planned', contentId: undefined })
  expect(await countsOf(journey, batchId)).toEqual({ waiting: people })
  expect(journey.reports.filter((line) => line.includes(file.name))).toEqual([])
  putBack()
  journey.clock.turn(11)
  await runOnly(journey, ['compose'], signing)
  expect((await fileOf(journey, batchId)).state).toBe('sealed')
  await journey.settle()
  expect(await countsOf(journey, batchId)).toEqual({ paid: people })
  await expectConserved(journey, batchId)
})
