/** What one row of the fault matrix says. */

/** A sentence in both languages. */
export interface BothLanguages {
  readonly en: string
  readonly zh: string
}

/**
 * How a fault is brought about. K: a process is killed at a chosen point; P: a line is broken or slowed by a proxy; B: the
 * other side behaves badly; D: a database, a queue or a disk is disturbed; C: the clock is turned; R: several race.
 */
export type Injection = 'K' | 'P' | 'B' | 'D' | 'C' | 'R'

/** One fault: what breaks, how tests bring it about, what must come of it, and which invariants are looked at. */
export interface FaultRow {
  /** `F01` to `F80`. */
  readonly id: string
  readonly inject: Injection
  /** Ids of invariants, parted by spaces; empty where none of them says it. */
  readonly checks: string
  readonly fault: BothLanguages
  readonly outcome: BothLanguages
}

/** The injections in words. */
export const injections: Readonly<Record<Injection, BothLanguages>> = {
  K: { en: 'killed at a chosen point', zh: '定点杀进程' },
  P: { en: 'line broken by a proxy', zh: '代理断线' },
  B: { en: 'the other side misbehaves', zh: '对方异常' },
  D: { en: 'database, queue or disk disturbed', zh: '扰动数据库、队列或磁盘' },
  C: { en: 'clock turned', zh: '拨动时钟' },
  R: { en: 'race', zh: '竞争' },
}
