/**
 * The service killed with SIGKILL at named points, in real processes: whatever moment it was, the next process ends the
 * work, every line is paid once by one file, and the banks' own books say the same.
 */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSmsTotals } from '../../ops/simulator/sms/sms-ledger.ts'
import { type ProcessStand, scratchLeft, startStand } from '../support/process-stand.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import {
  expectPaidOnce,
  fileNames,
  handOver,
  makeBatch,
  open,
  type StandBatch,
  seal,
  standingOf,
  untilPaid,
  upload,
  uploadPart,
} from '../support/stand-batch.ts'

const people = 12
const killed = { code: null, signal: 'SIGKILL' }

let stand: ProcessStand
/** A second process that stands still until the first one is dead, and then goes on with all work. */
let second: ServiceProcess
beforeAll(async () => {
  stand = await startStand({ only: ['cmbc', 'yy-rcb'] })
  second = await stand.start()
})
afterAll(() => stand.close())

async function armed(killAt: string, env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  await stand.pause(second)
  return stand.start({ HUIDA_DRILL: 'on', HUIDA_KILL_AT: killAt, ...env })
}

/** The second process goes on, and sees for itself that the first one is dead. */
async function recover(): Promise<ServiceProcess> {
  second.signal('SIGCONT')
  return second
}

async function expectAllDone(batch: StandBatch): Promise<void> {
  await untilPaid(stand, batch)
  await expectPaidOnce(stand, batch)
  await stand.until('nothing is left to do', async () => (await openWork()) === 0)
  expect(scratchLeft(stand)).toEqual([])
  // Paid lines whose message was asked for, by the ledger; and no message twice, by the provider.
  expect(await toldLines(batch.batchNo)).toBe(people)
  expect((await readSmsTotals(stand.prepared.sms.ledgerFile)).duplicateRefs).toBe(0)
  expect(await strayContents()).toBe(0)
}

/** Kept bytes that no file of ours or of a bank names. */
async function strayContents(): Promise<number> {
  const { rows } = await stand.db.query<{ stray: number }>(
    `select count(*)::int as stray from content c
     where not exists (select from bank_file f where f.content_id = c.content_id)
       and not exists (select from inbound_file i where i.content_id = c.content_id)`,
  )
  return rows[0]?.stray ?? 0
}

async function toldLines(batchNo: string): Promise<number> {
  const { rows } = await stand.db.query<{ told: number }>(
    `select coalesce(sum(paid_count), 0)::int as told from sms_request join batch using (batch_id)
     where batch_no = $1 and sms_request.state in ('accepted', 'unconfirmed')`,
    [batchNo],
  )
  return rows[0]?.told ?? 0
}

async function openWork(): Promise<number> {
  const { rows } = await stand.db.query<{ open: number }>(
    `select count(*)::int as open from due_work where step in ('plan', 'compose', 'send', 'read', 'route', 'notify')`,
  )
  return rows[0]?.open ?? 0
}

