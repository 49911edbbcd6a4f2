/**
 * What is made to burst or to mislead whoever opens it, before the whole service in a real process and over a real
 * OpenSSH server: bombs from a bank and from a client, names that leave their folder, links to files of others. Nothing
 * of it is opened, memory stays small, and everybody is paid (I13).
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { bankFolders } from '../../ops/simulator/bank/bank-desk.ts'
import { readFaultScript } from '../../ops/simulator/misdeeds/fault-script.ts'
import { type ProcessStand, rewriteAgreement, scratchLeft, startStand } from '../support/process-stand.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { expectPaidOnce, handOver, makeBatch, open, untilPaid } from '../support/stand-batch.ts'

const people = 5
const mostMb = 512

const agreementSchema = z.looseObject({ channel: z.looseObject({}) })

let stand: ProcessStand
let sshd: Sshd
beforeAll(async () => {
  const script = readFaultScript('cmbc bomb file=1 mendMinutes=60')
  if (script.kind === 'refused') throw new Error(script.problems.join('\n'))
  stand = await startStand({ only: ['cmbc'], faults: script.rules })
  sshd = await startSshd()
  rewriteAgreement(stand, 'cmbc', overOpenSsh)
})
afterAll(async () => {
  await stand.close()
  await sshd.stop()
})

const folders = () => bankFolders(join(stand.banksFolder, 'banks', 'cmbc'))

/** The simulated bank's own door hides links; OpenSSH shows them, over the same folders. */
function overOpenSsh(text: string): string {
  const { channel, ...agreement } = agreementSchema.parse(parse(text))
  const { port, username, hostKey, folder } = sshd
  const { in: outbox, out: inbox } = folders()
  const privateKeyFile = join(folder, 'client')
  const road = { port, username, hostKeys: [hostKey], privateKeyFile, outbox, inbox }
  return stringify({ ...agreement, channel: { ...channel, ...road } })
}

/** Names that leave their folder or hide what they are, and answers that are links or folders. */
function layTraps(): void {
  const inbox = folders().out
  const secret = join(stand.home, 'keys', 'sms-token')
  for (const name of ['res_%2e%2e%2fkeys.txt.pgp', 'res_..txt', '.\u202etxt.ser', 'res_20261120_090.txt.zip'])
    writeFileSync(join(inbox, name), 'x')
  symlinkSync(secret, join(inbox, 'res_20261120_091.txt.pgp'))
  symlinkSync('/dev/zero', join(inbox, 'res_20261120_092.txt.pgp'))
  mkdirSync(join(inbox, 'res_20261120_093.txt.pgp'))
}

async function seen(): Promise<unknown[]> {
  const { rows } = await stand.db.query(
    `select kind, facts->>'flaw' as flaw from exception_item where kind in ('unsafe-name', 'quarantined-file') order by 1, 2`,
  )
  return rows
}

/** Everything that was collected, by name. */
async function collected(): Promise<string[]> {
  const { rows } = await stand.db.query<{ name: string }>('select name from inbound_file order by name')
  return rows.map(({ name }) => name)
}

/** The most memory that a process ever held, in MB. */
function peakMb(pid: number): number {
  const [, kb = ''] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kb) / 1024
}

it('F70: bombs, unsafe names, links and folders are refused by the whole service, and everybody is paid', async () => {
  layTraps()
  const { apiUrl, pid } = await stand.start()
  const batch = makeBatch('HOSTILE', people)
  expect((await open(stand, apiUrl, batch)).status).toBe(201)
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
  const answer = await fetch(new URL('/v1/batches/HOSTILE/instructions?part=1', apiUrl), {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${stand.token}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    },
    body: new Uint8Array(bomb),
  })
  expect(answer.status).toBe(413)
  await handOver(stand, apiUrl, batch)
  const unsafe = ['invisible-character', 'parent', 'percent-escape'].map((flaw) => ({
    kind: 'unsafe-name',
    flaw,
  }))
  await stand.until('the bomb and the names were found', async () => (await seen()).length > unsafe.length)
  expect(await seen()).toEqual([{ kind: 'quarantined-file', flaw: null }, ...unsafe])
  stand.turn(61)
  await untilPaid(stand, batch)
  await expectPaidOnce(stand, batch)
  expect((await collected()).filter((name) => /_09\d/.test(name))).toEqual([])
  expect(scratchLeft(stand)).toEqual([])
  expect(peakMb(pid)).toBeLessThan(mostMb)
})
