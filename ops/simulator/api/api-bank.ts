/**
 * A simulated bank that is reached over an API: the desk, journal and ledger of every simulated bank, an HTTPS door of
 * one of three shapes, keys of its own, and the channel document with which the gateway reaches it.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import { createCmbMessages } from '../../../crypto/gm/cmb-message.ts'
import { makeSm2Key } from '../../../crypto/gm/sm2-keys.ts'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import type { ApiTerms } from '../../../gateway/banks/channel-schema.ts'
import type { Clock } from '../../../gateway/clock.ts'
import type { BankSetup } from '../bank/bank-desk.ts'
import { reasonCodesOf } from '../bank/reason-codes.ts'
import { openSimulatedBank, type SimulatedBank } from '../bank/simulated-bank.ts'
import { deskSuffix, openApiDesk } from './api-desk.ts'
import { type ApiManners, apiManners, spoils } from './api-manners.ts'
import { formHandler } from './form-door.ts'
import { type DoorAnswer, type DoorCall, openHttpsDoor } from './https-door.ts'
import { jsonHandler } from './json-door.ts'
import { xmlDoorCodes, xmlHandler } from './xml-door.ts'

/** What a bank is made of. `columns` name the members of JSON rows, in the order of the layout's columns. */
export interface ApiBankSetup {
  readonly bank: string
  readonly shape: ApiTerms['shape']
  readonly folder: string
  readonly profile: CompiledProfile
  readonly settings: Readonly<Record<string, string>>
  readonly fundingAccount: string
  readonly policy: BankSetup['policy']
  readonly times: BankSetup['times']
  readonly clock: Clock
  readonly report: (line: string) => void
  readonly columns?: { readonly request: readonly string[]; readonly answer: readonly string[] }
}

/** A bank that is open. `channel` goes into the gateway's agreement. */
export interface ApiBank {
  readonly bank: SimulatedBank
  readonly manners: ApiManners
  readonly channel: Readonly<Record<string, unknown>>
  /** Calls that came to the door, spoiled ones included. */
  calls(): number
  close(): Promise<void>
}

/** Opens a bank and its door on a free port of loopback. */
export async function startApiBank(setup: ApiBankSetup): Promise<ApiBank> {
  const scratchFolder = join(setup.folder, 'envelope-scratch')
  await mkdir(scratchFolder, { recursive: true, mode: 0o700 })
  const customer = { fundingAccount: setup.fundingAccount, settings: setup.settings }
  const { bank: code, profile, folder, policy, times, clock, report } = setup
  const bank = await openSimulatedBank({
    bank: code,
    profile,
    codes: reasonCodesOf(profile),
    customer,
    folder,
    envelope: await openAgreedEnvelope({ scheme: 'none' }, { scratchFolder, now: () => clock.now() }),
    suffix: deskSuffix,
    policy,
    times,
    pickUp: 'at-once',
    clock,
    isBeingWritten: () => false,
    report,
  })
  const desk = openApiDesk(bank, { folder, profile, customer })
  const manners = apiManners()
  const made = await makeShape(setup, desk, manners)
  let calls = 0
  const door = await openHttpsDoor(async (call) => {
    calls++
    return spoiled(manners, call) ?? made.handle(call)
  })
  return {
    bank,
    manners,
    channel: { kind: 'api', shape: setup.shape, url: door.url, serverPins: [door.pin], ...made.terms },
    calls: () => calls,
    async close() {
      await door.close()
      await bank.close()
    },
  }
}

/** What goes wrong before the bank's own interface is reached. */
function spoiled(manners: ApiManners, _call: DoorCall): DoorAnswer | undefined {
  if (spoils(manners, 'busy'))
    return { kind: 'answer', status: 429, headers: { 'retry-after': `${manners.retryAfterS}` }, body: 'busy' }
  if (spoils(manners, 'dropBeforeTaking')) return { kind: 'break' }
  if (spoils(manners, 'clearText')) return { kind: 'answer', body: 'CDCServer:系统繁忙，请稍后再试' }
  if (spoils(manners, 'htmlPages'))
    return {
      kind: 'answer',
      headers: { 'content-type': 'text/html' },
      body: '<html><body>维护中</body></html>',
    }
  return undefined
}

