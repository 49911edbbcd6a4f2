/** A correction comes back as a new line that replaces the old instruction; both move together or not at all. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBatch } from '../../../gateway/intake/open-batch.ts'
import { client, handIn, header, type IntakeStand, line, lines, openStand } from './intake-stand.ts'

let stand: IntakeStand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

describe('a line that replaces an earlier instruction', () => {
  const seed = async (batchNo: string): Promise<number> => {
    const result = await handIn(stand, batchNo, [
      ...lines(batchNo, 3),
      line(batchNo, 3, { payeeName: '王𬭎', bank: 'cmbc' }),
    ])
    return 'batchId' in result ? result.batchId : 0
  }
  const child = (batchNo: string, parent: string, changes = {}) =>
    line(batchNo, 3, {
      instructionId: `${batchNo}-child`,
      replaces: parent,
      bank: 'cmbc',
      payeeName: '王宏',
      ...changes,
    })
  const inline = (batchNo: string, all: ReturnType<typeof line>[], period: string) =>
    openBatch(stand.needs, client, header(batchNo, all, { instructions: all, period }), `inline-${batchNo}`)
  const codesOf = (result: Awaited<ReturnType<typeof inline>>): unknown =>
    'report' in result && result.report
      ? result.report.findings.map((found) => [found.level, found.code])
      : result

  test('takes the place of a held one: link, history, position and correction move together', async () => {
    const parent = await seed('REPL')
    const result = await inline('REPL-2', [child('REPL-2', 'REPL-0000003')], 'REPL')
    expect(result).toMatchObject({ kind: 'accepted', report: { warned: 0 } })
    expect(
      await stand.rows('select parent_seq, child_seq from reissue where parent_batch_id = $1', [parent]),
    ).toEqual([{ parent_seq: 4, child_seq: 1 }])
    expect(await stand.rows('select state from instruction_state where batch_id = $1', [parent])).toEqual([
      { state: 'reissued' },
    ])
    expect(
      await stand.rows(
        'select sum(held_count)::int as held, sum(reissued_count)::int as reissued from position where batch_id = $1',
        [parent],
      ),
    ).toEqual([{ held: 0, reissued: 1 }])
    expect(await stand.rows('select state from correction where batch_id = $1', [parent])).toEqual([
      { state: 'reissued' },
    ])
    expect(
      await stand.rows(
        `select from_state, to_state from instruction_event where batch_id = $1 order by event_no`,
        [parent],
      ),
    ).toEqual([
      { from_state: 'waiting', to_state: 'held' },
      { from_state: 'held', to_state: 'reissued' },
    ])
  })

  test('R8: money in doubt, money under way and money that was replaced already is not issued again', async () => {
    const parent = await seed('DOUBT')
    await stand.rows(`update instruction_state set state = 'unknown' where batch_id = $1`, [parent])
    const refused = (code: string) => [['refuse', code]]
    expect(codesOf(await inline('DOUBT-2', [child('DOUBT-2', 'DOUBT-0000003')], 'DOUBT'))).toEqual(
      refused('REPLACES_IN_DOUBT'),
    )
    const underWay = child('DOUBT-3', 'DOUBT-0000001', { amountFen: 10_001 })
    expect(codesOf(await inline('DOUBT-3', [underWay], 'DOUBT'))).toEqual(refused('REPLACES_NOT_OPEN'))
    expect(codesOf(await inline('DOUBT-4', [child('DOUBT-4', 'NOBODY')], 'DOUBT-4'))).toEqual(
      refused('REPLACES_UNKNOWN'),
    )
    const twice = await inline('REPL-3', [child('REPL-3', 'REPL-0000003')], 'REPL')
    expect(codesOf(twice)).toContainEqual(['refuse', 'REPLACES_NOT_OPEN'])
  })

  test('may not be one of two, and may not change the amount unseen', async () => {
    await seed('TWO')
    const all = [
      child('TWO-2', 'TWO-0000003'),
      child('TWO-2', 'TWO-0000003', { instructionId: 'TWO-2-b', amountFen: 5 }),
    ]
    expect(codesOf(await inline('TWO-2', all, 'TWO'))).toEqual([
      ['refuse', 'REPLACES_TWICE'],
      ['warn', 'REPLACES_AMOUNT_DIFFERS'],
    ])
  })
})
