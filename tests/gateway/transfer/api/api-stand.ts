/** A journey to one bank that is reached over an API: real PostgreSQL, real HTTPS, and the bank's misdeeds at hand. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { loadOrMakeFieldKey } from '../../../../crypto/field-key.ts'
import { loadCatalog, shippedFolder } from '../../../../formats/profile/load-catalog.ts'
import type { ApiTerms } from '../../../../gateway/banks/channel-schema.ts'
import { ensureDueWork, findDueWork } from '../../../../gateway/ledger/due-work-store.ts'
import { runStep, type StepRun } from '../../../../gateway/run-step.ts'
import { openApiChannel } from '../../../../gateway/transfer/api/open-api-channel.ts'
import { type ApiBank, type ApiBankSetup, startApiBank } from '../../../../ops/simulator/api/api-bank.ts'
import { programmesDocument } from '../../../../ops/simulator/world/agreement-document.ts'
import { usualWorldOptions } from '../../../../ops/simulator/world/simulated-world.ts'
import { assemble } from '../../../../ops/start/assemble.ts'
import { readConfig } from '../../../../ops/start/config.ts'
import { steps } from '../../../../ops/start/steps.ts'
import { handIn, type Journey, testClock } from '../../../support/journey.ts'
import { freshDatabase } from '../../../support/postgres.ts'

/** A journey whose one bank is behind an API. */
export interface ApiJourney extends Journey {
  readonly api: ApiBank
  /** The channel as the service wires it, on the clock of the machine. */
  readonly wired: ApiJourney['assembly']['channelOf']
}

/** The three shapes, each with a layout that it carries. */
export const shapes = [
  { shape: 'json-sm', bank: 'cmb', profile: 'cmb-rows' },
  { shape: 'xml-post', bank: 'icbc', profile: 'icbc-payper' },
  { shape: 'form-post', bank: 'unionpay', profile: 'unionpay-acp' },
] as const satisfies readonly { shape: ApiTerms['shape']; bank: string; profile: string }[]

/** What a test changes; `channel` is laid over the bank's channel document. */
export interface ApiJourneyOptions {
  readonly shape: ApiTerms['shape']
  readonly channel?: Readonly<Record<string, unknown>>
  readonly setup?: Partial<ApiBankSetup>
}

const fundingAccount = '43050500000000000015'
const columns = {
  request: ['trxseq', 'accnbr', 'accnam', 'trsamt', 'trsdsp'],
  answer: ['trxseq', 'accnbr', 'accnam', 'trsamt', 'stscod', 'errdsp'],
}

