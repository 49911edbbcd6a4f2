/**
 * Gauges of the ledger. PostgreSQL is asked at most once in five seconds, however many scrape; when it does not answer,
 * `huida_ledger_reachable` says so and the last numbers are withdrawn, for stale numbers would look like health.
 */
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../gateway/clock.ts'
import { stepNames } from '../../gateway/ledger/due-work-store.ts'
import type { Queryable } from '../../gateway/store/pool.ts'
import * as brakes from './brake-metrics-store.ts'
import * as store from './metrics-store.ts'

const keptMs = 5_000

/** Brings the gauges up to date where they are older than five seconds. Never throws. */
export type RefreshLedger = (db: Queryable, clock: Clock) => Promise<void>

/** Makes the gauges of the ledger in a registry. */
export function ledgerMetrics(registry: Registry): RefreshLedger {
  const gauges = makeGauges(registry)
  let running: Promise<void> | undefined
  let readMs = Number.NEGATIVE_INFINITY
  return (db, clock) => {
    if (running) return running
    if (performance.now() - readMs < keptMs) return Promise.resolve()
    running = refresh(gauges, db, clock).finally(() => {
      readMs = performance.now()
      running = undefined
    })
    return running
  }
}

type Gauges = ReturnType<typeof makeGauges>

function makeGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  return {
    reachable: gauge('huida_ledger_reachable', 'Whether PostgreSQL answered the last scrape.', []),
    due: gauge('huida_due_work', 'Work that is due and held by nobody.', ['step']),
    oldest: gauge('huida_due_work_oldest_seconds', 'How long the oldest due work waits, in seconds.', [
      'step',
    ]),
    bankFiles: gauge('huida_bank_files', 'Bank files that are under way.', ['bank', 'state']),
    obligations: gauge('huida_obligations_open', 'What banks owe for files that they have.', [
      'bank',
      'kind',
    ]),
    lateness: gauge(
      'huida_obligation_oldest_seconds',
      'How long the oldest thing that a bank owes is past its time, in seconds; 0 while nothing is.',
      ['bank', 'kind'],
    ),
    unconfirmed: gauge('huida_files_unconfirmed', 'Bank files of which nobody knows whether they arrived.', [
      'bank',
    ]),
    inboundFiles: gauge('huida_inbound_files', 'Answers of banks that are not closed.', ['bank', 'state']),
    instructions: gauge('huida_instructions', 'Instructions of batches that are not over.', [
      'bank',
      'state',
    ]),
    amounts: gauge('huida_instructions_fen', 'Money of batches that are not over, in fen.', [
      'bank',
      'state',
    ]),
    exceptions: gauge('huida_exceptions_open', 'Exceptions that wait for a person.', ['bank', 'kind']),
    paused: gauge(
      'huida_sending_paused',
      'Whether a brake on the bank, or on everything, keeps files from leaving.',
      ['bank', 'cause'],
    ),
    brakes: gauge('huida_brakes_standing', 'Brakes that stand.', ['scope', 'cause']),
    sms: gauge('huida_sms_requests', 'Requests to the SMS provider.', ['state']),
  }
}

async function refresh(gauges: Gauges, db: Queryable, clock: Clock): Promise<void> {
  try {
    const samples = await readSamples(gauges, db, clock)
    for (const gauge of Object.values(gauges)) gauge.reset()
    for (const step of stepNames) {
      gauges.due.set({ step }, 0)
      gauges.oldest.set({ step }, 0)
    }
    for (const [gauge, found] of samples)
      for (const { labels, value } of found) gauge.set({ ...labels }, value)
    gauges.reachable.set(1)
  } catch {
    for (const gauge of Object.values(gauges)) gauge.reset()
    gauges.reachable.set(0)
  }
}

async function readSamples(gauges: Gauges, db: Queryable, clock: Clock): Promise<[Gauge, store.Sample[]][]> {
  // One after the other: a scrape must not take several connections from the work.
  const due = await store.countDueWork(db, clock.now())
  const positions = await store.sumOpenPositions(db)
  const owed = await store.countObligations(db, clock.now())
  return [
    [gauges.due, due.count],
    [gauges.oldest, due.oldest],
    [gauges.instructions, positions.count],
    [gauges.amounts, positions.fen],
    [gauges.bankFiles, await store.countBankFiles(db)],
    [gauges.obligations, owed.count],
    [gauges.lateness, owed.oldest],
    [gauges.unconfirmed, await store.countUnconfirmed(db)],
    [gauges.inboundFiles, await store.countInboundFiles(db)],
    [gauges.exceptions, await store.countOpenExceptions(db)],
    [gauges.sms, await store.countSmsRequests(db)],
    [gauges.paused, await brakes.listPaused(db)],
    [gauges.brakes, await brakes.countBrakes(db)],
  ]
}
