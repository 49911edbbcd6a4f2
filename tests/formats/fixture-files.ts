/** The synthetic people of the format fixtures and the way to their files. */
import { readFileSync } from 'node:fs'
import type {
  FileHeader,
  FileRefusal,
  PaymentLine,
  ResultRow,
  ResultSummary,
} from '../../formats/bank-file.ts'
import type { CompiledProfile, FileReader } from '../../formats/profile/compiled-profile.ts'
import { loadCatalog } from '../../formats/profile/load-catalog.ts'
import { money } from '../../formats/values/money.ts'

const catalog = loadCatalog()

/** A shipped profile. */
export function shipped(id: string): CompiledProfile {
  const profile = catalog.get(id)
  if (!profile) throw new Error(`no profile ${id}`)
  return profile
}

/** Bytes of a fixture, by its path below tests/fixtures. */
export const fixture = (path: string): Buffer => readFileSync(new URL(`../fixtures/${path}`, import.meta.url))

const people = [
  ['张三', '6217999990000000017', '110105188001010017', 50000n],
  ['李珅', '6217999990000000025', '110105188001010025', 123456n],
  ['王䶮', '6217999990000000033', '110105188001010033', 10001n],
  ['赵瑋', '6217999990000000041', '110105188001010041', 65423n],
  ['阿依古丽·买买提', '6217999990000000058', '11010518800101005X', 358427n],
  ['陈㛃', '6217999990000000066', '110105188001010068', 382984n],
  ['周𬭎', '6217999990000000074', '110105188001010076', 100n],
] as const

/** The first people of the fixtures as lines of the file 202611210001. */
export const fixtureLines = (count: number): readonly PaymentLine[] =>
  people.slice(0, count).map(([payeeName, payeeAccount, payeeIdNumber, amountFen], index) => ({
    seq: index + 1,
    serial: `202611210001${`${index + 1}`.padStart(8, '0')}`,
    payeeName,
    payeeAccount,
    payeeIdNumber,
    amountFen: money(amountFen),
    remark: '耕地地力补贴',
  }))

/** The header of a file of these lines. */
export const headerFor = (profile: CompiledProfile, lines: readonly PaymentLine[]): FileHeader => ({
  businessDate: '20261121',
  sequence: 1,
  fileNumber: '202611210001',
  count: lines.length,
  totalFen: money(lines.reduce((sum, line) => sum + line.amountFen, 0n)),
  programmeName: '耕地地力保护补贴',
  fundingAccount: '43050166360800000999',
  settings: profile.sampleSettings,
})

/** The whole request file. */
export function composed(profile: CompiledProfile, lines: readonly PaymentLine[]): Buffer {
  const writer = profile.writer(headerFor(profile, lines))
  return Buffer.concat([writer.begin(), writer.write(lines), writer.end()])
}

/** A file that was read to its end. */
export interface WholeFile<Row> {
  readonly rows: readonly Row[]
  readonly summary: ResultSummary | undefined
  readonly refusals: readonly FileRefusal[]
}

/** Reads a file in chunks of one size. */
export function readWhole<Row>(
  reader: FileReader<Row>,
  bytes: Buffer,
  chunkBytes = bytes.length || 1,
): WholeFile<Row> {
  const rows: Row[] = []
  for (let from = 0; from < bytes.length; from += chunkBytes)
    rows.push(...reader.read(bytes.subarray(from, from + chunkBytes)))
  const end = reader.end()
  rows.push(...end.rows)
  return end.kind === 'read'
    ? { rows, summary: end.summary, refusals: [] }
    : { rows, summary: undefined, refusals: end.refusals }
}

/** Reads an answer as the gateway does: its kind comes from its name. */
export function readNamed(profile: CompiledProfile, path: string, chunkBytes?: number): WholeFile<ResultRow> {
  const kind = profile.matchResultName(path.split('/').at(-1) ?? '')?.kind
  return readWhole(profile.resultReader(undefined, kind), fixture(path), chunkBytes)
}
