/** The embedded PostgreSQL as chaos has it: ended without a checkpoint, as `stop -m immediate` does, and started again. */
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../embedded/embedded-postgres.ts'
import { endProcess } from '../../embedded/server-process.ts'

/** A server that may be hurt; its URL stays. */
export interface FragilePostgres {
  readonly url: string
  /** Immediate shutdown, which leaves recovery to the next start, and that start. Resolves when it answers again. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** Starts the server of a folder. */
export async function startFragilePostgres(options: EmbeddedPostgresOptions): Promise<FragilePostgres> {
  let server: EmbeddedPostgres = await startEmbeddedPostgres(options)
  return {
    url: server.url,
    async crash() {
      await endProcess(server.pid, [
        ['SIGQUIT', 20_000],
        ['SIGKILL', 5_000],
      ])
      server = await startEmbeddedPostgres(options)
    },
    close: () => server.stop(),
  }
}
