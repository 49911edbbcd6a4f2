/** A whole simulated world: prepared for the gateway, run, reached over SFTP, and read from its ledgers. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SftpClient from 'ssh2-sftp-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openAgreedEnvelope } from '../../../crypto/agreed-envelope.ts'
import type { Envelope } from '../../../crypto/envelope.ts'
import type { PaymentLine, ResultRow } from '../../../formats/bank-file.ts'
import { loadCatalog } from '../../../formats/profile/load-catalog.ts'
import { type Agreement, agreementSchema, programmesSchema } from '../../../gateway/banks/agreement.ts'
import { sftpTerms } from '../../../gateway/banks/channel-schema.ts'
import { envelopeSuffix, envelopeTerms } from '../../../gateway/banks/envelope-terms.ts'
import { prepareBanks } from '../../../ops/simulator/world/prepare-banks.ts'
import { readBankLedgers, readBankTotals } from '../../../ops/simulator/world/read-bank-ledgers.ts'
import { type RunningWorld, runWorld } from '../../../ops/simulator/world/run-world.ts'
import { readWorld, worldFile } from '../../../ops/simulator/world/simulated-world.ts'
import { headerFor, linesOf } from './bank-at-hand.ts'

const banks = ['yy-rcb', 'cmbc', 'spdb', 'ccb']
const folders: string[] = []
let folder: string
let now = new Date('2026-03-02T02:00:00Z')
let running: RunningWorld | undefined

async function newFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'huida-world-'))
  folders.push(made)
  return made
}

beforeAll(async () => {
  folder = await newFolder()
  await prepareBanks(folder, 7, { failShare: 0.2, returnShare: 0.1, lateBank: 'none' })
})
afterEach(async () => {
  await running?.close()
  running = undefined
})
afterAll(async () => {
  for (const each of folders) await rm(each, { recursive: true })
})

async function run(where = folder): Promise<RunningWorld> {
  running = await runWorld(where, { clock: { now: () => now }, report: () => undefined })
  return running
}

async function agreementOf(bank: string, where = folder): Promise<Agreement> {
  return agreementSchema.parse(parse(await readFile(join(where, 'agreements', `${bank}.yaml`), 'utf8')))
}

/** The gateway's side, from nothing but the agreement. */
async function reach(agreement: Agreement): Promise<{ client: SftpClient; envelope: Envelope }> {
  const { envelope: keys } = agreement
  const channel = sftpTerms(agreement.channel)
  const client = new SftpClient('test', {
    error: () => undefined,
    end: () => undefined,
    close: () => undefined,
  })
  await client.connect({
    sock: connect({ host: channel.host, port: channel.port, noDelay: true }),
    username: channel.username,
    privateKey: await readFile(channel.privateKeyFile, 'utf8'),
    hostVerifier: (key: Buffer) => channel.hostKeys.includes(`ssh-ed25519 ${key.toString('base64')}`),
  })
  const use = { scratchFolder: folder, now: () => now }
  const envelope = await openAgreedEnvelope(envelopeTerms(keys), use)
  return { client, envelope }
}

async function sendAndCollect(bank: string, lines: readonly PaymentLine[], where = folder): Promise<number> {
  const agreement = await agreementOf(bank, where)
  const profile = loadCatalog().get(agreement.profile)
  if (profile === undefined) throw new Error('no profile')
  const header = { ...headerFor(profile, lines), settings: agreement.settings }
  const { client, envelope } = await reach(agreement)
  try {
    const writer = profile.writer(header)
    const clear = Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
    const name = `${profile.fileName(header)}${envelopeSuffix(agreement.envelope)}`
    await client.put(await seal(envelope, clear), `/in/${name}.part`)
    await client.rename(`/in/${name}.part`, `/in/${name}`)
    const digests = { md5: '', sha256: '', sizeBytes: clear.length }
    for (const side of profile.sideFiles(header, { name, ...digests }))
      await client.put(side.content, `/in/${side.name}`)
    await running?.work()
    now = new Date(now.getTime() + 20 * 60_000)
    await running?.work()
    const answer = await client.get(
      `/out/${profile.resultName(header, 'answer')}${envelopeSuffix(agreement.envelope)}`,
    )
    if (!Buffer.isBuffer(answer)) throw new Error('no answer')
    const opened = await envelope.open(streamOf(answer), now)
    const reader = profile.resultReader(header)
    const rows: ResultRow[] = []
    for await (const chunk of opened.content()) rows.push(...reader.read(chunk))
    const end = reader.end()
    await opened.discard()
    if (end.kind === 'refused') throw new Error(end.refusals.map(({ code }) => code).join())
    return end.summary.paidCount ?? [...rows, ...end.rows].filter(({ outcome }) => outcome === 'paid').length
  } finally {
    await client.end()
  }
}

async function seal(envelope: Envelope, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of envelope.seal(() => streamOf(bytes))) parts.push(part)
  return Buffer.concat(parts)
}

async function* streamOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function outcomesOf(where: string): Promise<string[]> {
  const outcomes: string[] = []
  for await (const { bank, kind, serial, amountFen, reason } of readBankLedgers(where))
    outcomes.push(`${bank} ${kind} ${serial} ${amountFen} ${reason}`)
  return outcomes
}