interface MadeShape {
  readonly terms: Readonly<Record<string, unknown>>
  readonly handle: (call: DoorCall) => Promise<DoorAnswer>
}

function makeShape(
  setup: ApiBankSetup,
  desk: ReturnType<typeof openApiDesk>,
  manners: ApiManners,
): Promise<MadeShape> {
  switch (setup.shape) {
    case 'json-sm':
      return makeJson(setup, desk, manners)
    case 'xml-post':
      return makeXml(setup, desk, manners)
    case 'form-post':
      return makeForm(setup, desk, manners)
  }
}

async function makeJson(
  { folder, columns = { request: [], answer: [] } }: ApiBankSetup,
  desk: ReturnType<typeof openApiDesk>,
  manners: ApiManners,
): Promise<MadeShape> {
  const [own, customer, symmetricKey, uid] = [makeSm2Key(), makeSm2Key(), randomBytes(16), 'N002432301']
  const terms = {
    uid,
    submit: 'BB6BTHHL',
    query: 'BB6BPDQY',
    delimiter: '|',
    requestKeys: [...columns.request],
    answerKeys: [...columns.answer],
  }
  const agreed = { uid, symmetricKey, signingKey: own.key, bankKey: customer.publicKey.point }
  const files = {
    symmetricKeyFile: await secret(folder, 'symmetric-key', symmetricKey.toString('hex')),
    signingKeyFile: await secret(
      folder,
      'customer-sm2',
      customer.key.export({ type: 'pkcs8', format: 'pem' }),
    ),
    bankKeyFile: await secret(folder, 'bank-sm2', own.publicKey.point.toString('hex')),
  }
  const codes = { accepted: [], inProgress: [], notKnown: ['CMBN001'], refused: ['CMBR001'] }
  const messages = createCmbMessages(agreed)
  return {
    terms: { ...terms, ...files, codes },
    handle: jsonHandler({ desk, manners, messages, signing: own, symmetricKey, terms }),
  }
}

async function makeXml(
  { settings }: ApiBankSetup,
  desk: ReturnType<typeof openApiDesk>,
  manners: ApiManners,
): Promise<MadeShape> {
  const { notKnown, refused } = xmlDoorCodes
  const codes = { accepted: [], inProgress: [], notKnown: [notKnown], refused: [refused] }
  return {
    terms: { customer: settings.cis ?? '4301000001', userId: settings.certId ?? 'huida.c.4301', codes },
    handle: xmlHandler({ desk, manners }),
  }
}

async function makeForm(
  { folder, profile, settings }: ApiBankSetup,
  desk: ReturnType<typeof openApiDesk>,
  manners: ApiManners,
): Promise<MadeShape> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const customer = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = { type: 'spki', format: 'pem' } as const
  const terms = {
    merchant: settings.merId ?? '777290058110097',
    certId: '68759585097',
    signingKeyFile: await secret(
      folder,
      'customer-rsa',
      customer.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ),
    bankKeyFile: await secret(folder, 'bank-rsa', own.publicKey.export(pem)),
    codes: { accepted: [], inProgress: [], notKnown: [], refused: ['11', '13'] },
  }
  manners.mostQueries = 5
  const customerKey = Buffer.from(customer.publicKey.export(pem))
  return { terms, handle: formHandler({ desk, profile, manners, signing: own.privateKey, customerKey }) }
}

async function secret(folder: string, name: string, content: string | Buffer): Promise<string> {
  const keys = join(folder, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const path = join(keys, name)
  await writeFile(path, content, { mode: 0o600 })
  return path
}
