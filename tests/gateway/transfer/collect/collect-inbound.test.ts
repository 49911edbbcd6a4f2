/** Looking into a bank's inbox: what still grows is left, what is new is kept as it is, what repeats counts once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BankFile } from '../../../../gateway/dispatch/bank-file.ts'
import { Fault } from '../../../../gateway/faults.ts'
import {
  layAnswer,
  layOut,
  rowsFor,
  sealAnswer,
  sealedNameOf,
  takeAway,
  writeAnswer,
} from '../../../support/bank-answers.ts'
import { type Journey, startJourney } from '../../../support/journey.ts'
import {
  countsOf,
  exceptionsOf,
  expectConserved,
  fileOf,
  inboundOf,
  plainPeople,
  sendBatch,
} from '../../../support/ledger-view.ts'
import { lookOnce, type Replaced, runOnly } from '../../../support/step-runs.ts'

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ only: ['cmbc'], answerDelayMinutes: 1e6, lateAnswerHours: 1e5 })
})
afterAll(() => journey.close())

const bank = () => {
  const [found] = journey.assembly.bankBook.banks
  if (!found) throw new Error('no bank')
  return found
}

async function sealedAnswer(batchNo: string) {
  const sent = await sendBatch(journey, batchNo, 6)
  const { name, content } = await writeAnswer(journey, sent.file, { rows: rowsFor(sent.file, '0000') })
  const remoteName = sealedNameOf(journey, 'cmbc', name)
  return { ...sent, remoteName, content, sealed: await sealAnswer(journey, 'cmbc', content) }
}

const unsafeNames = async (): Promise<unknown[]> => {
  const { rows } = await journey.assembly.db.query(
    `select facts->>'flaw' as flaw from exception_item where kind = 'unsafe-name' order by 1`,
  )
  return rows
}

describe('a file in the inbox', () => {
  it('F57: that still grows is left alone until two looks agree, and is collected whole', async () => {
    const { remoteName, sealed, batchId } = await sealedAnswer('C1')
    for (const share of [0.2, 0.5, 1]) {
      layOut(journey, 'cmbc', remoteName, sealed.subarray(0, Math.floor(sealed.length * share)))
      await lookOnce(journey, bank())
      expect(await inboundOf(journey, remoteName)).toEqual([])
    }
    await lookOnce(journey, bank())
    expect(await inboundOf(journey, remoteName)).toMatchObject([{ state: 'collected' }])
    await runOnly(journey, ['read', 'route'])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
  })

  it('is collected once, however often it is looked at', async () => {
    const { remoteName, sealed } = await sealedAnswer('C2')
    layOut(journey, 'cmbc', remoteName, sealed)
    for (let look = 0; look < 5; look++) await lookOnce(journey, bank())
    expect(await inboundOf(journey, remoteName)).toHaveLength(1)
  })

  it('F58: touched without a change counts once, and its bytes are kept once', async () => {
    const { remoteName, sealed } = await sealedAnswer('C3')
    for (let touch = 0; touch < 2; touch++) {
      layOut(journey, 'cmbc', remoteName, sealed)
      await lookOnce(journey, bank())
      await lookOnce(journey, bank())
    }
    expect(await inboundOf(journey, remoteName)).toHaveLength(1)
    const { rows } = await journey.assembly.db.query(
      `select from content c where not exists (select from bank_file f where f.content_id = c.content_id)
         and not exists (select from inbound_file i where i.content_id = c.content_id)`,
    )
    expect(rows).toEqual([])
  })

  it('F58: of the same content in a new envelope is closed beside the one that was applied', async () => {
    const { remoteName, sealed, content, batchId } = await sealedAnswer('C4')
    layOut(journey, 'cmbc', remoteName, sealed)
    await journey.runQuiet()
    layOut(journey, 'cmbc', remoteName, await sealAnswer(journey, 'cmbc', content))
    await journey.runQuiet()
    expect(await inboundOf(journey, remoteName)).toMatchObject([
      { state: 'closed', row_count: 6 },
      { state: 'closed', row_count: 0, facts: { sameAs: remoteName } },
    ])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batchId)
  })

  it('F58: of the same content under the name of another file moves nobody whose account it does not name', async () => {
    const first = await sealedAnswer('C5')
    const second = await sealedAnswer('C6')
    layOut(journey, 'cmbc', first.remoteName, first.sealed)
    await journey.runQuiet()
    layOut(journey, 'cmbc', second.remoteName, await sealAnswer(journey, 'cmbc', first.content))
    await journey.runQuiet()
    expect(await inboundOf(journey, second.remoteName)).toMatchObject([{ row_count: 6, applied_count: 0 }])
    expect(await exceptionsOf(journey, second.remoteName)).toHaveLength(6)
    expect(await countsOf(journey, second.batchId)).toEqual({ in_flight: 6 })
    await expectConserved(journey, first.batchId, second.batchId)
  })

  it('that says of the same people what one said a month ago is applied to its own file', async () => {
    const [person] = plainPeople('C20', 'cmbc', 1)
    const files: BankFile[] = []
    for (const month of ['2026-10', '2026-11']) {
      const sealed = await journey.handIn(`C-${month}`, person ? [{ ...person, instructionId: month }] : [], {
        period: month,
      })
      if (sealed.kind !== 'accepted') throw new Error('not accepted')
      await journey.runQuiet()
      files.push(await fileOf(journey, sealed.batchId))
    }
    const contents = await Promise.all(
      files.map(async (file) => (await writeAnswer(journey, file, { rows: rowsFor(file, '0000') })).content),
    )
    expect(contents[1]).toEqual(contents[0])
    for (const file of files) await layAnswer(journey, file, { rows: rowsFor(file, '0000') })
    await journey.runQuiet()
    for (const file of files) expect(await countsOf(journey, file.batchId)).toEqual({ paid: 1 })
  })

  it('F58: of new content under an old name is told to people and read as what it is', async () => {
    const { remoteName, sealed, batchId, file } = await sealedAnswer('C7')
    layOut(journey, 'cmbc', remoteName, sealed)
    await journey.runQuiet()
    const rows = rowsFor(file, '0000', '成功').slice(0, 5)
    await layAnswer(journey, file, { rows })
    await journey.runQuiet()
    expect(await inboundOf(journey, remoteName)).toMatchObject([
      { state: 'closed', row_count: 6, applied_count: 6 },
      { state: 'closed', row_count: 5, applied_count: 5, exception_count: 0 },
    ])
    expect(await exceptionsOf(journey, remoteName)).toMatchObject([{ kind: 'same-name-new-content' }])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batchId)
  })

  it('F58: that was quarantined and is sent again whole is applied by itself, and its exception closes', async () => {
    const { remoteName, content, batchId } = await sealedAnswer('C30')
    const cut = content.subarray(0, content.length - 12)
    layOut(journey, 'cmbc', remoteName, await sealAnswer(journey, 'cmbc', cut))
    await journey.runQuiet()
    expect(await inboundOf(journey, remoteName)).toMatchObject([{ state: 'quarantined' }])
    layOut(journey, 'cmbc', remoteName, await sealAnswer(journey, 'cmbc', content))
    await journey.runQuiet()
    expect(await inboundOf(journey, remoteName)).toMatchObject([
      { state: 'closed' },
      { state: 'closed', row_count: 6 },
    ])
    const { rows } = await journey.assembly.db.query(
      `select e.kind, e.state, e.resolution ->> 'cause' as cause from exception_item e join inbound_file f using (inbound_id)
       where f.name = $1`,
      [remoteName],
    )
    expect(rows).toEqual([
      { kind: 'quarantined-file', state: 'resolved', cause: 'the bank sent it again whole' },
    ])
    expect(await countsOf(journey, batchId)).toEqual({ paid: 6 })
    await expectConserved(journey, batchId)
  })

  it('F70: with an unsafe name is never opened, and people are told once of each name', async () => {
    for (const name of ['res_%2e%2e.txt.pgp', 'res_..txt', '.\u202etxt.ser'])
      layOut(journey, 'cmbc', name, Buffer.from('x'))
    for (let look = 0; look < 3; look++) await lookOnce(journey, bank())
    expect(await unsafeNames()).toEqual([
      { flaw: 'invisible-character' },
      { flaw: 'parent' },
      { flaw: 'percent-escape' },
    ])
  })

  it('of a name that no answer has is none of our business', async () => {
    layOut(journey, 'cmbc', 'readme.txt', Buffer.from('x'))
    layOut(journey, 'cmbc', 'res_20261120_001.txt', Buffer.from('x'))
    for (let look = 0; look < 3; look++) await lookOnce(journey, bank())
    expect(await inboundOf(journey, 'readme.txt')).toEqual([])
    expect(await inboundOf(journey, 'res_20261120_001.txt')).toEqual([])
    takeAway(journey, 'cmbc', 'res_20261120_001.txt')
  })

  it('that cannot be fetched does not keep back the others, and is fetched at a later look', async () => {
    const bad = await sealedAnswer('C8')
    const good = await sealedAnswer('C9')
    layOut(journey, 'cmbc', bad.remoteName, bad.sealed)
    layOut(journey, 'cmbc', good.remoteName, good.sealed)
    const unreadable: Replaced = {
      channelOf: (one) => {
        const real = journey.assembly.channelOf(one)
        return {
          ...real,
          fetch: (name) => {
            if (name === bad.remoteName) throw new Fault('BANK_TIMEOUT')
            return real.fetch(name)
          },
        }
      },
    }
    await lookOnce(journey, bank(), unreadable)
    expect(await lookOnce(journey, bank(), unreadable)).toMatchObject({ kind: 'put-off' })
    expect(await inboundOf(journey, good.remoteName)).toHaveLength(1)
    expect(await inboundOf(journey, bad.remoteName)).toEqual([])
    journey.clock.turn(1)
    await lookOnce(journey, bank())
    expect(await inboundOf(journey, bad.remoteName)).toHaveLength(1)
  })
})