describe('a prepared world', () => {
  it('hands the gateway agreements and policies of the agreed shape', async () => {
    for (const bank of banks) expect((await agreementOf(bank)).bank).toBe(bank)
    const programmes = programmesSchema.parse(parse(await readFile(join(folder, 'programmes.yaml'), 'utf8')))
    expect(programmes.programmes[0]).toMatchObject({
      code: 'FARMLAND-*',
      checks: { duplicatePayment: 'block' },
    })
  })

  it('keeps secrets from other accounts of the machine', async () => {
    const secrets = [worldFile(folder)]
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && (await readFile(path, 'latin1')).includes('PRIVATE KEY')) secrets.push(path)
    }
    // The world file, an SSH key of five parties, a key of each bank, and three of the gateway.
    expect(secrets).toHaveLength(1 + 5 + 4 + 3)
    for (const path of secrets) expect((await stat(path)).mode & 0o077).toBe(0)
  })

  it('seals with every bank in the envelope of its agreement, each of another kind', async () => {
    const agreed = await Promise.all(
      banks.map(async (bank) => {
        const { envelope } = await agreementOf(bank)
        const layout = envelope.scheme === 'gm' ? envelope.layout : undefined
        return [bank, envelope.scheme, envelopeSuffix(envelope), layout]
      }),
    )
    expect(agreed).toEqual([
      ['yy-rcb', 'cms', '.p7m', undefined],
      ['cmbc', 'pgp', '.pgp', undefined],
      ['spdb', 'gm', '.sm4', 'detached-sm4'],
      ['ccb', 'gm', '.gm', 'gmt0010-sign-then-encrypt'],
    ])
  })

  it('keeps keys, ports and agreements when it is prepared again, and takes the new options', async () => {
    const other = await newFolder()
    const first = await prepareBanks(other, 7)
    const before = await readFile(join(other, 'agreements/spdb.yaml'), 'utf8')
    const second = await prepareBanks(other, 7, { failShare: 0.5 })
    expect(second).toEqual({ ...first, options: { ...first.options, failShare: 0.5 } })
    expect(await readFile(join(other, 'agreements/spdb.yaml'), 'utf8')).toBe(before)
    await expect(prepareBanks(other, 8)).rejects.toThrow(/world of seed 7/)
  })
})

describe('a running world', () => {
  it('takes a request over SFTP at every bank and answers it, and its books tie', async () => {
    await run()
    expect((await readWorld(folder))?.pid).toBe(process.pid)
    for (const bank of banks) expect(await sendAndCollect(bank, linesOf(100))).toBeGreaterThan(50)
    const totals = await readBankTotals(folder)
    expect(totals.map(({ bank }) => bank)).toEqual([...banks].sort())
    for (const { debits, credits, refunds, duplicateSerials } of totals) {
      expect(debits).toMatchObject({ count: 1 })
      expect(credits.count + refunds.count).toBe(100)
      expect(credits.totalFen + refunds.totalFen).toBe(debits.totalFen)
      expect(duplicateSerials).toBe(0)
    }
    await running?.close()
    expect((await readWorld(folder))?.pid).toBeUndefined()
  })

  it('decides the same lines the same way in another world of the same seed', async () => {
    const [one, other] = [await newFolder(), await newFolder()]
    for (const where of [one, other]) {
      await prepareBanks(where, 11, { failShare: 0.2, returnShare: 0.1, only: ['spdb'] })
      await run(where)
      await sendAndCollect('spdb', linesOf(300), where)
      await running?.close()
    }
    const outcomes = await outcomesOf(one)
    expect(outcomes).toHaveLength(301)
    expect(await outcomesOf(other)).toEqual(outcomes)
  })

  it('shows the same host key after a restart, and a stranger’s world shows another', async () => {
    const other = await newFolder()
    const before = sftpTerms((await agreementOf('cmbc')).channel).hostKeys
    await prepareBanks(other, 7)
    expect(sftpTerms((await agreementOf('cmbc', other)).channel).hostKeys).not.toEqual(before)
    await run()
    const { client } = await reach(await agreementOf('cmbc'))
    expect(await client.exists('/out')).toBe('d')
    await client.end()
  })

  it('counts a serial that was credited in two files as a duplicate', async () => {
    const where = await newFolder()
    await prepareBanks(where, 7, { failShare: 0, returnShare: 0, only: ['spdb'] })
    await run(where)
    await sendAndCollect('spdb', linesOf(10), where)
    now = new Date(now.getTime() + 60_000)
    const again = linesOf(10)
    const agreement = await agreementOf('spdb', where)
    const profile = loadCatalog().get('spdb-ubp')
    const { client, envelope } = await reach(agreement)
    const header = { ...headerFor(profile ?? missing(), again, 2), settings: agreement.settings }
    const writer = (profile ?? missing()).writer(header)
    const bytes = await seal(envelope, Buffer.concat([writer.begin(), writer.write(again), writer.end()]))
    await client.put(bytes, `/in/${profile?.fileName(header)}${envelopeSuffix(agreement.envelope)}`)
    await client.end()
    await running?.work()
    expect((await readBankTotals(where))[0]).toMatchObject({ credits: { count: 20 }, duplicateSerials: 10 })
  })

  it('says which port is taken when the same world runs already', async () => {
    await run()
    await expect(runWorld(folder, { clock: { now: () => now }, report: () => undefined })).rejects.toThrow(
      /EADDRINUSE/,
    )
    expect((await readWorld(folder))?.pid).toBe(process.pid)
  })

  it('asks for a world to be prepared first', async () => {
    await expect(run(await newFolder())).rejects.toThrow(/prepare it first/)
  })
})

function missing(): never {
  throw new Error('no such profile')
}
