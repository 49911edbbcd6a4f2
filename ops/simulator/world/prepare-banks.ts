/**
 * Makes a simulated world on disk: keys of the banks and of the gateway, a folder for each bank, agreements and
 * policies for the gateway, and the world file last. What is there already is kept, so a world survives restarts.
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { CompiledProfile } from '../../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { bankFolders } from '../bank/bank-desk.ts'
import { freePorts } from '../listen-patiently.ts'
import { type AgreedKeys, agreementDocument, programmesDocument } from './agreement-document.ts'
import { addJsonRows, apiBanks, makeApiBank } from './api-banks.ts'
import { type BankSideDocument, writeBankSide } from './bank-side.ts'
import { type DemoBank, demoBanks } from './demo-banks.ts'
import { copyShipped, layOverShipped } from './own-banks.ts'
import {
  bankKeysFolder,
  gatewaySshKey,
  handOver,
  hostKeyOf,
  makeFolder,
  makeParty,
  type Party,
  writeSecret,
} from './party-keys.ts'
import {
  readWorld,
  type SimulatedWorld,
  usualWorldOptions,
  type WorldApiBank,
  type WorldBank,
  type WorldOptions,
  writeWorld,
} from './simulated-world.ts'
import { envelopeDocument, envelopeFacts } from './world-envelopes.ts'

/** Choices when a world is made. Ports are by bank code, and `sms`; 0 or nothing takes a free one and keeps it. */
export interface PrepareOptions extends Partial<WorldOptions> {
  readonly host?: string
  readonly ports?: Readonly<Record<string, number>>
  /** Only these of the demo banks. */
  readonly only?: readonly string[]
  /** Folder of an operator's profiles; each payment profile gets a bank of its own beside the demo banks. */
  readonly profiles?: string
  /** Banks behind an API beside the others, one of each shape. */
  readonly api?: boolean
}

const username = 'huida'

/**
 * Makes the world of `folder`, or takes up the one that it holds: keys, ports and agreements stay, and options that
 * are given replace the old ones. Throws when the folder holds a world of another seed.
 */
export async function prepareBanks(
  folder: string,
  seed: number,
  options: PrepareOptions = {},
): Promise<SimulatedWorld> {
  const root = resolve(folder)
  const { host = '127.0.0.1', ports = {}, only, profiles, api = false, ...behaviour } = options
  const old = await readWorld(root)
  if (old !== undefined && old.seed !== seed)
    throw new Error(`${root} holds a world of seed ${old.seed}; take another folder or that seed.`)
  const world = old ?? (await makeWorld(root, seed, { host, ports, only, profiles, api }))
  const next = { ...world, options: { ...world.options, ...behaviour } }
  await writeWorld(root, next)
  return next
}

interface WorldPlan {
  readonly host: string
  readonly ports: Readonly<Record<string, number>>
  readonly only: readonly string[] | undefined
  readonly profiles: string | undefined
  readonly api: boolean
}

async function makeWorld(
  root: string,
  seed: number,
  { host, ports, only, profiles, api }: WorldPlan,
): Promise<SimulatedWorld> {
  const agreementsFolder = join(root, 'agreements')
  for (const folder of [root, agreementsFolder, join(root, 'gateway'), join(root, 'sms')])
    await makeFolder(folder)
  const profilesFolder = profiles === undefined && !api ? undefined : join(root, 'profiles')
  if (profilesFolder !== undefined && api) {
    copyShipped(profilesFolder)
    addJsonRows(profilesFolder)
  }
  const own =
    profiles === undefined || profilesFolder === undefined ? [] : layOverShipped(profiles, profilesFolder)
  const usual = demoBanks.filter(({ bank }) => only === undefined || only.includes(bank))
  const catalog = loadCatalog(profilesFolder)
  const chosen = [...usual, ...own].map((bank) => planned(bank, catalog))
  const families = chosen.map(({ envelope }) => envelopeFacts[envelope].family)
  const gateway = await makeParty(join(root, 'gateway'), 'huida gateway', families)
  const free = await freePorts(host, chosen.length + 1 + apiBanks.length)
  const portOf = (name: string, at: number): number => ports[name] || (free[at] ?? 0)
  const banks: WorldBank[] = []
  for (const [at, bank] of chosen.entries())
    banks.push(await makeBank(root, bank, { host, port: portOf(bank.bank, at), username }, gateway))
  const behindApi: WorldApiBank[] = []
  for (const [at, facts] of (api ? apiBanks : []).entries()) {
    const profile = catalog.get(facts.profile)
    if (profile === undefined)
      throw new Error(`The catalog has no profile ${facts.profile} for ${facts.bank}.`)
    const port = portOf(facts.bank, chosen.length + 1 + at)
    behindApi.push(await makeApiBank(root, facts, profile, { host, port }))
  }
  const programmesFile = join(root, 'programmes.yaml')
  await writeFile(programmesFile, programmesDocument())
  const sms = {
    host,
    port: portOf('sms', chosen.length),
    token: randomBytes(24).toString('base64url'),
    ledgerFile: join(root, 'sms', 'ledger.ndjson'),
  }
  return {
    seed,
    options: usualWorldOptions,
    banks,
    ...(api && { apiBanks: behindApi }),
    sms,
    agreementsFolder,
    programmesFile,
    ...(profilesFolder === undefined ? {} : { profilesFolder }),
  }
}