/** Sends half of a body and leaves the rest out; the bytes are on their way when it resolves. */
function beginUpload(apiUrl: string, { batchNo, body }: StandBatch): Promise<void> {
  const upload = request(new URL(`/v1/batches/${batchNo}/instructions?part=1`, apiUrl), {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${stand.token}`,
      'content-type': 'application/x-ndjson',
      'content-length': body.length,
    },
  })
  upload.on('error', () => {})
  return new Promise((begun) => {
    upload.write(body.subarray(0, body.length / 2), () => begun())
  })
}

describe('a process killed while a batch comes in', () => {
  it('F01: in the middle of the body leaves an open batch without lines, and the whole body is taken afterwards', async () => {
    const batch = makeBatch('K-F01', people)
    await stand.pause(second)
    const first = await stand.start()
    expect((await open(stand, first.apiUrl, batch)).status).toBe(201)
    await beginUpload(first.apiUrl, batch)
    first.signal('SIGKILL')
    expect(await first.ended).toEqual(killed)
    expect(await standingOf(stand, batch.batchNo)).toEqual({ waiting: null, in_flight: null, paid: null })
    const next = await recover()
    await handOver(stand, next.apiUrl, batch)
    await expectAllDone(batch)
  })

  it('F02: after its lines were loaded and before the seal is committed accepts nothing, and the seal is made good', async () => {
    const batch = makeBatch('K-F02', people)
    const first = await armed('intake:db.commit.before#3')
    await open(stand, first.apiUrl, batch)
    await upload(stand, first.apiUrl, batch)
    await expect(seal(stand, first.apiUrl, batch)).rejects.toThrow()
    expect(await first.ended).toEqual(killed)
    expect(await standingOf(stand, batch.batchNo)).toEqual({ waiting: null, in_flight: null, paid: null })
    const next = await recover()
    expect((await seal(stand, next.apiUrl, batch)).status).toBe(200)
    await expectAllDone(batch)
  })

  it('F03: after the commit and before the answer has the batch, and the same key is answered with it', async () => {
    const batch = makeBatch('K-F03', people)
    const first = await armed('intake:db.commit.after#3')
    await open(stand, first.apiUrl, batch)
    await upload(stand, first.apiUrl, batch)
    await expect(seal(stand, first.apiUrl, batch)).rejects.toThrow()
    expect(await first.ended).toEqual(killed)
    expect(await standingOf(stand, batch.batchNo)).toMatchObject({ waiting: people })
    const next = await recover()
    const answer = await seal(stand, next.apiUrl, batch)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ batchNo: batch.batchNo })
    await expectAllDone(batch)
  })
})

/** The lines of a batch as two parts, and the seal of both, which digests their digests. */
function inTwoParts({ body, seal }: StandBatch) {
  const cut = body.indexOf(0x0a, body.length / 2) + 1
  const [first, last] = [body.subarray(0, cut), body.subarray(cut)]
  const digest = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
  return { first, last, seal: { ...seal, sha256: digest(digest(first) + digest(last)) } }
}

describe('a process killed for its memory', () => {
  it('F34: as it loads a part keeps the part before it, and what the client sends again is accepted once', async () => {
    const whole = makeBatch('K-F34', people)
    const { first, last, seal: sealOfBoth } = inTwoParts(whole)
    const batch = { ...whole, seal: sealOfBoth }
    const victim = await armed('intake:db.commit.before#3', { HUIDA_ROLE: 'api', HUIDA_INTAKE_THREADS: '1' })
    await open(stand, victim.apiUrl, batch)
    const taken = await uploadPart(stand, victim.apiUrl, batch, 1, first)
    expect(taken.status).toBe(200)
    await expect(uploadPart(stand, victim.apiUrl, batch, 2, last)).rejects.toThrow()
    expect(await victim.ended).toEqual(killed)
    const { apiUrl } = await recover()
    // A client that lost an answer begins from the start: what is there is not taken twice.
    expect(await uploadPart(stand, apiUrl, batch, 1, first)).toEqual(taken)
    expect((await uploadPart(stand, apiUrl, batch, 2, last)).status).toBe(200)
    expect((await seal(stand, apiUrl, batch)).status).toBe(200)
    await expectAllDone(batch)
  })
})

/** Points of the journey after the seal; `thread` for a step that runs in a thread of its own. */
const points: readonly (readonly [title: string, killAt: string, where: 'here' | 'thread'])[] = [
  ['F14: while a batch is cut into files', 'plan:db.commit.before', 'here'],
  ['F14: with the plan committed and nobody woken', 'plan:db.commit.after', 'here'],
  ['F15: with a file half written', 'compose:db.begin.after', 'thread'],
  ['F16: between the signature and keeping it', 'compose:db.commit.before', 'here'],
  ['F27: with the sending claimed, before the first byte', 'send:db.commit.after#1', 'here'],
  ['F27: with bytes on their way', 'send:bank.block.after', 'here'],
  ['F27: after the last byte, before the leave to rename', 'send:bank.before-rename.before', 'here'],
  ['F27: with the leave to rename, before the rename', 'send:bank.before-rename.after', 'here'],
  ['F27: after the rename, before it is recorded', 'send:bank.send.after', 'here'],
  ['F75: with the delivery recorded and nobody told', 'send:db.commit.after#3', 'here'],
  ['F67: in the middle of applying an answer', 'read:db.commit.before', 'thread'],
  ['F75: with the answer applied and nothing published', 'read:db.commit.after', 'here'],
  [
    'F73: with the messages taken by their provider, before that is recorded',
    'notify:sms.send.after',
    'here',
  ],
]

describe('a process killed on the journey of a batch', () => {
  it.each(points)('%s (%s)', async (title, killAt, where) => {
    const batch = makeBatch(`K-${points.findIndex(([other]) => other === title)}`, people)
    const first = await armed(killAt, { HUIDA_STEP_THREADS: where === 'thread' ? '1' : '0' })
    await handOver(stand, first.apiUrl, batch)
    expect(await first.ended).toEqual(killed)
    const planned = await fileNames(stand, batch.batchNo)
    await recover()
    await expectAllDone(batch)
    // What was planned once stays planned; what was not is planned under names of its own.
    if (planned.length > 0) expect(await fileNames(stand, batch.batchNo)).toEqual(planned)
  })

  it('F27: with its data file delivered and the marker not yet, which alone is laid beside it', async () => {
    const batch = makeBatch('K-marker', people, ['yy-rcb'])
    const first = await armed('send:bank.send.after#1')
    await handOver(stand, first.apiUrl, batch)
    expect(await first.ended).toEqual(killed)
    await recover()
    await expectAllDone(batch)
  })
})