/** Builds a journey; it begins on a Friday morning. */
export async function startApiJourney(options: ApiJourneyOptions): Promise<ApiJourney> {
  const folder = mkdtempSync(join(tmpdir(), 'huida-api-'))
  const clock = testClock(new Date('2026-11-20T10:00:00+08:00'))
  const profiles = profilesIn(folder)
  const one = shapes.find(({ shape }) => shape === options.shape) ?? shapes[0]
  const profile = loadCatalog(profiles).get(one.profile)
  if (profile === undefined) throw new Error(`there is no profile ${one.profile}`)
  const reports: string[] = []
  const api = await startApiBank({
    bank: one.bank,
    shape: one.shape,
    folder: join(folder, 'banks', one.bank),
    profile,
    settings: profile.sampleSettings,
    fundingAccount,
    policy: { seed: 7, failShare: 0.1, returnShare: 0 },
    times: { answerDelayMinutes: 20, returnDelayDays: 2 },
    clock,
    report: (line) => void reports.push(line),
    columns,
    ...options.setup,
  })
  const agreement = {
    bank: one.bank,
    title: `${one.bank}（模拟）`,
    profile: one.profile,
    settings: profile.sampleSettings,
    fundingAccount,
    channel: { ...api.channel, answerMs: 3000, ...options.channel },
    envelope: { scheme: 'none' },
    windows: [{ days: 'every', open: '00:00', close: '24:00' }],
    pollSeconds: 30,
    result: { dueMinutes: 240 },
  }
  const world = worldOf(folder, profiles, agreement)
  const database = await freshDatabase()
  const opened = await assemble(readConfig(world.env(database.url)), database.url, {
    name: 'huida-test',
    connections: 6,
  })
  const wired = opened.channelOf
  const channels = new Map<string, ReturnType<typeof openApiChannel>>()
  const assembly = Object.assign(opened, {
    clock,
    channelOf: (bank: (typeof opened.bankBook.banks)[number]) => {
      const terms = bank.agreement.channel
      if (terms.kind !== 'api') throw new Error('not an API')
      const channel = channels.get(bank.bank) ?? openApiChannel({ db: opened.db, clock }, () => bank, terms)
      channels.set(bank.bank, channel)
      return channel
    },
  })
  await assembly.db.query(`insert into api_client (client, token_sha256) values ('platform', sha256('test'))`)
  for (const bank of assembly.bankBook.banks)
    await ensureDueWork(assembly.db, 'collect', bank.bankNo, clock.now())
  const running = {
    world: world.value,
    banks: [api.bank],
    work: () => api.bank.work(),
    close: () => api.close(),
  }
  const journey = { assembly, world: running, banksFolder: join(folder, 'banks'), clock, reports, api }
  return {
    ...journey,
    wired,
    handIn: (batchNo, lines, header = {}) => handIn(assembly, batchNo, lines, header),
    runQuiet: () => runDue(journey),
    settle: (limitMinutes = 60 * 24) => settle(journey, limitMinutes),
    async close() {
      for (const channel of channels.values()) await channel.close()
      await assembly.close()
      await api.close()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The shipped layouts and those of the tests of APIs. */
function profilesIn(folder: string): string {
  const profiles = join(folder, 'profiles')
  cpSync(shippedFolder(), profiles, { recursive: true })
  cpSync(join('tests', 'fixtures', 'api-profiles'), profiles, { recursive: true })
  return profiles
}

function worldOf(folder: string, profilesFolder: string, agreement: object) {
  const agreementsFolder = join(folder, 'agreements')
  const home = join(folder, 'service')
  for (const one of [agreementsFolder, join(home, 'keys')]) mkdirSync(one, { recursive: true })
  const programmesFile = join(folder, 'programmes.yaml')
  const fieldKeyFile = join(home, 'keys', 'field-key')
  writeFileSync(join(agreementsFolder, 'bank.yaml'), stringify(agreement))
  writeFileSync(programmesFile, programmesDocument())
  loadOrMakeFieldKey(fieldKeyFile)
  return {
    value: {
      seed: 7,
      options: usualWorldOptions,
      banks: [],
      sms: { host: '127.0.0.1', port: 1, token: '', ledgerFile: '' },
      agreementsFolder,
      programmesFile,
    },
    env: (databaseUrl: string) => ({
      DATABASE_URL: databaseUrl,
      HUIDA_FOLDER: home,
      HUIDA_AGREEMENTS: agreementsFolder,
      HUIDA_PROGRAMMES: programmesFile,
      HUIDA_PROFILES: profilesFolder,
      HUIDA_FIELD_KEY_FILE: fieldKeyFile,
    }),
  }
}

/** Runs what is due until nothing but looks at the bank is left; each look comes when its time has come. */
async function runDue({
  assembly,
  clock,
  api,
}: Pick<ApiJourney, 'assembly' | 'clock' | 'api'>): Promise<StepRun[]> {
  const putOff: StepRun[] = []
  for (let idleRounds = 0; idleRounds < 3; ) {
    await api.bank.work()
    await assembly.db.query(`update due_work set due_at = $1 where step = 'collect'`, [clock.now()])
    const due = await findDueWork(assembly.db, clock.now(), 100)
    for (const { step, subject } of due) {
      const run = await runStep(steps[step], assembly, step, subject)
      if (run.kind === 'put-off') putOff.push(run)
    }
    idleRounds = due.every((work) => work.step === 'collect') ? idleRounds + 1 : 0
  }
  return putOff
}

/** Turns time in steps of five minutes until nothing waits or is in flight. */
async function settle(
  journey: Pick<ApiJourney, 'assembly' | 'clock' | 'api'>,
  limitMinutes: number,
): Promise<void> {
  for (let minutes = 0; minutes <= limitMinutes; minutes += 5) {
    await runDue(journey)
    const { rows } = await journey.assembly.db.query<{ open: bigint }>(
      'select sum(waiting_count + in_flight_count) as open from position',
    )
    if ((rows[0]?.open ?? 0n) === 0n) return
    journey.clock.turn(5)
  }
}
