/** The numbers: what they count, and that no label ever names a batch, an instruction or a person. */
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadCalendar } from '../../../gateway/banks/calendar.ts'
import { Fault } from '../../../gateway/faults.ts'
import type { Queryable } from '../../../gateway/store/pool.ts'
import { ledgerMetrics } from '../../../ops/metrics/ledger-metrics.ts'
import { collectMetrics, metricInventory, recordStepRun } from '../../../ops/metrics/metrics.ts'
import { handIn, type IntakeStand, line, lines, openStand } from '../../gateway/intake/intake-stand.ts'

let stand: IntakeStand

beforeAll(async () => {
  stand = await openStand()
  await handIn(stand, 'COUNTED', [...lines('COUNTED', 5), line('COUNTED', 5, { payeeName: '王𬭎' })])
  await stand.rows(
    `insert into exception_item (kind, bank_no, facts, opened_at) select 'orphan', bank_no, '{}', now() from bank`,
  )
})
afterAll(() => stand.close())

const collect = () => collectMetrics(stand.needs.db, { clock: stand.needs.clock, version: '1.2.3' })

it('count money of open batches by bank and state, due work by step, exceptions by kind', async () => {
  const text = await collect()
  expect(text).toContain('huida_instructions{bank="yy-rcb",state="waiting"} 3')
  expect(text).toContain('huida_instructions_fen{bank="yy-rcb",state="waiting"} 30006')
  expect(text).toContain('huida_instructions{bank="cmbc",state="held"} 1')
  expect(text).toContain('huida_due_work{step="plan"} 1')
  expect(text).toContain('huida_due_work{step="send"} 0')
  expect(text).toContain('huida_due_work_oldest_seconds{step="plan"} 0')
  expect(text).toContain('huida_exceptions_open{bank="cmbc",kind="orphan"} 1')
  expect(text).toContain('huida_ledger_reachable 1')
  expect(text).toContain(`huida_build_info{version="1.2.3",node="${process.version}"} 1`)
})

it('tell what banks owe and how late the oldest of it is, at every bank and of every kind', async () => {
  const counted = async (): Promise<string> => {
    const registry = new Registry()
    await ledgerMetrics(registry)(stand.needs.db, stand.needs.clock)
    return await registry.metrics()
  }
  const text = await counted()
  for (const kind of ['result', 'acknowledgement']) {
    expect(text).toContain(`huida_obligations_open{bank="cmbc",kind="${kind}"} 0`)
    expect(text).toContain(`huida_obligation_oldest_seconds{bank="cmbc",kind="${kind}"} 0`)
  }
  expect(text).toContain('huida_files_unconfirmed{bank="cmbc"} 0')
  const now = stand.needs.clock.now()
  await stand.rows(
    `with filed as (insert into bank_file (batch_id, bank_no, lo_seq, hi_seq, row_count, total_fen, business_date, sequence,
         name, profile, profile_version, state, not_before)
       select min(batch_id), bank_no, 1, 1, 1, 1, '2026-11-20', v.n, 'owed-' || v.n, 'p', 1, v.state, now()
       from batch, bank, (values (1, 'sent'), (2, 'sent'), (3, 'unconfirmed')) v (n, state)
       where bank = 'cmbc' group by bank_no, v.n, v.state returning file_id, sequence)
     insert into obligation (file_id, kind, due_at)
     select file_id, 'result', $1::timestamptz + make_interval(secs => (sequence - 2) * 90) from filed where sequence < 3`,
    [now],
  )
  const later = await counted()
  expect(later).toContain('huida_obligations_open{bank="cmbc",kind="result"} 2')
  expect(later).toContain('huida_obligation_oldest_seconds{bank="cmbc",kind="result"} 90')
  expect(later).toContain('huida_files_unconfirmed{bank="cmbc"} 1')
})

it('count how steps end, and their faults by code', async () => {
  recordStepRun('send', { kind: 'done', wakes: [] })
  recordStepRun('send', {
    kind: 'put-off',
    fault: new Fault('BANK_UNREACHABLE'),
    until: new Date(),
    tries: 1,
  })
  recordStepRun('read', { kind: 'idle' })
  const text = await collect()
  expect(text).toContain('huida_step_runs_total{step="send",end="done"} 1')
  expect(text).toContain('huida_step_runs_total{step="send",end="put-off"} 1')
  expect(text).toContain('huida_step_faults_total{step="send",code="BANK_UNREACHABLE"} 1')
  expect(text).toContain('huida_step_runs_total{step="read",end="idle"} 1')
})

it('tell how many days the working calendar still reaches, and -1 in a year that is not published', async () => {
  const told = async (at: string, calendar = loadCalendar()) =>
    await collectMetrics(stand.needs.db, { clock: { now: () => new Date(at) }, calendar })
  expect(await told('2026-12-01T00:00:00Z')).toContain('huida_calendar_days_left 30')
  expect(await told('2027-01-01T00:00:00Z')).toContain('huida_calendar_days_left -1')
})

it('F80: bear only labels whose values are few', async () => {
  await collect()
  const allowed = [
    'bank',
    'cause',
    'code',
    'end',
    'key',
    'kind',
    'node',
    'scope',
    'state',
    'step',
    'use',
    'version',
  ]
  for (const { name, labels } of await metricInventory()) {
    expect(name).toMatch(/^(huida_|process_resident_memory_bytes$)/)
    for (const label of labels) expect(allowed).toContain(label)
  }
  const text = await collect()
  expect(text).not.toContain('COUNTED')
  // A label that a number does not have would withdraw every number of the ledger.
  expect(text).toContain('huida_ledger_reachable 1')
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length).toBeLessThan(5_000)
})

it('forget a batch once all of it is paid, re-issued or returned', async () => {
  const registry = new Registry()
  const refresh = ledgerMetrics(registry)
  await stand.rows(
    `update position set paid_count = accepted_count, paid_fen = accepted_fen, waiting_count = 0, waiting_fen = 0,
       held_count = 0, held_fen = 0`,
  )
  await refresh(stand.needs.db, stand.needs.clock)
  expect(await registry.metrics()).not.toContain('huida_instructions{')
})

it('ask PostgreSQL once, however many scrape at the same time', async () => {
  const refresh = ledgerMetrics(new Registry())
  const asked: string[] = []
  const db: Queryable = {
    query(text, values) {
      asked.push(String(text))
      return stand.needs.db.query(text, values)
    },
  }
  await Promise.all(Array.from({ length: 20 }, () => refresh(db, stand.needs.clock)))
  await refresh(db, stand.needs.clock)
  expect(asked.length).toBeGreaterThan(0)
  expect(new Set(asked).size).toBe(asked.length)
})

it('tell when every key of an agreement ends, 0 for one that cannot be read, and forget keys that are gone', async () => {
  const end = {
    bank: 'yy-rcb',
    use: 'signing',
    key: 'sha256:0123456789abcdef',
    atSeconds: 1_800_000_000,
  } as const
  const lost = { ...end, use: 'trusted', key: 'unreadable:trusted-1', atSeconds: 0 } as const
  const text = await collectMetrics(stand.needs.db, { keyEnds: [end, lost] })
  const name = 'huida_key_expires_timestamp_seconds'
  expect(text).toContain(`${name}{bank="yy-rcb",use="signing",key="sha256:0123456789abcdef"} 1800000000`)
  expect(text).toContain(`${name}{bank="yy-rcb",use="trusted",key="unreadable:trusted-1"} 0`)
  expect(await collect()).not.toContain(`${name}{`)
})
