/**
 * Connections to PostgreSQL. Amounts and ids never pass through a float: int8 arrives as bigint, numeric and dates
 * as text. Every connection has a statement and a lock time-out, so that nothing waits for ever (DESIGN.md §2).
 */
import { Pool, type PoolClient, type QueryResult, type Submittable, types } from 'pg'

/** A statement with a name is prepared once per connection; use it for what runs often. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** What came back: the rows, how many rows the statement touched, and what it did (`INSERT`, `COMMIT` ...). */
export interface Rows<Row> {
  readonly rows: Row[]
  readonly rowCount: number
  readonly command: string
}

/** Anything that runs SQL: the pool for single statements, a transaction for several. */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    text: string | Statement,
    values?: readonly unknown[],
  ): Promise<Rows<Row>>
}

/** How to open a pool. Times in milliseconds; 0 means no limit. */
export interface PoolOptions {
  /** Most connections at once; 10 unless told. */
  readonly max?: number
  readonly applicationName?: string
  /** 120 s unless told; a long COPY or index build raises it for its own transaction. */
  readonly statementTimeoutMs?: number
  /** 10 s unless told. */
  readonly lockTimeoutMs?: number
  /** 10 s unless told. */
  readonly connectTimeoutMs?: number
  /** Sees every statement before it goes and after it was answered; what it throws is as if the line had broken there. */
  readonly watch?: StatementWatch
}

/** Sees statements go by, for drills that break lines and end processes at a chosen one. */
export type StatementWatch = (statement: string, when: 'before' | 'after') => Promise<void> | void

const int8 = 20
const int8Array = 1016
const asText = new Set([1082, 1114, 1182, 1115, 1700, 1231])

const bigints = (text: string): (bigint | null)[] =>
  text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((item) => (item === 'NULL' ? null : BigInt(item)))

// pg's own parsers turn dates into local midnights, which is another day elsewhere; we keep what was stored.
const parsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary' && oid === int8) return (text: string): unknown => BigInt(text)
    if (format !== 'binary' && oid === int8Array) return (text: string): unknown => bigints(text)
    if (asText.has(oid)) return (text: string): unknown => text
    return types.getTypeParser(oid, format)
  },
}

/** Opens a pool; connects on first use. `url` may carry `?host=/socket/folder`. */
export function openPool(url: string, options: PoolOptions = {}): Db {
  return new Db(url, options)
}

/** A pool of connections. */
export class Db implements Queryable {
  readonly #pool: Pool
  readonly #watch: StatementWatch | undefined

  constructor(url: string, options: PoolOptions) {
    this.#watch = options.watch
    this.#pool = new Pool({
      connectionString: url,
      max: options.max ?? 10,
      application_name: options.applicationName ?? 'huida',
      statement_timeout: options.statementTimeoutMs ?? 120_000,
      lock_timeout: options.lockTimeoutMs ?? 10_000,
      idle_in_transaction_session_timeout: 120_000,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
      keepAlive: true,
      types: parsers,
    })
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    this.#pool.on('error', () => {})
  }

  /** Runs one statement on any connection. Throws what the driver throws; `asFault` names it. */
  async query<Row extends object = Record<string, unknown>>(
    text: string | Statement,
    values: readonly unknown[] = [],
  ): Promise<Rows<Row>> {
    return watched(this.#watch, text, async () => shaped(await this.#pool.query(config(text, values))))
  }

  /** Takes one connection out of the pool; its owner must `release` it. Use `inTransaction` where that is enough. */
  async connect(): Promise<Tx> {
    return new Tx(await this.#pool.connect(), this.#watch)
  }

  /** Connections now: all, unused, and callers that wait for one. */
  counts(): { readonly total: number; readonly idle: number; readonly waiting: number } {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount }
  }

  /** Ends every connection, after what runs on them. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end()
  }
}

/** One connection in the hands of one caller: a transaction, or a session for locks. */
export class Tx implements Queryable {
  readonly #client: PoolClient
  readonly #onError = (error: Error): void => this.drop(error)
  readonly #watch: StatementWatch | undefined
  #broken: Error | undefined
  #replayable = true

  constructor(client: PoolClient, watch?: StatementWatch) {
    this.#client = client
    this.#watch = watch
    client.on('error', this.#onError)
  }

  /** Runs one statement on this connection. */
  async query<Row extends object = Record<string, unknown>>(
    text: string | Statement,
    values: readonly unknown[] = [],
  ): Promise<Rows<Row>> {
    if (this.#broken) throw this.#broken
    return watched(this.#watch, text, async () => shaped(await this.#client.query(config(text, values))))
  }

  /** Hands the connection to a stream such as COPY. */
  submit<Stream extends Submittable>(stream: Stream): Stream {
    if (this.#broken) throw this.#broken
    return this.#client.query(stream)
  }

  /** Marks the connection as unusable: it is closed, not reused, when released, and nothing can be committed on it. */
  drop(reason: Error): void {
    this.#broken ??= reason
  }

  /** Says that the work has used up something that cannot be read again, so it must not be run a second time. */
  useUp(): void {
    this.#replayable = false
  }

  /** Why the connection is unusable, if it is. */
  get broken(): Error | undefined {
    return this.#broken
  }

  /** False once the work has used up a stream. */
  get replayable(): boolean {
    return this.#replayable
  }

  /** Gives the connection back, or closes it when it was dropped. */
  release(): void {
    this.#client.release(this.#broken)
    if (!this.#broken) this.#client.off('error', this.#onError)
  }
}

async function watched<T>(
  watch: StatementWatch | undefined,
  text: string | Statement,
  run: () => Promise<T>,
): Promise<T> {
  if (watch === undefined) return run()
  const statement = typeof text === 'string' ? text : text.text
  await watch(statement, 'before')
  const done = await run()
  await watch(statement, 'after')
  return done
}

const config = (text: string | Statement, values: readonly unknown[]): { text: string; values: unknown[] } =>
  typeof text === 'string' ? { text, values: [...values] } : { ...text, values: [...values] }

function shaped<Row>(result: QueryResult | QueryResult[]): Rows<Row> {
  // Several statements in one text answer with several results; the last one counts.
  const last = Array.isArray(result) ? result.at(-1) : result
  return { rows: last?.rows ?? [], rowCount: last?.rowCount ?? 0, command: last?.command ?? '' }
}
