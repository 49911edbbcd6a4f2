/** What chaos may do to a running gateway (reliability.md §3.5, F22-F28, F31, F36-F37, F44, F46), one name for each. */

/** Every kind, in the order of the report. */
export const disturbanceKinds = [
  'kill-api',
  'kill-worker',
  'stop-worker',
  'kill-banks',
  'cut-line',
  'stall-line',
  'slow-line',
  'drop-reply',
  'flush-redis',
  'kill-redis',
  'restart-postgres',
] as const

/** One of them. */
export type DisturbanceKind = (typeof disturbanceKinds)[number]

/** One disturbance of a plan. */
export interface Disturbance {
  readonly kind: DisturbanceKind
  /** Real time after the one before it. */
  readonly afterMs: number
  /** Chooses among several victims: the remainder by their number. */
  readonly pick: number
  /** How long it lasts, where a disturbance has a length. */
  readonly lastsMs: number
}

/** How often each kind was done; a kind that was not done is left out. */
export type DisturbanceCounts = Readonly<Partial<Record<DisturbanceKind, number>>>

/** What a kind is called for people. */
export const disturbanceTitles: Readonly<Record<DisturbanceKind, string>> = {
  'kill-api': '强杀接口进程 SIGKILL of the API',
  'kill-worker': '强杀工作进程 SIGKILL of a worker',
  'stop-worker': '冻结工作进程 SIGSTOP of a worker',
  'kill-banks': '强杀银行进程 SIGKILL of the banks',
  'cut-line': '切断线路 line cut',
  'stall-line': '线路无声 line silent',
  'slow-line': '线路缓慢 line slow',
  'drop-reply': '应答丢失 reply lost',
  'flush-redis': '清空 Redis FLUSHALL',
  'kill-redis': '强杀 Redis SIGKILL and start',
  'restart-postgres': '数据库崩溃重启 PostgreSQL crash and start',
}
