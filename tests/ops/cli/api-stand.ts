/** The real API on a real port over a fresh ledger, a client's token in a file, and batches of synthetic people as files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCalendar } from '../../../gateway/banks/calendar.ts'
import { buildApi } from '../../../ops/api/api.ts'
import { createClient } from '../../../ops/api/client-store.ts'
import { header, type IntakeStand, openStand, type TestLine } from '../../gateway/intake/intake-stand.ts'
import { type CommandRun, runHuida } from './command-run.ts'

/** A stand; `run` runs `huida batch` as a client of it. */
export interface ApiStand extends IntakeStand {
  readonly url: string
  readonly folder: string
  readonly tokenFile: string
  run(...words: string[]): Promise<CommandRun>
  /** Writes a file into the stand's folder and gives its path. */
  file(name: string, content: string | Buffer): string
  /** Writes the header of a batch that declares `all`. */
  headerFile(batchNo: string, all: readonly TestLine[], changes?: Record<string, unknown>): string
}

/** Opens a stand. */
export async function openApi(): Promise<ApiStand> {
  const stand = await openStand()
  const { needs } = stand
  const api = buildApi({
    db: needs.db,
    clock: needs.clock,
    calendar: loadCalendar(),
    intake: needs,
    wake: () => {},
    version: '0.0.0',
  })
  const url = await api.listen({ host: '127.0.0.1', port: 0 })
  const folder = mkdtempSync(join(tmpdir(), 'huida-batch-'))
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const tokenFile = file('token', await createClient(needs.db, 'county-finance'))
  return {
    ...stand,
    ...{ url, folder, tokenFile, file },
    run: (...words) => runHuida(['batch', ...words], { HUIDA_TOKEN_FILE: tokenFile, HUIDA_URL: url }),
    headerFile: (batchNo, all, changes) =>
      file(`${batchNo}.header.json`, JSON.stringify(header(batchNo, all, changes))),
    async close() {
      await api.close()
      await stand.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
