/** After a restore a bank without folders is asked about every file by its number: what it has, and what it denies twice. */
import { afterEach, expect, it } from 'vitest'
import { pauseAsTold } from '../../../../gateway/transfer/brakes/pause-sending.ts'
import { compareBank } from '../../../../gateway/transfer/comparison/compare-bank.ts'
import { resumeSending } from '../../../../gateway/transfer/comparison/compare-resume.ts'
import { recordFound } from '../../../../gateway/transfer/comparison/compare-settle.ts'
import { expectConserved, fileOf, plainPeople } from '../../../support/ledger-view.ts'
import { dieIn, Killed, leasesRunOut, runOne, runOnly } from '../../../support/step-runs.ts'
import { type ApiJourney, startApiJourney } from './api-stand.ts'

let journey: ApiJourney | undefined
afterEach(async () => {
  await journey?.close()
  journey = undefined
})

async function ready() {
  const stand = await startApiJourney({ shape: 'json-sm' })
  journey = stand
  const [bank] = stand.assembly.bankBook.banks
  if (!bank) throw new Error('no bank')
  const sealed = await stand.handIn('A1', plainPeople('A1', bank.bank, 6))
  if (sealed.kind !== 'accepted') throw new Error(JSON.stringify(sealed))
  await runOnly(stand, ['plan', 'compose'])
  return { stand, bank, batchId: sealed.batchId, file: await fileOf(stand, sealed.batchId) }
}

const pause = async (stand: ApiJourney): Promise<void> => {
  stand.clock.turn(1)
  await pauseAsTold(stand.assembly, 'cli:li.wei', 'a snapshot was put back')
}

it('F79: a file that an API bank has is found by asking it, and is not sent again', async () => {
  const { stand, bank, batchId, file } = await ready()
  await dieIn(stand, 'send', file.fileId, {
    channelOf: (one) => {
      const real = stand.assembly.channelOf(one)
      return {
        ...real,
        send: async (outbound) => {
          await real.send(outbound)
          throw new Killed('after the bank took it')
        },
      }
    },
  })
  // What the bank answered was written down after the backup.
  await stand.assembly.db.query('delete from api_exchange')
  await leasesRunOut(stand)
  await pause(stand)
  stand.clock.turn(10)
  const first = await compareBank(stand.assembly, bank)
  expect(first.files.map(({ finding }) => finding)).toMatchObject([{ kind: 'delivered', by: 'word' }])
  if (!first.restore) throw new Error('not paused')
  expect(await recordFound(stand.assembly, bank, first.restore, first)).toEqual([])
  expect((await fileOf(stand, batchId)).state).toBe('sent')
  const second = await compareBank(stand.assembly, bank)
  expect(second.clean).toBe(true)
  const hand = { by: 'cli:li.wei', reason: 'compared' }
  expect((await resumeSending(stand.assembly, bank, second, hand)).kind).toBe('resumed')
  await stand.settle()
  expect(stand.api.bank.sums().debit.count).toBe(1)
  await expectConserved(stand, batchId)
})

it('F79: a file that an API bank denies twice, a settle time apart, may be sent, and until then is waited for', async () => {
  const { stand, bank, batchId, file } = await ready()
  await pause(stand)
  expect((await runOne(stand, 'send', file.fileId)).kind).toBe('done')
  expect((await fileOf(stand, batchId)).state).toBe('sealed')
  const kinds: string[] = []
  for (let asked = 0; asked < 8 && kinds.at(-1) !== 'absent'; asked++) {
    stand.clock.turn(20)
    const { files, clean } = await compareBank(stand.assembly, bank)
    kinds.push(files[0]?.finding.kind ?? 'none')
    expect(clean).toBe(kinds.at(-1) === 'absent')
  }
  expect(kinds.at(-1)).toBe('absent')
  expect(kinds.filter((kind) => kind === 'waits').length).toBeGreaterThan(0)
  const hand = { by: 'cli:li.wei', reason: 'compared' }
  const resumed = await resumeSending(stand.assembly, bank, await compareBank(stand.assembly, bank), hand)
  expect(resumed.kind).toBe('resumed')
  await stand.settle()
  expect(stand.api.bank.sums().debit.count).toBe(1)
  await expectConserved(stand, batchId)
})
