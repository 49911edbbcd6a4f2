/**
 * The numbers of this process and of the ledger, in the text that Prometheus reads. Labels are steps, banks, states and
 * codes: never a batch, an instruction or a person (F80), so their number stays small for ever.
 */
import { Counter, Gauge, Registry } from 'prom-client'
import type { Calendar } from '../../gateway/banks/calendar.ts'
import { calendarHorizon } from '../../gateway/banks/calendar-horizon.ts'
import { type Clock, chinaDay, systemClock } from '../../gateway/clock.ts'
import type { StepName } from '../../gateway/ledger/due-work-store.ts'
import type { StepRun } from '../../gateway/run-step.ts'
import type { Queryable } from '../../gateway/store/pool.ts'
import { type KeyEnd, keyMetrics } from './key-metrics.ts'
import { ledgerMetrics } from './ledger-metrics.ts'

const registry = new Registry()
const refreshLedger = ledgerMetrics(registry)
const tellKeyEnds = keyMetrics(registry)

const buildInfo = new Gauge({
  name: 'huida_build_info',
  help: 'Always 1; the versions stand in the labels.',
  labelNames: ['version', 'node'],
  registers: [registry],
})
const stepRuns = new Counter({
  name: 'huida_step_runs_total',
  help: 'Steps that this process ran, by how they ended.',
  labelNames: ['step', 'end'],
  registers: [registry],
})
const stepFaults = new Counter({
  name: 'huida_step_faults_total',
  help: 'Faults that put a step off, by code of the fault catalogue.',
  labelNames: ['step', 'code'],
  registers: [registry],
})
const profileReloads = new Counter({
  name: 'huida_profile_reloads_total',
  help: "Changes of the operator's folder of profiles that took effect.",
  registers: [registry],
})
const profileReloadFailures = new Counter({
  name: 'huida_profile_reload_failures_total',
  help: "Changes of the operator's folder of profiles that were refused; the former ones stay in use.",
  registers: [registry],
})
const calendarDays = new Gauge({
  name: 'huida_calendar_days_left',
  help: 'Days until the last one of the known working calendar; -1 when this year is missing.',
  registers: [registry],
})
const processGauge = (name: string, help: string, read: () => number): Gauge =>
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
processGauge('process_resident_memory_bytes', 'Resident memory now, in bytes.', () =>
  process.memoryUsage.rss(),
)
processGauge(
  'huida_process_peak_resident_bytes',
  'Most resident memory since the start, in bytes.',
  () => process.resourceUsage().maxRSS * 1024,
)

/** Counts how a step ended. */
export function recordStepRun(step: StepName, run: StepRun): void {
  stepRuns.inc({ step, end: run.kind })
  if (run.kind === 'put-off') stepFaults.inc({ step, code: run.fault.code })
}

/** Counts a change of the folder of profiles. */
export function recordProfileReload(taken: boolean): void {
  if (taken) profileReloads.inc()
  else profileReloadFailures.inc()
}

/** What the numbers are told besides the ledger. */
export interface MetricsContext {
  /** Time of business, by which work is due; the machine's clock unless told. */
  readonly clock?: Clock
  readonly version?: string
  /** Working days as they are known; without it their number is withdrawn. */
  readonly calendar?: Calendar
  /** When the keys of the agreements end, as they were at the start. */
  readonly keyEnds?: readonly KeyEnd[]
}

/** The text of all numbers. Answers without the ledger's when PostgreSQL cannot be reached. */
export async function collectMetrics(db: Queryable, context: MetricsContext = {}): Promise<string> {
  buildInfo.reset()
  buildInfo.set({ version: context.version ?? 'unknown', node: process.version }, 1)
  tellCalendar(context)
  tellKeyEnds(context.keyEnds ?? [])
  await refreshLedger(db, context.clock ?? systemClock)
  return registry.metrics()
}

function tellCalendar({ calendar, clock = systemClock }: MetricsContext): void {
  calendarDays.reset()
  if (!calendar) return
  const horizon = calendarHorizon(calendar, chinaDay(clock.now()))
  calendarDays.set(horizon.kind === 'missing' ? -1 : horizon.daysLeft)
}

/** Names and labels of every number, for the tests and the dashboards. */
export async function metricInventory(): Promise<{ name: string; labels: string[] }[]> {
  const metrics = await registry.getMetricsAsJSON()
  return metrics.map(({ name, values }) => ({
    name,
    labels: [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))].sort(),
  }))
}