/** A bank that is about to be made; `fieldText` is the charset of single fields that its layout encrypts. */
interface PlannedBank extends DemoBank {
  readonly fieldText?: CompiledProfile['charset']
}

/** What a layout wants to know of the customer comes from its profile's samples, unless the bank says otherwise. */
function planned(bank: DemoBank, catalog: ReadonlyMap<string, CompiledProfile>): PlannedBank {
  const profile = catalog.get(bank.profile)
  if (profile === undefined) throw new Error(`The catalog has no profile ${bank.profile} for ${bank.bank}.`)
  const { encryptedItems, charset: fieldText, sampleSettings } = profile
  const settings = { ...sampleSettings, ...bank.settings }
  return { ...bank, settings, ...(encryptedItems.length > 0 && { fieldText }) }
}

async function makeBank(
  root: string,
  bank: PlannedBank,
  address: { host: string; port: number; username: string },
  gateway: Party,
): Promise<WorldBank> {
  const folder = join(root, 'banks', bank.bank)
  const keys = bankKeysFolder(folder)
  const { in: incoming, out } = bankFolders(folder)
  for (const one of [keys, incoming, out]) await makeFolder(one)
  const own = await makeParty(keys, `${bank.bank} simulated bank`, [envelopeFacts[bank.envelope].family])
  await writeFile(gatewaySshKey(keys), gateway.sshPublicKey)
  const agreed = await agreeKeys(root, bank, own, gateway)
  await writeBankSide(folder, agreed.bank)
  const agreementFile = join(root, 'agreements', `${bank.bank}.yaml`)
  const hostKey = hostKeyOf(own)
  await writeFile(agreementFile, agreementDocument(bank, { ...address, hostKey }, agreed.gateway))
  const { title, profile, envelope, settings, fundingAccount } = bank
  const facts = { bank: bank.bank, title, profile, envelope, settings, fundingAccount }
  return { ...facts, folder, agreementFile, ...address }
}

/** Exchanges public keys, and the key of single fields where the layout encrypts any; gives what both sides wrote down. */
async function agreeKeys(
  root: string,
  { bank, envelope, fieldText }: PlannedBank,
  own: Party,
  gateway: Party,
): Promise<{ gateway: AgreedKeys; bank: BankSideDocument }> {
  const { family } = envelopeFacts[envelope]
  const ofBank = await handOver(join(root, 'gateway'), bank, own, family)
  const ofGateway = await handOver(bankKeysFolder(join(root, 'banks', bank)), 'gateway', gateway, family)
  const gatewaySide = envelopeDocument(envelope, gateway.paths[family], ofBank)
  const bankSide = envelopeDocument(envelope, own.paths[family], ofGateway)
  const agreed = { privateKey: gateway.paths.sshKey, envelope: gatewaySide }
  if (fieldText === undefined) return { gateway: agreed, bank: { envelope: bankSide } }
  const fieldKey = randomBytes(16).toString('hex')
  const cipherWith = async (keyFile: string): Promise<object> => {
    await writeSecret(keyFile, fieldKey)
    return { algorithm: 'sm4-ecb', encoding: 'hex', text: fieldText, keyFile }
  }
  return {
    gateway: { ...agreed, fieldCipher: await cipherWith(join(root, 'gateway', `${bank}-field-key`)) },
    bank: { envelope: bankSide, fieldCipher: await cipherWith(join(dirname(own.paths.sshKey), 'field-key')) },
  }
}
