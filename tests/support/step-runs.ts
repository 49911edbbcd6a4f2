/** Runs single steps of a journey under their claims, lets workers die in the middle of one, and lets leases run out. */
import { readFileSync } from 'node:fs'
import type { ContractedBank } from '../../gateway/banks/bank-book.ts'
import { sftpTerms } from '../../gateway/banks/channel-schema.ts'
import { type Claim, claimDueWork, findDueWork, type StepName } from '../../gateway/ledger/due-work-store.ts'
import { runStep, type StepRun } from '../../gateway/run-step.ts'
import type { Channel, OutboundFile, SendOutcome } from '../../gateway/transfer/channel.ts'
import { sftpChannel } from '../../gateway/transfer/sftp/sftp-channel.ts'
import type { Assembly } from '../../ops/start/assemble.ts'
import { steps } from '../../ops/start/steps.ts'
import type { Journey } from './journey.ts'

/** Parts of the assembly that a test replaces for one run. */
export type Replaced = Partial<Assembly>

/** Runs one step on one subject as a worker does. */
export const runOne = (
  { assembly }: Journey,
  step: StepName,
  subject: number | string,
  replaced: Replaced = {},
): Promise<StepRun> => runStep(steps[step], { ...assembly, ...replaced }, step, String(subject))

/** Runs what is due of these steps until nothing of them is. */
export async function runOnly(
  journey: Journey,
  names: readonly StepName[],
  replaced: Replaced = {},
): Promise<StepRun[]> {
  const runs: StepRun[] = []
  for (;;) {
    const due = await findDueWork(journey.assembly.db, journey.clock.now(), 1000)
    const mine = due.filter(({ step }) => names.includes(step))
    if (mine.length === 0) return runs
    for (const { step, subject } of mine) runs.push(await runOne(journey, step, subject, replaced))
  }
}

/** Looks into a bank's inbox once, whenever its next look would have been. */
export async function lookOnce(
  journey: Journey,
  bank: ContractedBank,
  replaced: Replaced = {},
): Promise<StepRun> {
  const { assembly, clock } = journey
  await assembly.db.query(`update due_work set due_at = $1 where step = 'collect' and subject = $2`, [
    clock.now(),
    String(bank.bankNo),
  ])
  return runOne(journey, 'collect', bank.bankNo, replaced)
}

/** What a killed worker throws in these tests, so that no other failure passes for it. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** Claims a step as a worker that will be slow, or die. Throws when it is not due. */
export async function claim(journey: Journey, step: StepName, subject: number | string): Promise<Claim> {
  const claimed = await claimDueWork(journey.assembly.db, step, String(subject), journey.clock.now(), 60)
  if (!claimed) throw new Error(`${step} ${subject} is not due`)
  return claimed
}

/** Runs a step in a worker that is killed inside it: nothing is recorded after that and the lease is left behind. */
export async function dieIn(
  journey: Journey,
  step: StepName,
  subject: number | string,
  replaced: Replaced,
): Promise<void> {
  const held = await claim(journey, step, subject)
  const needs = { ...journey.assembly, ...replaced }
  const error = await steps[step](needs, String(subject), held).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Killed)) throw new Error(`the worker was not killed: ${String(error)}`)
}

/** A minute passes for the database: leases of dead and sleeping workers run out. */
export async function leasesRunOut({ assembly }: Journey): Promise<void> {
  await assembly.db.query(
    `update due_work set leased_until = now() - interval '1 second' where leased_until is not null`,
  )
}

/** A second road to a bank, such as another process has. Close it. */
export function ownChannel({ agreement }: ContractedBank): Channel {
  const { kind: _sftp, privateKeyFile, ...config } = sftpTerms(agreement.channel)
  return sftpChannel({ ...config, privateKey: readFileSync(privateKeyFile, 'utf8') })
}

/** The same channel with another way to send. */
export const sendingThrough = (
  { assembly }: Journey,
  send: (real: Channel, file: OutboundFile) => Promise<SendOutcome>,
): Replaced => ({
  channelOf: (bank) => {
    const real = assembly.channelOf(bank)
    return { ...real, send: (file) => send(real, file) }
  },
})

/** Points of a sending at which a worker can be killed, in their order. */
export const killPoints = [
  'before the first byte',
  'after the part',
  'before the rename',
  'after the rename',
] as const

/** A channel in whose sending of data files the worker is killed at a point. */
export const killedAt = (journey: Journey, point: (typeof killPoints)[number]): Replaced =>
  sendingThrough(journey, async (real, file) => {
    if (point === 'before the first byte') throw new Killed(point)
    await real.send({
      ...file,
      beforeRename: async () => {
        if (point === 'after the part') throw new Killed(point)
        await file.beforeRename?.()
        if (point === 'before the rename') throw new Killed(point)
      },
    })
    throw new Killed(point)
  })

/** Runs work during which the process dies at the first statement inside a transaction that holds a text. */
export async function dyingAtStatement<T>(
  { assembly }: Journey,
  text: string,
  run: () => Promise<T>,
): Promise<T> {
  const { db } = assembly
  const connect = db.connect.bind(db)
  db.connect = async () => {
    const tx = await connect()
    const query = tx.query.bind(tx)
    tx.query = (statement, values) => {
      if (typeof statement === 'string' && statement.includes(text)) throw new Killed(text)
      return query(statement, values)
    }
    return tx
  }
  try {
    return await run()
  } finally {
    db.connect = connect
  }
}
